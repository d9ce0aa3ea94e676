using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Why the controller refused something. Mapped to Kafka's codes at the edge.</summary>
public enum MetadataError
{
    None,
    InvalidTopicName,
    TopicAlreadyExists,
    UnknownTopic,
    UnknownTopicId,
    InvalidPartitions,
    InvalidReplicationFactor,
    InvalidReplicaAssignment,
    InvalidConfig,
    InvalidRequest,
    PolicyViolation,
}

/// <summary>How one of several things asked for went.</summary>
/// <param name="Message">What was wrong, for people; null on success.</param>
public readonly record struct Verdict(MetadataError Error, string? Message)
{
    public static Verdict Ok => default;

    public bool IsOk => Error == MetadataError.None;
}

public abstract record ControllerReply;

public sealed record CreatedTopic(string Name, TopicId Id, int Partitions, short ReplicationFactor, Verdict Verdict);

public sealed record CreateTopicsReply(ImmutableArray<CreatedTopic> Topics) : ControllerReply;

public sealed record DeletedTopic(string? Name, TopicId Id, Verdict Verdict);

public sealed record DeleteTopicsReply(ImmutableArray<DeletedTopic> Topics) : ControllerReply;

public sealed record CreatePartitionsReply(ImmutableArray<(string Topic, Verdict Verdict)> Topics) : ControllerReply;

public sealed record AlterConfigsReply(ImmutableArray<(ConfigResource Resource, Verdict Verdict)> Resources) : ControllerReply;

/// <summary>A block of producer ids.</summary>
public sealed record ProducerIdBlock(long First, int Count) : ControllerReply;

public sealed record BrokerRegistration(BrokerEpoch Epoch) : ControllerReply;

/// <summary>What a command leads to: events to journal, and the answer to give once they are.</summary>
public sealed record Decision(ImmutableArray<MetadataEvent> Events, ControllerReply Reply);
