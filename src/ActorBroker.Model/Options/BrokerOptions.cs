namespace ActorBroker.Model.Options;

/// <summary>
/// Everything that a node is told at its start. Immutable plain data; the defaults here are those of hocon/reference.conf, where every
/// key is described with its source.
/// </summary>
public sealed record BrokerOptions
{
    public NodeOptions Node { get; init; } = new();

    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Where to listen; at least one, with distinct names and ports.</summary>
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [new()];

    public NetworkOptions Network { get; init; } = new();

    public LimitOptions Limits { get; init; } = new();

    public TopicOptions Topics { get; init; } = new();

    public GroupOptions Groups { get; init; } = new();

    public ProducerOptions Producers { get; init; } = new();

    public ReplicaOptions Replicas { get; init; } = new();

    public StorageOptions Storage { get; init; } = new();

    /// <summary>The least important events that are logged.</summary>
    public LogSeverity LogLevel { get; init; } = LogSeverity.Info;

    /// <summary>Settings for the actor system, as HOCON text with the root key <c>akka</c>; empty for none.</summary>
    public string AkkaHocon { get; init; } = "";
}

/// <summary>How important a logged event is; the numbers are those of Microsoft.Extensions.Logging.</summary>
public enum LogSeverity
{
    Trace = 0,
    Debug = 1,
    Info = 2,
    Warning = 3,
    Error = 4,
    Fatal = 5,
    Off = 6,
}

/// <summary>What a node does in its cluster.</summary>
[Flags]
public enum NodeRoles
{
    None = 0,

    /// <summary>It keeps a copy of the metadata journal and may be the controller.</summary>
    Controller = 1,

    /// <summary>It holds partitions and serves clients.</summary>
    Broker = 2,
    All = Controller | Broker,
}

/// <summary>Who the node is.</summary>
public sealed record NodeOptions
{
    /// <summary>Kafka: node.id. At least 0.</summary>
    public NodeId Id { get; init; } = new(1);

    /// <summary>The cluster to belong to; null to take the data directory's, or a new one for an empty directory.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Kafka: process.roles.</summary>
    public NodeRoles Roles { get; init; } = NodeRoles.All;

    /// <summary>Kafka: broker.rack; null for none.</summary>
    public string? Rack { get; init; }

    /// <summary>How long open requests may take to finish when the node is asked to stop, in milliseconds.</summary>
    public int ShutdownTimeoutMs { get; init; } = 30_000;
}

/// <summary>One address on which the broker listens, and the address under which clients reach it.</summary>
public sealed record ListenerOptions
{
    /// <summary>Upper case, distinct.</summary>
    public string Name { get; init; } = "PLAINTEXT";

    public SecurityProtocol Protocol { get; init; } = SecurityProtocol.Plaintext;

    /// <summary>A name or an address without brackets; empty for all interfaces.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>0 for any free one.</summary>
    public int Port { get; init; } = 9092;

    /// <summary>What Metadata responses say; null for <see cref="Host"/>, or the machine's name where that is empty.</summary>
    public string? AdvertisedHost { get; init; }

    /// <summary>What Metadata responses say; null for the port listened on.</summary>
    public int? AdvertisedPort { get; init; }
}

/// <summary>How a listener's connections are secured; the numbers are Kafka's.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
}

/// <summary>The sockets.</summary>
public sealed record NetworkOptions
{
    /// <summary>Kafka: socket.listen.backlog.size. Connections that wait to be accepted.</summary>
    public int ListenBacklog { get; init; } = 512;

    /// <summary>Kafka: socket.send.buffer.bytes. -1 leaves it to the operating system.</summary>
    public int SocketSendBufferBytes { get; init; } = 256 * 1024;

    /// <summary>Kafka: socket.receive.buffer.bytes. -1 leaves it to the operating system.</summary>
    public int SocketReceiveBufferBytes { get; init; } = -1;

    /// <summary>Whether the start tries each advertised address and says when one cannot be reached.</summary>
    public bool CheckAdvertised { get; init; } = true;

    /// <summary>How long that try may take, in milliseconds.</summary>
    public int CheckAdvertisedTimeoutMs { get; init; } = 2_000;
}

