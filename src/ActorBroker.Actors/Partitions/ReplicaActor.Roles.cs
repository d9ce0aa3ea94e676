using ActorBroker.Actors.Node;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Partitions;

/// <summary>
/// What the replica is: the only one of its partition, the leader of others, or a follower, as the cluster image says. A replica that was once one of
/// several stays under the cores of replication.
/// </summary>
public sealed partial class ReplicaActor
{
    private LeaderCore? leader;
    private FollowerCore? follower;
    private LogEpochs? epochs;
    private PartitionState? state;

    /// <summary>The partition, or the brokers that hold it, as the controller has changed them.</summary>
    internal sealed record Assign(PartitionImage Image, PartitionState State);

    /// <summary>The stream to a node broke. Whether the node is gone is decided by the controller.</summary>
    internal sealed record StreamLost(NodeId Node);

    internal sealed record ReplicationTick
    {
        public static ReplicationTick Instance { get; } = new();
    }

    internal sealed record TellOffsets
    {
        public static TellOffsets Instance { get; } = new();
    }

    private enum Role
    {
        Alone,
        Leader,
        Follower,
    }

    private Role CurrentRole =>
        leader is null && follower is null ? Role.Alone : leader is { IsLeading: true } ? Role.Leader : Role.Follower;

    private TopicIdPartition WirePartition => new(partition.TopicId, partition.Id.Partition);

    private ReplicationSettings Replication =>
        settings.Replication ?? throw new InvalidOperationException($"{partition.Id} has several replicas, and this node has no replication");

    private DurabilityRule Durability => new(partition.Config.MinInsyncReplicas, log!.Config.AcknowledgeAfterFlush);

    private void OnAssign(Assign assign)
    {
        if (assign.Image.Epoch.Value < partition.Image.Epoch.Value)
        {
            return;
        }

        partition.Assign(assign.Image);
        if (state is null || assign.State.Epoch.Value >= state.Epoch.Value)
        {
            // A leader that started again may be ahead of the image.
            seat.State = state = assign.State;
        }

        if (log is not null)
        {
            TryTakeRole(assign);
        }

        partition.NotifyWatchers();
    }

    private void TryTakeRole(Assign assign)
    {
        try
        {
            TakeRole();
        }
        catch (IOException e)
        {
            Fail(e);
            if (log is not null)
            {
                // A full disk has no room for the new epoch. Until it has, the replica is neither leader nor follower of it.
                Context.RemindAfter(ReopenInterval, assign);
            }
        }
    }

    /// <summary>Takes the role that the image gives, with an open log.</summary>
    private void TakeRole()
    {
        var image = partition.Image;
        if (leader is null && follower is null && image.Replicas.Length == 1)
        {
            TakeRoleAlone();
            return;
        }

        if (state is null)
        {
            throw new InvalidOperationException($"{partition.Id} has several replicas, and it was not told who they are");
        }

        epochs ??= new LogEpochs(log!);
        epochs.Log = log!;
        if (partition.IsLeader)
        {
            Lead(image);
        }
        else
        {
            Follow();
        }
    }

    private void TakeRoleAlone()
    {
        if (!partition.IsLeader)
        {
            AbandonWaiting();
            return;
        }

        AssignEpoch();
        if (!log!.Config.AcknowledgeAfterFlush || unflushed.Count == 0)
        {
            // The only replica holds everything that the in-sync replicas hold.
            log.SetHighWatermark(log.View.LogEndOffset);
        }
    }

    private void AssignEpoch()
    {
        if (log!.View.LatestEpoch != partition.LeaderEpoch)
        {
            log.AssignEpoch(partition.LeaderEpoch);
        }
    }

