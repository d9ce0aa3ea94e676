namespace ActorBroker.Model.Options;

/// <summary>The other nodes, and how this one talks to them.</summary>
public sealed record ClusterOptions
{
    /// <summary>Kafka: controller.quorum.voters. The controller nodes that the cluster starts with; empty for a node that is alone.</summary>
    public IReadOnlyList<VoterOptions> Voters { get; init; } = [];

    /// <summary>Where this node listens for the others; an empty host means all interfaces. Of no meaning without <see cref="Voters"/>.</summary>
    public HostPort Listener { get; init; } = new("127.0.0.1", 9093);

    /// <summary>Under which address the others reach this node.</summary>
    public HostPort Advertised { get; init; } = new("127.0.0.1", 9093);

    /// <summary>The secret that all nodes of the cluster share; empty for none.</summary>
    public string Cookie { get; init; } = "";

    /// <summary>Kafka: broker.session.timeout.ms. A broker that is not heard of for so long is fenced.</summary>
    public int BrokerSessionTimeoutMs { get; init; } = 9_000;

    /// <summary>Kafka: broker.heartbeat.interval.ms.</summary>
    public int BrokerHeartbeatIntervalMs { get; init; } = 1_000;

    /// <summary>Kafka: controlled.shutdown.enable. Whether a node that stops hands over what it leads first.</summary>
    public bool ControlledShutdown { get; init; } = true;

    /// <summary>Whether a member is removed at once when its connections broke and its address refuses new ones.</summary>
    public bool PromptDowning { get; init; } = true;

    /// <summary>Kafka: auto.leader.rebalance.enable.</summary>
    public bool AutoLeaderRebalance { get; init; } = true;

    /// <summary>Kafka: leader.imbalance.check.interval.seconds, in milliseconds.</summary>
    public long LeaderImbalanceCheckIntervalMs { get; init; } = 300_000;

    /// <summary>Kafka: leader.imbalance.per.broker.percentage.</summary>
    public int LeaderImbalancePerBrokerPercentage { get; init; } = 10;

    public LinkSettings Links { get; init; } = new();

    public FlappingOptions Flapping { get; init; } = new();

    public QuorumOptions Quorum { get; init; } = new();

    public ReplicationOptions Replication { get; init; } = new();

    /// <summary>Whether there are other nodes to talk to.</summary>
    public bool IsClustered => Voters.Count > 0;
}

/// <summary>The bulk connections between nodes, for what is replicated.</summary>
public sealed record LinkSettings
{
    /// <summary>Where this node takes links; an empty host means all interfaces.</summary>
    public HostPort Listener { get; init; } = new("127.0.0.1", 9094);

    /// <summary>Under which address the others make links to this node.</summary>
    public HostPort Advertised { get; init; } = new("127.0.0.1", 9094);

    /// <summary>Bytes that another node may have under way to this one: received, and not written yet.</summary>
    public int CreditBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Bytes that may wait here for one other node.</summary>
    public long QueueBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>A silent link is asked after this whether it lives, and is broken after three times this.</summary>
    public int KeepAliveMs { get; init; } = 5_000;
}

/// <summary>When a broker that comes and goes is not given leaders back.</summary>
public sealed record FlappingOptions
{
    /// <summary>Times in a row that a broker is lost until others are preferred as leaders; 0 for never.</summary>
    public int Limit { get; init; } = 3;

    /// <summary>Losses further apart are not in a row.</summary>
    public long WindowMs { get; init; } = 600_000;

    /// <summary>How long the broker has to stay then before it is preferred again; twice as long after each further loss.</summary>
    public long PauseMs { get; init; } = 60_000;

    /// <summary>The longest such time.</summary>
    public long MaxPauseMs { get; init; } = 1_800_000;
}

/// <summary>How the controllers keep the metadata journal.</summary>
public sealed record QuorumOptions
{
    /// <summary>Kafka: metadata.log.max.record.bytes.between.snapshots. Bytes of the journal after which a node takes a snapshot.</summary>
    public long SnapshotMaxBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Records after which a node takes a snapshot: many small ones take time to replay, too.</summary>
    public long SnapshotMaxRecords { get; init; } = 250_000;

    /// <summary>The unit of time of the quorum: journals are told of each other every second tick, an answer is missed after five, a controller without a
    /// majority steps down after forty.</summary>
    public int TickMs { get; init; } = 100;

    /// <summary>Commands that may wait for the controller; further ones are refused, to be tried again.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary>Batches of decisions on their way to a majority; further decisions gather for the next.</summary>
    public int MaxBatchesInFlight { get; init; } = 8;

    /// <summary>Events of one batch, unless one decision alone has more.</summary>
    public int MaxEventsOfBatch { get; init; } = 2_000;
}

/// <summary>Chooses the replica that a consumer reads from.</summary>
public enum ReplicaSelector
{
    /// <summary>Always the leader.</summary>
    Leader,

    /// <summary>An in-sync replica in the consumer's rack, when the leader is not in it (KIP-392).</summary>
    RackAware,
}

/// <summary>How replicas follow their leaders.</summary>
public sealed record ReplicationOptions
{
    /// <summary>Kafka: replica.lag.time.max.ms. A follower that has not caught up for so long leaves the in-sync replicas.</summary>
    public long LagTimeMaxMs { get; init; } = 30_000;

    /// <summary>Kafka: replica.selector.class. From which replica consumers that state their rack are told to read.</summary>
    public ReplicaSelector ReplicaSelector { get; init; } = ReplicaSelector.Leader;

    /// <summary>Bytes that a leader may have sent to one follower of one partition and that the follower has not acknowledged.</summary>
    public int WindowBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Most bytes of one push.</summary>
    public int PushMaxBytes { get; init; } = 1024 * 1024;

    /// <summary>Kafka: leader.replication.throttled.rate; set at run time only. Of the replicas that leader.replication.throttled.replicas names.</summary>
    public long LeaderThrottledBytesPerSecond { get; init; } = long.MaxValue;

    /// <summary>Kafka: follower.replication.throttled.rate; set at run time only. Of the replicas that follower.replication.throttled.replicas names.</summary>
    public long FollowerThrottledBytesPerSecond { get; init; } = long.MaxValue;

    /// <summary>Bytes that this node reads from disk in a second for followers that are behind; 0 for no limit.</summary>
    public long CatchUpBytesPerSecond { get; init; }
}

/// <summary>A host name or address (without brackets) and a port.</summary>
public sealed record HostPort(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads <c>host:port</c>; null when it is something else.</summary>
    public static HostPort? TryParse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out var port))
        {
            return null;
        }

        var host = text[..colon];
        return host.StartsWith('[') != host.EndsWith(']') || (host.Contains(':') && !host.StartsWith('[')) ? null : new HostPort(host.Trim('[', ']'), port);
    }
}

/// <summary>A controller node.</summary>
public sealed record VoterOptions(NodeId Id, HostPort Address);
