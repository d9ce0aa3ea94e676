using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>The outcome for one item of an operation on several.</summary>
public readonly record struct OperationResult<T>(T Item, ErrorCode Error, string? Message)
{
    public bool Succeeded => Error == ErrorCode.None;

    /// <exception cref="KafkaException">The item failed.</exception>
    public void ThrowIfFailed() => KafkaException.ThrowIf(Error, Message);
}

/// <summary>A topic to create.</summary>
/// <param name="Partitions">-1 for the broker's default.</param>
/// <param name="ReplicationFactor">-1 for the broker's default.</param>
public sealed record NewTopic(string Name, int Partitions = -1, short ReplicationFactor = -1)
{
    /// <summary>Replicas by partition; when given, <see cref="Partitions"/> and <see cref="ReplicationFactor"/> must be -1.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>>? ReplicaAssignments { get; init; }

    public IReadOnlyDictionary<string, string?> Configs { get; init; } = new Dictionary<string, string?>();
}

/// <summary>A topic that is to have more partitions.</summary>
/// <param name="Total">How many it shall have in all.</param>
public sealed record NewPartitions(string Topic, int Total)
{
    /// <summary>The replicas of each added partition, in order; null lets the controller choose.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? ReplicaAssignments { get; init; }
}

/// <summary>What the broker says about a topic that it created; counts are -1 when it does not say.</summary>
public sealed record CreatedTopic(string Name, Guid TopicId, int Partitions, int ReplicationFactor);

public enum ConfigResourceType : sbyte
{
    Unknown = 0,
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// <summary>Whose settings; for brokers the name is the node id as text, empty for the cluster-wide default.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    public static ConfigResource Broker(int? nodeId) => new(ConfigResourceType.Broker, nodeId?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "");
}

public enum ConfigSource : sbyte
{
    Unknown = 0,
    TopicConfig = 1,
    DynamicBrokerConfig = 2,
    DynamicDefaultBrokerConfig = 3,
    StaticBrokerConfig = 4,
    DefaultConfig = 5,
    DynamicBrokerLoggerConfig = 6,
    ClientMetricsConfig = 7,
    GroupConfig = 8,
}

/// <summary>One setting with where its value comes from.</summary>
public sealed record ConfigEntry(
    string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive, IReadOnlyList<ConfigSynonym> Synonyms, string? Documentation)
{
    public bool IsDefault => Source == ConfigSource.DefaultConfig;
}

/// <summary>Another place that could supply the value, in order of precedence.</summary>
public sealed record ConfigSynonym(string Name, string? Value, ConfigSource Source);

public sealed record ConfigDescription(ConfigResource Resource, ErrorCode Error, string? Message, IReadOnlyList<ConfigEntry> Entries);

public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

/// <summary>A change of one setting.</summary>
public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value = null);

/// <summary>A group as its list shows it; state and type are empty when the broker is too old to say.</summary>
public sealed record GroupListing(string GroupId, string ProtocolType, string State, string Type);

public sealed record GroupDescription(
    string GroupId, ErrorCode Error, string State, string ProtocolType, string Assignor, BrokerAddress Coordinator, IReadOnlyList<GroupMember> Members);

/// <summary>A member; the assignment is empty when the group is not a consumer group.</summary>
public sealed record GroupMember(string MemberId, string? InstanceId, string ClientId, string ClientHost, IReadOnlyList<TopicPartition> Assignment);

/// <summary>A committed offset; -1 when there is none.</summary>
public sealed record CommittedOffset(TopicPartition Partition, long Offset, int LeaderEpoch, string? Metadata, ErrorCode Error);

/// <summary>Which offset of a partition is asked for.</summary>
public readonly record struct OffsetSpec(long Timestamp)
{
    public static OffsetSpec Latest => new(-1);

    public static OffsetSpec Earliest => new(-2);

    /// <summary>The record with the largest timestamp (KIP-734).</summary>
    public static OffsetSpec MaxTimestamp => new(-3);

    /// <summary>The first record at or after a time, milliseconds since 1970.</summary>
    public static OffsetSpec ForTimestamp(long timestamp) => new(timestamp);
}

/// <summary>An offset that was asked for; offset and timestamp are -1 when there is no such record.</summary>
public sealed record OffsetListing(TopicPartition Partition, long Offset, long Timestamp, int LeaderEpoch, ErrorCode Error);

public sealed record ClusterDescription(string? ClusterId, int ControllerId, IReadOnlyList<BrokerAddress> Brokers);

/// <summary>A log directory; sizes of the volume are -1 when the broker does not say.</summary>
public sealed record LogDirDescription(int BrokerId, string Path, ErrorCode Error, long TotalBytes, long UsableBytes, IReadOnlyList<ReplicaLogSize> Replicas);

public sealed record ReplicaLogSize(TopicPartition Partition, long SizeBytes, long OffsetLag, bool IsFuture);

/// <summary>The versions of one API that a broker offers.</summary>
public readonly record struct ApiVersionListing(ApiKey Key, short MinVersion, short MaxVersion);
