using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Hosting;

/// <summary>The cluster image's partitions as the cores of replication want them.</summary>
internal static class PartitionStates
{
    public static PartitionState From(ClusterImage image, PartitionImage partition) => new(
        partition.LeaderEpoch, partition.Epoch, partition.Leader, [.. partition.Replicas.Select(node => InfoOf(image, node))], partition.Isr);

    private static ReplicaInfo InfoOf(ClusterImage image, NodeId node) => image.Brokers.TryGetValue(node, out var broker)
        ? new ReplicaInfo(node, broker.Epoch, !broker.IsActive)
        : new ReplicaInfo(node, default, true);
}
