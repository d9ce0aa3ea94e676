using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Partitions;

/// <summary>Up to where a reader may see.</summary>
public enum ReadIsolation
{
    /// <summary>What all in-sync replicas hold: consumers.</summary>
    HighWatermark,

    /// <summary>What is decided: read_committed consumers.</summary>
    Committed,

    /// <summary>Everything: replicas.</summary>
    LogEnd,
}

/// <summary>What a read found.</summary>
/// <param name="Records">Null on an error. The reader must release them, or hand them to a response that does.</param>
/// <param name="DivergingEndOffset">Where the log of the epoch that the reader last fetched ended, when it diverges from this one; else -1.</param>
/// <param name="Aborted">The aborted transactions among the records; null unless the reader reads committed only.</param>
public readonly record struct PartitionRead(
    ErrorCode Error,
    long HighWatermark,
    long LastStableOffset,
    long LogStartOffset,
    RecordsPayload? Records,
    int DivergingEpoch = -1,
    long DivergingEndOffset = -1,
    IReadOnlyList<AbortedRange>? Aborted = null)
{
    public static PartitionRead Failed(ErrorCode error) => new(error, -1, -1, -1, null);
}

/// <summary>An aborted transaction: its producer, and where it began.</summary>
public readonly record struct AbortedRange(long ProducerId, long FirstOffset);

/// <summary>The answer to a search for an offset; all -1 when there is none.</summary>
public readonly record struct FoundOffset(long TimestampMs, Offset Offset, LeaderEpoch LeaderEpoch)
{
    public static FoundOffset None => new(-1, Offset.Unknown, LeaderEpoch.Unknown);
}

/// <summary>What came of a deletion of records.</summary>
public readonly record struct DeletedRecords(ErrorCode Error, Offset LowWatermark);
