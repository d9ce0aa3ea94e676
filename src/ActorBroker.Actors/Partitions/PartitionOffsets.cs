using ActorBroker.Model;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>Finds offsets in a partition's log as it was when this was taken: it stays valid whatever becomes of the replica.</summary>
public sealed class PartitionOffsets
{
    private readonly LogView view;
    private readonly LeaderEpoch leaderEpoch;

    internal PartitionOffsets(LogView view, LeaderEpoch leaderEpoch)
    {
        this.view = view;
        this.leaderEpoch = leaderEpoch;
    }

    /// <summary>Whether the high watermark has not yet reached the first offset of the leader's own epoch: until then it may lie behind what was committed.</summary>
    public bool IsBehindItsEpoch =>
        view.LeaderEpochs.Entries is [.., var newest] && newest.Epoch == leaderEpoch.Value && view.HighWatermark.Value < newest.StartOffset;

    public FoundOffset Earliest => new(-1, view.LogStartOffset, view.LeaderEpochs.EpochOf(view.LogStartOffset));

    public FoundOffset Latest(ReadIsolation isolation) => new(-1, Partition.End(view, isolation), leaderEpoch);

    /// <summary>The first record whose timestamp is not below <paramref name="timestampMs"/>.</summary>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public FoundOffset ForTimestamp(long timestampMs, ReadIsolation isolation) => Found(view.FindOffsetForTimestamp(timestampMs), isolation);

    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public FoundOffset OfMaxTimestamp(ReadIsolation isolation) => Found(view.FindMaxTimestamp(), isolation);

    /// <summary>First offsets of the segments and the end, ascending: what version 0 of ListOffsets lists.</summary>
    public IReadOnlyList<long> SegmentStarts(ReadIsolation isolation)
    {
        var end = Partition.End(view, isolation).Value;
        return [.. view.SegmentBaseOffsets.Select(offset => Math.Max(offset.Value, view.LogStartOffset.Value)).Where(offset => offset < end), end];
    }

    /// <summary>Where the last epoch not above the one asked for ended (KIP-101).</summary>
    public (LeaderEpoch Epoch, Offset EndOffset) EndOfEpoch(LeaderEpoch epoch)
    {
        var end = view.EndOffsetForEpoch(epoch);
        return (end.Epoch, end.EndOffset);
    }

    private FoundOffset Found(OffsetAtTime? found, ReadIsolation isolation) =>
        found is { } record && record.Offset < Partition.End(view, isolation)
            ? new FoundOffset(record.TimestampMs, record.Offset, record.LeaderEpoch)
            : FoundOffset.None;
}