/// <summary>What one client may ask of the broker.</summary>
public sealed record LimitOptions
{
    /// <summary>Kafka: socket.request.max.bytes. A longer frame closes its connection.</summary>
    public int RequestMaxBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>Kafka: queued.max.request.bytes. Bytes of requests in the node's memory above which it stops reading from sockets.</summary>
    public long QueuedRequestMaxBytes { get; init; } = 512L * 1024 * 1024;

    /// <summary>Requests of one connection in progress above which it is not read from.</summary>
    public int RequestsInFlightPerConnection { get; init; } = 64;

    /// <summary>Kafka: connections.max.idle.ms. -1 for ever.</summary>
    public long ConnectionsMaxIdleMs { get; init; } = 600_000;

    /// <summary>Kafka: max.connections. Of the whole node; a further one is closed at once.</summary>
    public int MaxConnections { get; init; } = 20_000;

    /// <summary>Kafka: max.connections.per.ip.</summary>
    public int MaxConnectionsPerIp { get; init; } = int.MaxValue;

    /// <summary>Kafka: max.connections.per.ip.overrides. By host name or address.</summary>
    public IReadOnlyDictionary<string, int> MaxConnectionsPerIpOverrides { get; init; } = new Dictionary<string, int>();

    /// <summary>Kafka: fetch.max.bytes. Of one fetch response, whatever the request allows.</summary>
    public int FetchMaxBytes { get; init; } = 55 * 1024 * 1024;

    /// <summary>Kafka: max.incremental.fetch.session.cache.slots.</summary>
    public int FetchSessionSlots { get; init; } = 1_000;

    /// <summary>Partitions that all fetch sessions remember together.</summary>
    public int FetchSessionPartitions { get; init; } = 500_000;

    /// <summary>Kafka: max.request.partition.size.limit. Of one DescribeTopicPartitions response.</summary>
    public int DescribePartitionsMax { get; init; } = 2_000;
}

/// <summary>Topics that do not say otherwise.</summary>
public sealed record TopicOptions
{
    /// <summary>Kafka: auto.create.topics.enable.</summary>
    public bool AutoCreate { get; init; } = true;

    /// <summary>Kafka: delete.topic.enable.</summary>
    public bool DeleteEnabled { get; init; } = true;

    /// <summary>Kafka: num.partitions.</summary>
    public int NumPartitions { get; init; } = 1;

    /// <summary>Kafka: default.replication.factor.</summary>
    public short DefaultReplicationFactor { get; init; } = 1;

    /// <summary>Topic settings by Kafka topic name whose default is not Kafka's, in the topic setting's unit. Legal values only.</summary>
    public IReadOnlyDictionary<string, string> Defaults { get; init; } = new Dictionary<string, string>();
}

/// <summary>Consumer groups and their offsets.</summary>
public sealed record GroupOptions
{
    /// <summary>Kafka: group.min.session.timeout.ms.</summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary>Kafka: group.max.session.timeout.ms.</summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>Kafka: group.initial.rebalance.delay.ms. How long an empty group waits for more members.</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary>How long a new member may wait for its first generation; fixed in Kafka.</summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 300_000;

    /// <summary>Kafka: group.max.size, in members.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>Kafka: offset.metadata.max.bytes.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;

    /// <summary>Kafka: offsets.retention.minutes. How long offsets outlive their group's last member.</summary>
    public long OffsetsRetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary>Kafka: offsets.retention.check.interval.ms.</summary>
    public long OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary>Kafka: offsets.commit.timeout.ms. How long a commit may wait to be replicated.</summary>
    public int OffsetsCommitTimeoutMs { get; init; } = 5_000;

    /// <summary>Kafka: offsets.topic.num.partitions. Must stay what it was when the topic was created.</summary>
    public int OffsetsTopicPartitions { get; init; } = 50;

    /// <summary>Kafka: offsets.topic.replication.factor.</summary>
    public short OffsetsTopicReplicationFactor { get; init; } = 1;

    /// <summary>Kafka: offsets.topic.segment.bytes.</summary>
    public int OffsetsTopicSegmentBytes { get; init; } = 100 * 1024 * 1024;
}

