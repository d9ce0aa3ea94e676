using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>
/// The state of the cluster at one version: an immutable value, the same on every node that has applied the same events.
/// Only <see cref="Apply"/> makes a new one.
/// </summary>
public sealed record ClusterImage
{
    public static ClusterImage Empty { get; } = new();

    /// <summary>The number of events applied so far.</summary>
    public long Version { get; init; }

    public ImmutableDictionary<NodeId, BrokerImage> Brokers { get; init; } = ImmutableDictionary<NodeId, BrokerImage>.Empty;

    public ImmutableDictionary<string, TopicImage> Topics { get; init; } =
        ImmutableDictionary.Create<string, TopicImage>(StringComparer.Ordinal);

    public ImmutableDictionary<TopicId, string> TopicNames { get; init; } = ImmutableDictionary<TopicId, string>.Empty;

    public ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> Configs { get; init; } =
        ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty;

    /// <summary>Finalised feature levels by name (KIP-584).</summary>
    public ImmutableSortedDictionary<string, short> Features { get; init; } = ImmutableSortedDictionary<string, short>.Empty;

    /// <summary>The first producer id that no block has been given out for.</summary>
    public long NextProducerId { get; init; }

    /// <summary>Partitions of all topics.</summary>
    public int PartitionCount { get; init; }

    public TopicImage? FindTopic(string name) => Topics.GetValueOrDefault(name);

    public TopicImage? FindTopic(TopicId id) => TopicNames.TryGetValue(id, out var name) ? Topics[name] : null;

    /// <summary>The settings made on a resource itself; empty when there are none.</summary>
    public ImmutableSortedDictionary<string, string> ConfigOf(ConfigResource resource) =>
        Configs.GetValueOrDefault(resource, ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The image after one more event. Events come from the controller's journal and are not checked again.</summary>
    public ClusterImage Apply(MetadataEvent change) => Change(change) with { Version = Version + 1 };

    private ClusterImage Change(MetadataEvent change) => change switch
    {
        BrokerRegistered broker => this with { Brokers = Brokers.SetItem(broker.Broker.Id, broker.Broker) },
        BrokerChanged broker => ChangeBroker(broker),
        BrokerUnregistered broker => this with { Brokers = Brokers.Remove(Registered(broker.Id, broker.Epoch).Id) },
        TopicCreated topic => this with
        {
            Topics = Topics.Add(topic.Name, new TopicImage(topic.Id, topic.Name, [])),
            TopicNames = TopicNames.Add(topic.Id, topic.Name),
        },
        PartitionCreated partition => AddPartition(partition),
        PartitionChanged partition => ChangePartition(partition),
        TopicDeleted topic => RemoveTopic(topic.Id),
        ConfigChanged config => ChangeConfig(config),
        ProducerIdsAllocated ids => this with { NextProducerId = ids.NextProducerId },
        FeatureLevelSet feature => this with { Features = Features.SetItem(feature.Name, feature.Level) },
        _ => throw new ArgumentException($"unknown metadata event {change.GetType().Name}", nameof(change)),
    };

    private BrokerImage Registered(NodeId id, BrokerEpoch epoch) =>
        Brokers.GetValueOrDefault(id) is { } broker && broker.Epoch == epoch
            ? broker
            : throw new ArgumentException($"change of broker {id}, which is not registered with epoch {epoch.Value}");

    private ClusterImage ChangeBroker(BrokerChanged change)
    {
        var before = Registered(change.Id, change.Epoch);
        var after = before with
        {
            Fenced = change.Fenced ?? before.Fenced,
            InControlledShutdown = change.InControlledShutdown ?? before.InControlledShutdown,
            LogDirs = change.LogDirs ?? before.LogDirs,
        };
        return this with { Brokers = Brokers.SetItem(change.Id, after) };
    }

    private ClusterImage ChangePartition(PartitionChanged change)
    {
        var topic = FindTopic(change.Topic) ?? throw new ArgumentException($"change of a partition of unknown topic id {change.Topic}");
        if (change.Index < 0 || change.Index >= topic.Partitions.Count)
        {
            throw new ArgumentException($"change of partition {change.Index} of '{topic.Name}', which has {topic.Partitions.Count}");
        }

        var changed = topic with { Partitions = topic.Partitions.SetItem(change.Index, change.ApplyTo(topic.Partitions[change.Index])) };
        return this with { Topics = Topics.SetItem(topic.Name, changed) };
    }

    private ClusterImage AddPartition(PartitionCreated created)
    {
        var topic = FindTopic(created.Topic) ?? throw new ArgumentException($"partition of unknown topic id {created.Topic}");
        if (created.Partition.Index != topic.Partitions.Count)
        {
            throw new ArgumentException($"partition {created.Partition.Index} of '{topic.Name}' after {topic.Partitions.Count}");
        }

        var grown = topic with { Partitions = topic.Partitions.Add(created.Partition) };
        return this with { Topics = Topics.SetItem(topic.Name, grown), PartitionCount = PartitionCount + 1 };
    }

    private ClusterImage RemoveTopic(TopicId id)
    {
        var topic = FindTopic(id) ?? throw new ArgumentException($"deletion of unknown topic id {id}");
        return this with
        {
            Topics = Topics.Remove(topic.Name),
            TopicNames = TopicNames.Remove(id),
            Configs = Configs.Remove(ConfigResource.Topic(topic.Name)),
            PartitionCount = PartitionCount - topic.Partitions.Count,
        };
    }

    private ClusterImage ChangeConfig(ConfigChanged change)
    {
        var before = ConfigOf(change.Resource);
        var after = change.Value is { } value ? before.SetItem(change.Name, value) : before.Remove(change.Name);
        return this with
        {
            Configs = after.IsEmpty ? Configs.Remove(change.Resource) : Configs.SetItem(change.Resource, after),
        };
    }
}
