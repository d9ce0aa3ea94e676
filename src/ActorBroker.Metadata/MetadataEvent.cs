using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Something that became true of the cluster. Events are journalled by the controller before anybody acts on them.</summary>
public abstract record MetadataEvent;

public sealed record BrokerRegistered(BrokerImage Broker) : MetadataEvent;

/// <summary>A change to the registration of that epoch; what is null stays as it was.</summary>
public sealed record BrokerChanged(
    NodeId Id, BrokerEpoch Epoch, bool? Fenced = null, bool? InControlledShutdown = null, ImmutableArray<Guid>? LogDirs = null) : MetadataEvent;

public sealed record BrokerUnregistered(NodeId Id, BrokerEpoch Epoch) : MetadataEvent;

public sealed record TopicCreated(TopicId Id, string Name) : MetadataEvent;

public sealed record PartitionCreated(TopicId Topic, PartitionImage Partition) : MetadataEvent;

/// <summary>A change to a partition; what is null stays as it was. Every change counts the partition epoch up.</summary>
/// <param name="Leader">A leader given, even the one that leads already, begins the next leader epoch.</param>
public sealed record PartitionChanged(
    TopicId Topic,
    int Index,
    ImmutableArray<NodeId>? Isr = null,
    NodeId? Leader = null,
    LeaderRecoveryState? LeaderRecoveryState = null,
    ImmutableArray<NodeId>? Replicas = null,
    ImmutableArray<NodeId>? Removing = null,
    ImmutableArray<NodeId>? Adding = null,
    ImmutableArray<NodeId>? Elr = null,
    ImmutableArray<NodeId>? LastKnownElr = null) : MetadataEvent
{
    /// <summary>The partition after this change.</summary>
    public PartitionImage ApplyTo(PartitionImage before) => before with
    {
        Isr = Isr ?? before.Isr,
        Leader = Leader ?? before.Leader,
        LeaderEpoch = Leader is null ? before.LeaderEpoch : new LeaderEpoch(before.LeaderEpoch.Value + 1),
        LeaderRecoveryState = LeaderRecoveryState ?? before.LeaderRecoveryState,
        Replicas = Replicas ?? before.Replicas,
        Removing = Removing ?? before.Removing,
        Adding = Adding ?? before.Adding,
        Elr = Elr ?? before.Elr,
        LastKnownElr = LastKnownElr ?? before.LastKnownElr,
        Epoch = new PartitionEpoch(before.Epoch.Value + 1),
    };
}

public sealed record TopicDeleted(TopicId Id) : MetadataEvent;

/// <summary>A setting made (or, with a null value, removed) on a resource.</summary>
public sealed record ConfigChanged(ConfigResource Resource, string Name, string? Value) : MetadataEvent;

/// <summary>Producer ids below <paramref name="NextProducerId"/> are given out.</summary>
public sealed record ProducerIdsAllocated(NodeId Broker, BrokerEpoch BrokerEpoch, long NextProducerId) : MetadataEvent;

public sealed record FeatureLevelSet(string Name, short Level) : MetadataEvent;
