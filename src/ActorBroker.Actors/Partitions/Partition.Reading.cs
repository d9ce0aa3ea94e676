using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

public sealed partial class Partition
{
    public Offset LogStartOffset => log?.View.LogStartOffset ?? Offset.Unknown;

    public Offset HighWatermark => log?.View.HighWatermark ?? Offset.Unknown;

    public Offset LogEndOffset => log?.View.LogEndOffset ?? Offset.Unknown;

    /// <summary>Bytes of the log's segments; 0 while it is not open.</summary>
    public long SizeInBytes => log?.View.SizeInBytes ?? 0;

    /// <summary>The data directory that holds the replica; null while it is not open.</summary>
    public string? DataDirectory => log?.Directory.Path;

    /// <summary>Reads whole batches from the one that holds <paramref name="from"/> on.</summary>
    /// <param name="atLeastOneBatch">Even when it is larger than <paramref name="maxBytes"/>, so that readers always get on (KIP-74).</param>
    /// <param name="lastFetchedEpoch">The epoch of the record before <paramref name="from"/> as the reader has it; unknown: not checked.</param>
    public PartitionRead Read(Offset from, int maxBytes, ReadIsolation isolation, bool atLeastOneBatch, LeaderEpoch lastFetchedEpoch)
    {
        if (log?.View is not { } view)
        {
            return PartitionRead.Failed(ErrorCode.NotLeaderOrFollower);
        }

        var offsets = new PartitionRead(
            ErrorCode.None, view.HighWatermark.Value, view.LastStableOffset.Value, view.LogStartOffset.Value, MemoryRecords.Empty);
        if (lastFetchedEpoch != LeaderEpoch.Unknown)
        {
            var end = view.EndOffsetForEpoch(lastFetchedEpoch);
            if (end.EndOffset == Offset.Unknown || end.Epoch == LeaderEpoch.Unknown)
            {
                return PartitionRead.Failed(ErrorCode.OffsetOutOfRange);
            }

            if (end.Epoch < lastFetchedEpoch || end.EndOffset < from)
            {
                return offsets with { DivergingEpoch = end.Epoch.Value, DivergingEndOffset = end.EndOffset.Value };
            }
        }

        var upTo = End(view, isolation);
        var result = view.Read(from, maxBytes, upTo, atLeastOneBatch);
        return result.Status switch
        {
            ReadStatus.OffsetOutOfRange => PartitionRead.Failed(ErrorCode.OffsetOutOfRange),
            ReadStatus.Corrupt => PartitionRead.Failed(ErrorCode.KafkaStorageError),
            _ when result.Slice.IsEmpty => offsets,
            _ => offsets with { Records = new FileRecords(result.Slice), Aborted = Aborted(view, from, upTo, isolation) },
        };
    }

    public FoundOffset EarliestOffset()
    {
        var view = View();
        return new FoundOffset(-1, view.LogStartOffset, view.LeaderEpochs.EpochOf(view.LogStartOffset));
    }

    public FoundOffset LatestOffset(ReadIsolation isolation) => new(-1, End(View(), isolation), LeaderEpoch);

    /// <summary>The first record whose timestamp is not below <paramref name="timestampMs"/>.</summary>
    public FoundOffset OffsetForTimestamp(long timestampMs, ReadIsolation isolation)
    {
        var view = View();
        return Found(view, view.FindOffsetForTimestamp(timestampMs), isolation);
    }

    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    public FoundOffset OffsetOfMaxTimestamp(ReadIsolation isolation)
    {
        var view = View();
        return Found(view, view.FindMaxTimestamp(), isolation);
    }

    /// <summary>First offsets of the segments and the end, ascending: what version 0 of ListOffsets lists.</summary>
    public IReadOnlyList<long> SegmentOffsets(ReadIsolation isolation)
    {
        var view = View();
        var end = End(view, isolation).Value;
        return [.. view.SegmentBaseOffsets.Select(offset => Math.Max(offset.Value, view.LogStartOffset.Value)).Where(offset => offset < end), end];
    }

    /// <summary>Where the last epoch not above the one asked for ended (KIP-101).</summary>
    public (LeaderEpoch Epoch, Offset EndOffset) EndOffsetForEpoch(LeaderEpoch epoch)
    {
        var end = View().EndOffsetForEpoch(epoch);
        return (end.Epoch, end.EndOffset);
    }

    private LogView View() => log?.View ?? throw new InvalidOperationException($"the log of {Id} is not open");

    private static Offset End(LogView view, ReadIsolation isolation) => isolation switch
    {
        ReadIsolation.LogEnd => view.LogEndOffset,
        ReadIsolation.Committed => view.LastStableOffset,
        _ => view.HighWatermark,
    };

    private static FoundOffset Found(LogView view, OffsetAtTime? found, ReadIsolation isolation) =>
        found is { } record && record.Offset < End(view, isolation)
            ? new FoundOffset(record.TimestampMs, record.Offset, record.LeaderEpoch)
            : FoundOffset.None;

    private static List<AbortedRange>? Aborted(LogView view, Offset from, Offset upTo, ReadIsolation isolation) =>
        isolation == ReadIsolation.Committed
            ? [.. view.AbortedTransactions(from, upTo).Select(transaction => new AbortedRange(transaction.ProducerId, transaction.FirstOffset))]
            : null;
}
