using ActorBroker.Metadata;
using ActorBroker.Model;

namespace ActorBroker.Server.Fetching;

/// <summary>Chooses the replica that a consumer reads from by its rack (KIP-392), as Kafka's RackAwareReplicaSelector does.</summary>
internal static class RackAwareReplicas
{
    /// <summary>
    /// The leader if it stands in the client's rack, else the in-sync replica there that has most of the log, else the leader. Of several that have as
    /// much, the first in the order of the assignment is taken, turned on by the partition's number, so that they share the rack's consumers.
    /// </summary>
    /// <param name="reachable">A broker that is alive and that the client can reach; null otherwise.</param>
    /// <param name="endOf">The log end of a broker's replica; unknown when it has not told yet.</param>
    public static NodeId Select(PartitionImage partition, string rack, Func<NodeId, VisibleBroker?> reachable, Func<NodeId, Offset> endOf)
    {
        var near = new List<NodeId>();
        var most = new Offset(long.MinValue);
        foreach (var id in partition.Replicas)
        {
            if (!partition.Isr.Contains(id) || reachable(id)?.Rack != rack)
            {
                continue;
            }

            if (id == partition.Leader)
            {
                return id;
            }

            var end = endOf(id);
            if (end > most)
            {
                near.Clear();
                most = end;
            }

            if (end == most)
            {
                near.Add(id);
            }
        }

        return near.Count == 0 ? partition.Leader : near[partition.Index % near.Count];
    }
}
