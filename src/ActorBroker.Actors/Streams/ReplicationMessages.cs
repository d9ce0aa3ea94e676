using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Streams;

/// <summary>What the replicas of a partition say to each other: goes to <c>/user/node/replication</c> of the other node, and there to the replica.
/// Only <see cref="FetchStateMessage"/>, with which a stream begins, goes to the follower as an entity of its broker's shard.</summary>
public abstract record ReplicationMessage(TopicIdPartition Partition)
{
    /// <summary>The stream that it belongs to.</summary>
    public abstract StreamKey Stream { get; }

    /// <summary>Whether it goes from leader to follower.</summary>
    public abstract bool IsForFollower { get; }
}

/// <summary>Batches as they are stored, or only offsets. The receiver disposes the payload.</summary>
/// <param name="Payload">Null without bytes.</param>
public sealed record PushMessage(TopicIdPartition Partition, Push Push, PushPayload? Payload) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => Push.Stream;

    public override bool IsForFollower => true;
}

public sealed record PushAckMessage(TopicIdPartition Partition, PushAck Ack) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => Ack.Stream;

    public override bool IsForFollower => false;
}

public sealed record FetchStateMessage(TopicIdPartition Partition, FetchState Fetch) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => Fetch.Stream;

    public override bool IsForFollower => true;
}

public sealed record FollowerStateMessage(TopicIdPartition Partition, FollowerState State) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => State.Stream;

    public override bool IsForFollower => false;
}

public sealed record TruncateMessage(TopicIdPartition Partition, Truncate Truncate) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => Truncate.Stream;

    public override bool IsForFollower => true;
}

public sealed record RefusalMessage(TopicIdPartition Partition, Refusal Refusal) : ReplicationMessage(Partition)
{
    public override StreamKey Stream => Refusal.Stream;

    public override bool IsForFollower => false;
}
