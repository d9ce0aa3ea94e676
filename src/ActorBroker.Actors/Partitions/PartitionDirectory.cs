using System.Collections.Concurrent;
using ActorBroker.Model;

namespace ActorBroker.Actors.Partitions;

/// <summary>The partitions with a replica on this node, for handlers to look up without asking an actor.</summary>
public sealed class PartitionDirectory
{
    private readonly ConcurrentDictionary<TopicPartition, Partition> byName = new();

    public int Count => byName.Count;

    public IEnumerable<Partition> All => byName.Select(entry => entry.Value);

    /// <summary>The partition, or null when this node has no replica of it.</summary>
    public Partition? Find(string topic, int partition) => byName.GetValueOrDefault(new TopicPartition(topic, partition));

    internal void Add(Partition partition) => byName[partition.Id] = partition;

    internal void Remove(Partition partition) =>
        byName.TryRemove(new KeyValuePair<TopicPartition, Partition>(partition.Id, partition));
}
