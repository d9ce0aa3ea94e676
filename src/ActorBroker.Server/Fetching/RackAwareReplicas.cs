using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Server.Fetching;

/// <summary>Chooses the replica that a consumer reads from by its rack (KIP-392), as Kafka's RackAwareReplicaSelector does.</summary>
internal static class RackAwareReplicas
{
    /// <summary>
    /// The leader if it stands in the client's rack, else an in-sync replica that does, else the leader. The first in the order of the
    /// assignment is taken, turned on by the partition's number, so that a rack's replicas share its consumers.
    /// </summary>
    /// <param name="reachable">A broker that is alive and that the client can reach; null otherwise.</param>
    public static NodeId Select(PartitionImage partition, string rack, Func<NodeId, VisibleBroker?> reachable)
    {
        var near = new List<NodeId>();
        foreach (var id in partition.Replicas)
        {
            if (partition.Isr.Contains(id) && reachable(id)?.Rack == rack)
            {
                near.Add(id);
            }
        }

        return near.Count == 0 || near.Contains(partition.Leader) ? partition.Leader : near[partition.Index % near.Count];
    }
}
