using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Something asked of the controller.</summary>
public abstract record ControllerCommand;

/// <summary>A topic to create.</summary>
/// <param name="Partitions">-1: the broker's default, or as many as there are assignments.</param>
/// <param name="ReplicationFactor">-1: the broker's default, or that of the assignments.</param>
/// <param name="Assignments">Replicas of each partition by index; empty: the controller places them.</param>
public sealed record NewTopic(
    string Name,
    TopicId Id,
    int Partitions,
    short ReplicationFactor,
    ImmutableSortedDictionary<int, ImmutableArray<NodeId>> Assignments,
    ImmutableSortedDictionary<string, string?> Configs);

/// <summary>Create topics, each for itself. With <paramref name="ValidateOnly"/> nothing is created.</summary>
public sealed record CreateTopics(ImmutableArray<NewTopic> Topics, bool ValidateOnly) : ControllerCommand;

/// <summary>A topic by its name, or by its id when the name is null.</summary>
public sealed record TopicReference(string? Name, TopicId TopicId);

public sealed record DeleteTopics(ImmutableArray<TopicReference> Topics) : ControllerCommand;

/// <summary>Grow a topic to <paramref name="Count"/> partitions in all.</summary>
/// <param name="Assignments">Replicas of each new partition in order; default: the controller places them.</param>
public sealed record MorePartitions(string Topic, int Count, ImmutableArray<ImmutableArray<NodeId>> Assignments);

public sealed record CreatePartitions(ImmutableArray<MorePartitions> Topics, bool ValidateOnly) : ControllerCommand;

/// <summary>What to do to one setting, with Kafka's numbers (KIP-339).</summary>
public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

public sealed record ConfigEdit(string Name, ConfigOperation Operation, string? Value);

/// <summary>Edits to one resource: all are made or none.</summary>
/// <param name="Replace">The resource's settings become exactly these (the old AlterConfigs).</param>
public sealed record ResourceEdits(ConfigResource Resource, ImmutableArray<ConfigEdit> Edits, bool Replace);

public sealed record AlterConfigs(ImmutableArray<ResourceEdits> Resources, bool ValidateOnly) : ControllerCommand;

/// <summary>Give a broker a block of producer ids.</summary>
public sealed record AllocateProducerIds(NodeId Broker, BrokerEpoch BrokerEpoch) : ControllerCommand;

/// <summary>A broker has started.</summary>
public sealed record RegisterBroker(NodeId Id, Guid IncarnationId, ImmutableArray<BrokerEndpoint> Endpoints, string? Rack) : ControllerCommand;
