using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Where clients reach a broker: one of its listeners.</summary>
public sealed record BrokerEndpoint(string Listener, string Host, int Port);

/// <summary>A broker as the cluster knows it.</summary>
/// <param name="Epoch">Grows with every registration of this id.</param>
/// <param name="IncarnationId">New for every start of the process.</param>
/// <param name="Rack">Null when none is configured.</param>
/// <param name="Fenced">A fenced broker leads nothing and is hidden from clients.</param>
public sealed record BrokerImage(
    NodeId Id, BrokerEpoch Epoch, Guid IncarnationId, ImmutableArray<BrokerEndpoint> Endpoints, string? Rack, bool Fenced)
{
    public BrokerEndpoint? EndpointOf(string listener) => Endpoints.FirstOrDefault(endpoint => endpoint.Listener == listener);
}

/// <summary>A topic. Its partitions are numbered from 0 without gaps.</summary>
public sealed record TopicImage(TopicId Id, string Name, ImmutableList<PartitionImage> Partitions);

/// <summary>A partition: who holds it, who leads it.</summary>
/// <param name="Replicas">In order of preference; the first is the preferred leader.</param>
/// <param name="Isr">The replicas that hold everything committed.</param>
/// <param name="Leader"><see cref="NodeId.None"/> when no in-sync replica is alive.</param>
public sealed record PartitionImage(
    int Index, ImmutableArray<NodeId> Replicas, ImmutableArray<NodeId> Isr, NodeId Leader, LeaderEpoch LeaderEpoch, PartitionEpoch Epoch);

/// <summary>Kinds of resources that have settings, with Kafka's numbers.</summary>
public enum ConfigResourceType : sbyte
{
    Unknown = 0,
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}

/// <summary>A resource that has settings. The empty name of a broker means all brokers.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);

    public static ConfigResource Broker(NodeId id) => new(ConfigResourceType.Broker, id.ToString());

    public static ConfigResource AllBrokers => new(ConfigResourceType.Broker, "");
}
