using ActorBroker.Actors.Streams;
using ActorBroker.Model;

namespace ActorBroker.Actors.Partitions;

/// <summary>Keeps the throttled rates of replicas that catch up, where this replica leads.</summary>
public sealed partial class ReplicaActor
{
    /// <summary>Places in the queues of the two rates, by follower.</summary>
    private readonly Dictionary<NodeId, (double AtLeader, double AtFollower)> places = [];

    private ReplicationThrottle? LeaderThrottle =>
        partition.Config.LeaderThrottledReplicas.Contains(partition.Id.Partition, partition.Self) ? Replication.Throttles?.Leader : null;

    private ReplicationThrottle? FollowerThrottle(NodeId node) =>
        partition.Config.FollowerThrottledReplicas.Contains(partition.Id.Partition, node) ? Replication.Throttles?.Follower(node) : null;

    /// <summary>Whether a follower that catches up may be sent something now.</summary>
    /// <param name="bytes">How much at once.</param>
    private bool MayFeed(NodeId node, ref int bytes)
    {
        var (atLeader, atFollower) = (LeaderThrottle, FollowerThrottle(node));
        if (atLeader is null && atFollower is null)
        {
            places.Remove(node);
            return true;
        }

        if (!places.TryGetValue(node, out var place))
        {
            place = places[node] = (atLeader?.Reserve(0) ?? 0, atFollower?.Reserve(0) ?? 0);
        }

        bytes = Math.Min(atLeader?.PushBytes(bytes) ?? bytes, atFollower?.PushBytes(bytes) ?? bytes);
        return atLeader?.IsDue(place.AtLeader) != false && atFollower?.IsDue(place.AtFollower) != false;
    }

    private void NoteFed(NodeId node, int bytes)
    {
        var (atLeader, atFollower) = (LeaderThrottle, FollowerThrottle(node));
        if (atLeader is not null || atFollower is not null)
        {
            places[node] = (atLeader?.Reserve(bytes) ?? 0, atFollower?.Reserve(bytes) ?? 0);
            ReplicationThrottles.CountSent(bytes);
        }
    }

    private void CountThrottled(int bytes)
    {
        if (partition.Config.FollowerThrottledReplicas.Contains(partition.Id.Partition, partition.Self)
            && !partition.Image.Isr.Contains(partition.Self))
        {
            ReplicationThrottles.CountReceived(bytes);
        }
    }
}
