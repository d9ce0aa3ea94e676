using System.Collections.Immutable;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Partitions;

/// <summary>How far the followers of a partition are, as its leader knows: written by the replica, read by handlers without asking it.</summary>
/// <param name="before">What was known of the same leader's followers when they were others.</param>
internal sealed class FollowerEnds(ImmutableArray<ReplicaInfo> replicas, FollowerEnds? before)
{
    private readonly long[] ends = [.. replicas.Select(replica => (before?.Of(replica.Node) ?? Offset.Unknown).Value)];

    public bool IsOf(ImmutableArray<ReplicaInfo> others) => replicas.AsSpan().SequenceEqual(others.AsSpan());

    public void Note(NodeId node, Offset end)
    {
        for (var i = 0; i < ends.Length; i++)
        {
            if (replicas[i].Node == node)
            {
                Volatile.Write(ref ends[i], end.Value);
            }
        }
    }

    public Offset Of(NodeId node)
    {
        for (var i = 0; i < ends.Length; i++)
        {
            if (replicas[i].Node == node)
            {
                return new Offset(Volatile.Read(ref ends[i]));
            }
        }

        return Offset.Unknown;
    }
}
