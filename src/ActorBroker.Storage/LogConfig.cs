using ActorBroker.Model.Configs;

namespace ActorBroker.Storage;

/// <summary>The part of a topic's configuration that its logs follow; names and defaults are Kafka's topic configs.
/// Changed at run time by handing a new one to <see cref="PartitionLog.UpdateConfig"/>.</summary>
public sealed record LogConfig
{
    public static LogConfig Default { get; } = new();

    /// <summary>segment.bytes: a segment file does not grow past this.</summary>
    public int SegmentBytes { get; init; } = 1024 * 1024 * 1024;

    /// <summary>segment.ms: a segment older than this is closed even when it is not full.</summary>
    public long SegmentMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>segment.jitter.ms: taken off <see cref="SegmentMs"/>, a different part for each segment.</summary>
    public long SegmentJitterMs { get; init; }

    /// <summary>index.interval.bytes: bytes of log between two entries of its indexes.</summary>
    public int IndexIntervalBytes { get; init; } = 4096;

    /// <summary>segment.index.bytes: a segment whose index has grown to this is closed.</summary>
    public int SegmentIndexBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>cleanup.policy.</summary>
    public CleanupPolicy CleanupPolicy { get; init; } = CleanupPolicy.Delete;

    /// <summary>retention.ms; -1 for ever.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>retention.bytes of one partition; -1 without limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary>file.delete.delay.ms: how long a removed file stays under another name.</summary>
    public long FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary>delete.retention.ms: how long compaction keeps tombstones.</summary>
    public long DeleteRetentionMs { get; init; } = 24L * 60 * 60 * 1000;

    /// <summary>min.cleanable.dirty.ratio, 0 to 1.</summary>
    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary>min.compaction.lag.ms.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary>max.compaction.lag.ms.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    /// <summary>flush.mode, a setting of ours.</summary>
    public FlushMode FlushMode { get; init; } = FlushMode.Os;

    /// <summary>flush.messages: in interval mode, records after which a flush is asked for. 1 means what group commit means.</summary>
    public long FlushMessages { get; init; } = long.MaxValue;

    /// <summary>flush.ms: in interval mode, the age of the oldest unflushed append at which a flush is asked for.</summary>
    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary>producer.id.expiration.ms: a producer that wrote nothing for so long is forgotten.</summary>
    public long ProducerIdExpirationMs { get; init; } = 24L * 60 * 60 * 1000;

    /// <summary>Whether the log is written even when its directory has less than <see cref="LogManagerOptions.MinFreeBytes"/> left: what the node needs
    /// to work at all, such as its metadata.</summary>
    public bool UsesReserve { get; init; }

    /// <summary>Whether an append may be acknowledged only when a flush has covered it.</summary>
    public bool AcknowledgeAfterFlush => FlushMode == FlushMode.GroupCommit || FlushMessages == 1;

    internal bool DeletesOldSegments => (CleanupPolicy & CleanupPolicy.Delete) != 0;

    internal bool Compacts => (CleanupPolicy & CleanupPolicy.Compact) != 0;
}
