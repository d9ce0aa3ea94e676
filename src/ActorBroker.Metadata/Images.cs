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
    /// <summary>The broker is giving its leaders away before it stops: it gets no new ones and joins no ISR (KIP-841).</summary>
    public bool InControlledShutdown { get; init; }

    /// <summary>The ids of the broker's log directories that are online (KIP-858); empty when it did not say.</summary>
    public ImmutableArray<Guid> LogDirs { get; init; } = [];

    /// <summary>Whether it may lead partitions and enter ISRs.</summary>
    public bool IsActive => !Fenced && !InControlledShutdown;

    public BrokerEndpoint? EndpointOf(string listener) => Endpoints.FirstOrDefault(endpoint => endpoint.Listener == listener);
}

/// <summary>A topic. Its partitions are numbered from 0 without gaps.</summary>
public sealed record TopicImage(TopicId Id, string Name, ImmutableList<PartitionImage> Partitions);

/// <summary>A partition: who holds it, who leads it.</summary>
/// <param name="Replicas">In order of preference; the first is the preferred leader.</param>
/// <param name="Isr">The replicas that hold everything committed; empty when the last of them was fenced.</param>
/// <param name="Leader"><see cref="NodeId.None"/> when no replica that may lead is alive.</param>
public sealed record PartitionImage(
    int Index, ImmutableArray<NodeId> Replicas, ImmutableArray<NodeId> Isr, NodeId Leader, LeaderEpoch LeaderEpoch, PartitionEpoch Epoch)
{
    /// <summary>Replicas that a reassignment brings; they are among <see cref="Replicas"/>.</summary>
    public ImmutableArray<NodeId> Adding { get; init; } = [];

    /// <summary>Replicas that go when the reassignment is complete; they are among <see cref="Replicas"/>.</summary>
    public ImmutableArray<NodeId> Removing { get; init; } = [];

    /// <summary>Replicas outside the ISR that hold everything below the high watermark, since they left it while it was below <c>min.insync.replicas</c> (KIP-966).</summary>
    public ImmutableArray<NodeId> Elr { get; init; } = [];

    /// <summary>The last leader of a partition that has none (KIP-966); it is elected when nobody is eligible.</summary>
    public ImmutableArray<NodeId> LastKnownElr { get; init; } = [];

    public LeaderRecoveryState LeaderRecoveryState { get; init; }

    public bool IsReassigning => !Adding.IsEmpty || !Removing.IsEmpty;
}

/// <summary>Whether a leader was elected from outside the ISR and has not yet recovered from that (KIP-704), with Kafka's numbers.</summary>
public enum LeaderRecoveryState : sbyte
{
    Recovered = 0,
    Recovering = 1,
}

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
