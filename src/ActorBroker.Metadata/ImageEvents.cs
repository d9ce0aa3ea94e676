using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>An image as the events that make it of an empty one (for snapshots), or of an older one (for whoever has missed events).</summary>
public static class ImageEvents
{
    /// <summary>The events that make this image of <see cref="ClusterImage.Empty"/>, but for its version.</summary>
    public static IEnumerable<MetadataEvent> Of(ClusterImage image) => Between(ClusterImage.Empty, image);

    /// <summary>What changed between two images of one history, for whoever acts on changes and has missed the events themselves. How often a partition changed
    /// is not in them: its epochs are those of <paramref name="after"/>.</summary>
    public static IEnumerable<MetadataEvent> Between(ClusterImage before, ClusterImage after) =>
        Features(before, after).Concat(Brokers(before, after)).Concat(Topics(before, after)).Concat(Configs(before, after)).Concat(ProducerIds(before, after));

    private static IEnumerable<MetadataEvent> Features(ClusterImage before, ClusterImage after) => after.Features
        .Where(feature => !before.Features.TryGetValue(feature.Key, out var level) || level != feature.Value)
        .Select(feature => new FeatureLevelSet(feature.Key, feature.Value));

    private static IEnumerable<MetadataEvent> Brokers(ClusterImage before, ClusterImage after)
    {
        foreach (var gone in before.Brokers.Values.Where(broker => !after.Brokers.ContainsKey(broker.Id)).OrderBy(broker => broker.Id))
        {
            yield return new BrokerUnregistered(gone.Id, gone.Epoch);
        }

        foreach (var broker in after.Brokers.Values.Where(broker => !ReferenceEquals(before.Brokers.GetValueOrDefault(broker.Id), broker)).OrderBy(broker => broker.Id))
        {
            yield return new BrokerRegistered(broker);
        }
    }

    private static IEnumerable<MetadataEvent> Topics(ClusterImage before, ClusterImage after)
    {
        foreach (var gone in before.Topics.Values.Where(topic => !after.TopicNames.ContainsKey(topic.Id)))
        {
            yield return new TopicDeleted(gone.Id);
        }

        foreach (var topic in after.Topics.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal))
        {
            var known = before.FindTopic(topic.Id);
            if (known is null)
            {
                yield return new TopicCreated(topic.Id, topic.Name);
            }

            foreach (var partition in topic.Partitions)
            {
                if (known is null || partition.Index >= known.Partitions.Count)
                {
                    yield return new PartitionCreated(topic.Id, partition);
                }
                else if (known.Partitions[partition.Index].Epoch != partition.Epoch)
                {
                    yield return Outcome(topic.Id, partition);
                }
            }
        }
    }

    private static PartitionChanged Outcome(TopicId topic, PartitionImage partition) => new(
        topic,
        partition.Index,
        partition.Isr,
        partition.Leader,
        partition.LeaderRecoveryState,
        partition.Replicas,
        partition.Removing,
        partition.Adding,
        partition.Elr,
        partition.LastKnownElr);

    private static IEnumerable<MetadataEvent> Configs(ClusterImage before, ClusterImage after)
    {
        foreach (var (resource, settings) in before.Configs)
        {
            // The settings of a deleted topic went with it.
            if (resource.Type == ConfigResourceType.Topic && before.FindTopic(resource.Name) is { } topic && after.FindTopic(topic.Id) is null)
            {
                continue;
            }

            foreach (var name in settings.Keys.Except(after.ConfigOf(resource).Keys))
            {
                yield return new ConfigChanged(resource, name, null);
            }
        }

        foreach (var (resource, settings) in after.Configs)
        {
            foreach (var (name, value) in settings.Where(setting => before.ConfigOf(resource).GetValueOrDefault(setting.Key) != setting.Value))
            {
                yield return new ConfigChanged(resource, name, value);
            }
        }
    }

    private static IEnumerable<MetadataEvent> ProducerIds(ClusterImage before, ClusterImage after)
    {
        if (before.NextProducerId != after.NextProducerId)
        {
            yield return new ProducerIdsAllocated(NodeId.None, new BrokerEpoch(-1), after.NextProducerId);
        }
    }
}
