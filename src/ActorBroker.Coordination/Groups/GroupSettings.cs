namespace ActorBroker.Coordination.Groups;

/// <summary>The broker's limits for groups. Defaults are Kafka's; the Kafka name is given with each.</summary>
public sealed record GroupSettings
{
    public static GroupSettings Default { get; } = new();

    /// <summary><c>group.min.session.timeout.ms</c></summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary><c>group.max.session.timeout.ms</c></summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary><c>group.initial.rebalance.delay.ms</c>: how long an empty group waits for more members.</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary><c>group.max.size</c>, in members.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary><c>offset.metadata.max.bytes</c>; as in Kafka, compared with the number of characters.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;

    /// <summary><c>offsets.retention.minutes</c>, in milliseconds.</summary>
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary><c>offsets.commit.timeout.ms</c>: how long a client waits for its offsets to be committed. The shell keeps the time.</summary>
    public int OffsetsCommitTimeoutMs { get; init; } = 5_000;

    /// <summary>How long a new member may wait for its first generation before it is given up; fixed in Kafka.</summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 5 * 60 * 1000;
}
