using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>The shell of one replica: carries out what its cores want, on its log and the network.</summary>
public sealed partial class SimReplica(World world, SimNode node, TopicIdPartition partition, SimLog log)
{
    private static readonly LeaderSettings Settings = new()
    {
        LagTimeMaxMs = 1_500, WindowBytes = 8, ReadBytes = 5, ProbeRetryMs = 100, ProbeRetryMaxMs = 800, NudgeMs = 150, StallMs = 1_200, ProposalRetryMs = 300,
    };

    private readonly LeaderCore leader = new(Settings);
    private readonly FollowerCore follower = new();
    private readonly List<LeaderEffect> leaderEffects = [];
    private readonly List<FollowerEffect> followerEffects = [];
    private readonly Queue<(long Offset, SimRecord Record)> waiting = new();
    private PartitionState? state;
    private List<SimRecord> incoming = [];
    private bool isFlushing;
    private long checkedTo;

    public TopicIdPartition Partition => partition;

    public SimLog Log => log;

    public bool IsLeading => leader.IsLeading;

    public Offset HighWatermark => leader.IsLeading ? leader.HighWatermark : follower.HighWatermark;

    private DurabilityRule Rule => new(2, world.Shape.GroupCommit);

    public void OnImage(PartitionState next)
    {
        var before = state;
        state = next;
        var isNewRole = before is null || next.LeaderEpoch != before.LeaderEpoch || next.Leader != before.Leader;
        if (next.Leader == node.Id)
        {
            if (isNewRole)
            {
                Lead(next);
            }
            else
            {
                leader.Step(new StateChanged(next), node.NowMs, leaderEffects);
                RunLeader();
            }

            return;
        }

        if (leader.IsLeading)
        {
            leader.Step(default(Resign), node.NowMs, leaderEffects);
            RunLeader();
        }

        follower.Step(new BecomeFollower(node.Id, next, OffsetsNow(), log, world.Shape.GroupCommit), node.NowMs, followerEffects);
        RunFollower();
    }

    public void Tick()
    {
        log.HighWatermark = world.Chance(0.1) ? Math.Min(HighWatermark.Value, log.End) : log.HighWatermark;
        leader.Step(default(Tick), node.NowMs, leaderEffects);
        RunLeader();
        Flush();
    }

    public void OnBroken(NodeId other)
    {
        if (leader.IsLeading)
        {
            leader.Step(new StreamBroken(other), node.NowMs, leaderEffects);
            RunLeader();
        }
        else
        {
            follower.Step(new StreamBroken(other), node.NowMs, followerEffects);
            RunFollower();
        }
    }

    public void Receive(NodeId from, IReplicaMessage message)
    {
        switch (message)
        {
            case ToFollower push:
                incoming = push.Records;
                follower.Step(push.Push, node.NowMs, followerEffects);
                break;
            case ToReplica<FetchState> fetch:
                follower.Step(fetch.Content, node.NowMs, followerEffects);
                break;
            case ToReplica<Truncate> truncate:
                follower.Step(truncate.Content, node.NowMs, followerEffects);
                break;
            case ToReplica<FollowerState> answer:
                leader.Step(answer.Content, node.NowMs, leaderEffects);
                break;
            case ToReplica<PushAck> ack:
                leader.Step(ack.Content, node.NowMs, leaderEffects);
                break;
            case ToReplica<Refusal> refusal:
                leader.Step(refusal.Content, node.NowMs, leaderEffects);
                break;
        }

        RunFollower(from);
        RunLeader();
    }

    private LogOffsets OffsetsNow() => log.Offsets with { HighWatermark = Offset.Max(log.Offsets.HighWatermark, Offset.Min(HighWatermark, new(log.End))) };

    private void Flush()
    {
        if (isFlushing || log.Flushed >= log.End)
        {
            return;
        }

        isFlushing = true;
        var end = log.End;
        var last = log[end - 1];
        node.Later(node.FlushMs(), () =>
        {
            isFlushing = false;
            // What was cut meanwhile is not what the disk has.
            if (log.End >= end && (end <= log.Start || log[end - 1] == last))
            {
                log.NoteFlushed(end);
                leader.Step(new LogFlushed(new(log.Flushed)), node.NowMs, leaderEffects);
                follower.Step(new LogFlushed(new(log.Flushed)), node.NowMs, followerEffects);
                RunLeader();
                RunFollower();
            }

            Flush();
        });
    }

    private void CheckCommitted(Offset highWatermark)
    {
        if (highWatermark.Value > log.End)
        {
            throw new LawBrokenException($"{partition.Partition}@{node.Id}: high watermark {highWatermark} above the log end {log.End}");
        }

        for (var offset = Math.Max(checkedTo, log.Start); offset < highWatermark.Value; offset++)
        {
            world.Checks.OnCommitted(partition, node.Id, offset, log[offset]);
        }

        checkedTo = Math.Max(checkedTo, highWatermark.Value);
    }

    private void Send<T>(NodeId to, T content, StreamKey stream)
        where T : struct =>
        world.Network.Send(node.Id, to, new ToReplica<T>(partition, content, stream));

    private void Send(NodeId to, Push push, List<SimRecord> records) => world.Network.Send(node.Id, to, new ToFollower(partition, push, records));
}