/// <summary>What happens to a replica that meets an error of the program.</summary>
public sealed record ReplicaOptions
{
    /// <summary>Before its first restart; doubles with each further one.</summary>
    public int RestartPauseMs { get; init; } = 100;

    /// <summary>The longest such pause.</summary>
    public int RestartMaxPauseMs { get; init; } = 10_000;

    /// <summary>Restarts within the window; with the next failure the replica stays offline.</summary>
    public int RestartLimit { get; init; } = 5;

    /// <summary>How long a failure counts.</summary>
    public int RestartWindowMs { get; init; } = 600_000;
}

/// <summary>Idempotent producers.</summary>
public sealed record ProducerOptions
{
    /// <summary>Kafka: producer.id.expiration.ms. A producer that wrote nothing to a partition for so long is forgotten there.</summary>
    public int IdExpirationMs { get; init; } = 24 * 60 * 60 * 1000;

    /// <summary>Kafka: producer.id.expiration.check.interval.ms.</summary>
    public int IdExpirationCheckIntervalMs { get; init; } = 600_000;
}

/// <summary>The data directories.</summary>
public sealed record StorageOptions
{
    /// <summary>Kafka: log.dirs. At least one; absolute paths.</summary>
    public IReadOnlyList<string> DataDirs { get; init; } = [Path.GetFullPath("data")];

    /// <summary>Kafka: num.recovery.threads.per.data.dir. Partitions of one directory that are recovered at the same time.</summary>
    public int RecoveryThreadsPerDataDir { get; init; } = 2;

    /// <summary>Kafka: log.retention.check.interval.ms.</summary>
    public long RetentionCheckIntervalMs { get; init; } = 300_000;

    /// <summary>Kafka: log.flush.offset.checkpoint.interval.ms. How often the recovery points are written.</summary>
    public int RecoveryPointCheckpointIntervalMs { get; init; } = 60_000;

    /// <summary>Kafka: log.flush.start.offset.checkpoint.interval.ms. How often the log start offsets are written.</summary>
    public int StartOffsetCheckpointIntervalMs { get; init; } = 60_000;

    /// <summary>Kafka: replica.high.watermark.checkpoint.interval.ms. How often the high watermarks are written.</summary>
    public long HighWatermarkCheckpointIntervalMs { get; init; } = 5_000;

    /// <summary>Bytes that must stay free in a data directory's file system: produces are refused while there are less. 0 for no reserve.</summary>
    public long MinFreeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Most log files that stay open while nobody uses them; never more than half of the files that the process may open.</summary>
    public int MaxOpenFiles { get; init; } = 2_000;

    public CleanerOptions Cleaner { get; init; } = new();

    public ScrubOptions Scrub { get; init; } = new();

    public MoverOptions Mover { get; init; } = new();
}

/// <summary>Moves of replicas between the node's data directories.</summary>
public sealed record MoverOptions
{
    /// <summary>Kafka: num.replica.alter.log.dirs.threads. Moves at the same time; 0 for as many as there are data directories.</summary>
    public int Threads { get; init; }

    /// <summary>Kafka: replica.alter.log.dirs.io.max.bytes.per.second. Bytes copied by all moves together; 0 for no limit.</summary>
    public long MaxBytesPerSecond { get; init; }
}

/// <summary>The background check of the checksums of stored batches.</summary>
public sealed record ScrubOptions
{
    public bool Enabled { get; init; } = true;

    /// <summary>Bytes read; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; } = 10 * 1024 * 1024;

    /// <summary>From the end of one round over all logs to the beginning of the next, in milliseconds.</summary>
    public int IntervalMs { get; init; } = 24 * 60 * 60 * 1000;
}

/// <summary>The background compaction of topics with <c>cleanup.policy=compact</c>.</summary>
public sealed record CleanerOptions
{
    /// <summary>Kafka: log.cleaner.enable.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Kafka: log.cleaner.dedupe.buffer.size. Most memory for the keys of one log, in bytes.</summary>
    public long OffsetMapBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Bytes read and written; 0 for no limit.</summary>
    public long MaxBytesPerSecond { get; init; }

    /// <summary>Kafka: log.cleaner.backoff.ms. How long to wait when no log needs it, in milliseconds.</summary>
    public int BackoffMs { get; init; } = 15_000;
}