    private void Lead(PartitionImage image)
    {
        leader ??= new LeaderCore(Replication.Leader);
        if (partition.Followers?.IsOf(state!.Replicas) != true)
        {
            partition.Followers = new FollowerEnds(state!.Replicas, partition.Followers);
        }

        if (leader.IsLeading && leader.LeaderEpoch == image.LeaderEpoch)
        {
            leader.Step(new StateChanged(state!), NowMs, leaderEffects);
        }
        else if (leader.LeaderEpoch < image.LeaderEpoch)
        {
            leader.Step(default(Resign), NowMs, leaderEffects);
            follower?.Step(default(Resign), NowMs, followerEffects);
            AssignEpoch();
            leader.Step(new BecomeLeader(partition.Self, state!, Offsets, epochs!, Durability, Math.Max(leader.LastSession, seat.LastSession)) { Undecided = seat.Undecided }, NowMs, leaderEffects);
        }

        CarryOut();
    }

    private void Follow()
    {
        partition.Followers = null;
        leader?.Step(default(Resign), NowMs, leaderEffects);
        untold.Clear();
        AbandonWaiting();
        follower ??= new FollowerCore();
        follower.Step(new BecomeFollower(partition.Self, state!, Offsets, epochs!, log!.Config.AcknowledgeAfterFlush), NowMs, followerEffects);
        CarryOut();
    }

    private LogOffsets Offsets => new(log!.View.LogStartOffset, log.View.LogEndOffset, log.View.HighWatermark, log.RecoveryPoint);

    private long NowMs => (long)settings.Time.GetElapsedTime(0).TotalMilliseconds;

    private void OnReplication(ReplicationMessage message)
    {
        if (log is null)
        {
            (message as PushMessage)?.Payload?.Dispose();
            if (message is MessageToFollower)
            {
                Send(message.Stream.Leader, new RefusalMessage(message.Partition, new Refusal(message.Stream, RefusalReason.NoReplica, LeaderEpoch.Unknown)));
            }

            return;
        }

        switch (message)
        {
            case PushMessage push:
                OnPush(push);
                break;
            case FetchStateMessage fetch:
                ToFollower(fetch.Stream)?.Step(fetch.Fetch, NowMs, followerEffects);
                break;
            case TruncateMessage truncate:
                ToFollower(truncate.Stream)?.Step(truncate.Truncate, NowMs, followerEffects);
                break;
            case PushAckMessage ack when leader is not null:
                LookAtCongestion();
                leader.Step(ack.Ack, NowMs, leaderEffects);
                partition.Followers?.Note(ack.Ack.Stream.Follower, leader.LogEndOf(ack.Ack.Stream.Follower) ?? Offset.Unknown);
                break;
            case FollowerStateMessage told:
                leader?.Step(told.State, NowMs, leaderEffects);
                break;
            case RefusalMessage refusal:
                leader?.Step(refusal.Refusal, NowMs, leaderEffects);
                break;
        }

        CarryOut();
    }

    /// <summary>The follower's core, which keeps the question of a leader that heard of its election first; a leader refuses an older one itself.</summary>
    private FollowerCore? ToFollower(in StreamKey stream)
    {
        if (leader is { IsLeading: true } && stream.LeaderEpoch <= leader.LeaderEpoch)
        {
            var refusal = new Refusal(stream, RefusalReason.FencedLeaderEpoch, leader.LeaderEpoch);
            Send(stream.Leader, new RefusalMessage(WirePartition, refusal));
            return null;
        }

        return follower ??= new FollowerCore();
    }

    private void OnStreamLost(NodeId node)
    {
        leader?.Step(new StreamBroken(node), NowMs, leaderEffects);
        follower?.Step(new StreamBroken(node), NowMs, followerEffects);
        CarryOut();
    }

    private void OnDurabilityChanged()
    {
        if (log is not null && CurrentRole != Role.Alone)
        {
            leader?.Step(Durability, NowMs, leaderEffects);
            follower?.Step(Durability, NowMs, followerEffects);
            CarryOut();
        }
    }

    private void Send(NodeId node, ReplicationMessage message) => Replication.Streams.Tell(node, message);

    private void CarryOut()
    {
        CarryOutLeader();
        CarryOutFollower();
    }
}
