using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;
using Akka.Actor;

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
        try
        {
            var result = view.ReadChecked(from, maxBytes, upTo, atLeastOneBatch);
            return result.Status switch
            {
                ReadStatus.OffsetOutOfRange => PartitionRead.Failed(ErrorCode.OffsetOutOfRange),
                ReadStatus.Corrupt => Damaged(from),
                _ when result.Slice.IsEmpty => offsets,
                _ => WithRecords(offsets, view, result.Slice, from, upTo, isolation),
            };
        }
        catch (IOException)
        {
            return PartitionRead.Failed(ErrorCode.KafkaStorageError);
        }
    }

    /// <summary>Readers come again; by then another replica may have repaired it.</summary>
    private PartitionRead Damaged(Offset at)
    {
        Replica.Tell(new ReplicaActor.DamageFound(at), ActorRefs.NoSender);
        return PartitionRead.Failed(ErrorCode.KafkaStorageError);
    }

    /// <summary>The log as it is now, for several questions about one state of it; null while the partition is not served here.</summary>
    public PartitionOffsets? Offsets => log?.View is { } view ? new PartitionOffsets(view, LeaderEpoch) : null;

    internal static Offset End(LogView view, ReadIsolation isolation) => isolation switch
    {
        ReadIsolation.LogEnd => view.LogEndOffset,
        ReadIsolation.Committed => view.LastStableOffset,
        _ => view.HighWatermark,
    };

    private static PartitionRead WithRecords(
        in PartitionRead read, LogView view, FileSlice slice, Offset from, Offset upTo, ReadIsolation isolation)
    {
        var records = new FileRecords(slice);
        try
        {
            return read with { Records = records, Aborted = Aborted(view, from, upTo, isolation) };
        }
        catch
        {
            records.Release();
            throw;
        }
    }

    private static List<AbortedRange>? Aborted(LogView view, Offset from, Offset upTo, ReadIsolation isolation) =>
        isolation == ReadIsolation.Committed
            ? [.. view.AbortedTransactions(from, upTo).Select(transaction => new AbortedRange(transaction.ProducerId, transaction.FirstOffset))]
            : null;
}
