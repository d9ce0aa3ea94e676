using System.Collections.Concurrent;
using ActorBroker.Model;

namespace ActorBroker.Actors.Partitions;

/// <summary>The partitions with a replica on this node, for handlers to look up without asking an actor.</summary>
public sealed class PartitionDirectory
{
    private readonly ConcurrentDictionary<TopicPartition, Partition> byName = new();
    private readonly ConcurrentDictionary<TopicIdPartition, Partition> byId = new();

    public int Count => byName.Count;

    public IEnumerable<Partition> All => byName.Select(entry => entry.Value);

    /// <summary>The partition, or null when this node has no replica of it.</summary>
    public Partition? Find(string topic, int partition) => byName.GetValueOrDefault(new TopicPartition(topic, partition));

    /// <summary>The partition of exactly that topic, or null when this node has no replica of it.</summary>
    internal Partition? Find(in TopicIdPartition partition) => byId.GetValueOrDefault(partition);

    internal void Add(Partition partition)
    {
        byName[partition.Id] = partition;
        byId[new TopicIdPartition(partition.TopicId, partition.Id.Partition)] = partition;
    }

    internal void Remove(Partition partition)
    {
        byName.TryRemove(new KeyValuePair<TopicPartition, Partition>(partition.Id, partition));
        byId.TryRemove(new KeyValuePair<TopicIdPartition, Partition>(new TopicIdPartition(partition.TopicId, partition.Id.Partition), partition));
    }
}
