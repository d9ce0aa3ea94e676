namespace ActorBroker.Client;

/// <summary>Where to start in a partition without a committed offset, or when that offset is gone.</summary>
public enum AutoOffsetReset
{
    Latest,
    Earliest,

    /// <summary>Consuming fails.</summary>
    None,
}

/// <summary>How the group's leader shares out the partitions.</summary>
public enum PartitionAssignor
{
    /// <summary>Neighbouring partitions of each topic.</summary>
    Range,

    /// <summary>One partition after the other in turn.</summary>
    RoundRobin,

    /// <summary>As even as possible with as few moves as possible, and without stopping partitions that stay (KIP-429).</summary>
    CooperativeSticky,
}

/// <summary>Settings of a consumer; names and defaults follow Kafka's.</summary>
public sealed class ConsumerOptions : ClientOptions
{
    /// <summary>Needed to subscribe and to commit.</summary>
    public string? GroupId { get; init; }

    /// <summary>A static member keeps its partitions through a restart within the session timeout (KIP-345).</summary>
    public string? GroupInstanceId { get; init; }

    public AutoOffsetReset AutoOffsetReset { get; init; } = AutoOffsetReset.Latest;

    /// <summary>Whether positions are committed now and then. A record counts once the next one is asked for.</summary>
    public bool EnableAutoCommit { get; init; } = true;

    public int AutoCommitIntervalMs { get; init; } = 5_000;

    public int SessionTimeoutMs { get; init; } = 45_000;

    public int HeartbeatIntervalMs { get; init; } = 3_000;

    /// <summary>How long a rebalance waits for this member.</summary>
    public int MaxPollIntervalMs { get; init; } = 300_000;

    /// <summary>In order of preference; all members must have one in common, and cooperative and eager ones do not mix.</summary>
    public IReadOnlyList<PartitionAssignor> Assignors { get; init; } = [PartitionAssignor.Range];

    public int FetchMinBytes { get; init; } = 1;

    public int FetchMaxBytes { get; init; } = 52_428_800;

    /// <summary>How long the broker waits for <see cref="FetchMinBytes"/>.</summary>
    public int FetchMaxWaitMs { get; init; } = 500;

    public int MaxPartitionFetchBytes { get; init; } = 1_048_576;

    /// <summary>Fetched bytes that were not consumed yet; above it nothing more is fetched.</summary>
    public long QueuedMaxBytes { get; init; } = 16_777_216;

    /// <summary>The largest batch after decompression.</summary>
    public int MaxDecompressedBatchBytes { get; init; } = 268_435_456;

    /// <summary>Whether records of open and aborted transactions are left out.</summary>
    public bool ReadCommitted { get; init; }

    /// <summary>Whether the checksum of each batch is checked.</summary>
    public bool CheckCrcs { get; init; } = true;

    public bool AllowAutoCreateTopics { get; init; } = true;

    internal void ValidateConsumer()
    {
        AtLeast(1, SessionTimeoutMs, nameof(SessionTimeoutMs));
        AtLeast(1, HeartbeatIntervalMs, nameof(HeartbeatIntervalMs));
        AtLeast(1, AutoCommitIntervalMs, nameof(AutoCommitIntervalMs));
        AtLeast(0, FetchMinBytes, nameof(FetchMinBytes));
        AtLeast(1, FetchMaxBytes, nameof(FetchMaxBytes));
        AtLeast(1, QueuedMaxBytes, nameof(QueuedMaxBytes));
        if (HeartbeatIntervalMs >= SessionTimeoutMs)
        {
            throw new ArgumentException("HeartbeatIntervalMs must be below SessionTimeoutMs");
        }

        if (Assignors.Count == 0 || (Assignors.Contains(PartitionAssignor.CooperativeSticky) && Assignors.Count > 1))
        {
            throw new ArgumentException("Assignors must be one cooperative or some eager ones");
        }
    }
}
