using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Something that became true of the cluster. Events are journalled by the controller before anybody acts on them.</summary>
public abstract record MetadataEvent;

public sealed record BrokerRegistered(BrokerImage Broker) : MetadataEvent;

public sealed record TopicCreated(TopicId Id, string Name) : MetadataEvent;

public sealed record PartitionCreated(TopicId Topic, PartitionImage Partition) : MetadataEvent;

public sealed record TopicDeleted(TopicId Id) : MetadataEvent;

/// <summary>A setting made (or, with a null value, removed) on a resource.</summary>
public sealed record ConfigChanged(ConfigResource Resource, string Name, string? Value) : MetadataEvent;

/// <summary>Producer ids below <paramref name="NextProducerId"/> are given out.</summary>
public sealed record ProducerIdsAllocated(NodeId Broker, BrokerEpoch BrokerEpoch, long NextProducerId) : MetadataEvent;

public sealed record FeatureLevelSet(string Name, short Level) : MetadataEvent;
