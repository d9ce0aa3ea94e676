using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Links;

/// <summary>What the replicas of a partition say to each other.</summary>
public abstract record ReplicationMessage(TopicIdPartition Partition) : LinkMessage(Partition)
{
    /// <summary>The stream that it belongs to.</summary>
    public abstract StreamKey Stream { get; }
}

public abstract record MessageToFollower(TopicIdPartition Partition) : ReplicationMessage(Partition);

public abstract record MessageToLeader(TopicIdPartition Partition) : ReplicationMessage(Partition);

/// <summary>Batches as they are stored, or only offsets. The receiver disposes the payload.</summary>
/// <param name="Payload">Null without bytes.</param>
public sealed record PushMessage(TopicIdPartition Partition, Push Push, PushPayload? Payload) : MessageToFollower(Partition)
{
    public override StreamKey Stream => Push.Stream;
}

public sealed record PushAckMessage(TopicIdPartition Partition, PushAck Ack) : MessageToLeader(Partition)
{
    public override StreamKey Stream => Ack.Stream;
}

public sealed record FetchStateMessage(TopicIdPartition Partition, FetchState Fetch) : MessageToFollower(Partition)
{
    public override StreamKey Stream => Fetch.Stream;
}

public sealed record FollowerStateMessage(TopicIdPartition Partition, FollowerState State) : MessageToLeader(Partition)
{
    public override StreamKey Stream => State.Stream;
}

public sealed record TruncateMessage(TopicIdPartition Partition, Truncate Truncate) : MessageToFollower(Partition)
{
    public override StreamKey Stream => Truncate.Stream;
}

public sealed record RefusalMessage(TopicIdPartition Partition, Refusal Refusal) : MessageToLeader(Partition)
{
    public override StreamKey Stream => Refusal.Stream;
}
