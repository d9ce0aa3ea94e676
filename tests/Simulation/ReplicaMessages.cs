using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>A message between replicas of one partition.</summary>
public interface IReplicaMessage
{
    TopicIdPartition Partition { get; }

    StreamKey? Stream { get; }
}

public sealed record ToReplica<T>(TopicIdPartition Partition, T Content, StreamKey? Stream) : IReplicaMessage
    where T : struct;

public sealed record ToFollower(TopicIdPartition Partition, Push Push, List<SimRecord> Records) : IReplicaMessage
{
    public StreamKey? Stream => Push.Stream;
}
