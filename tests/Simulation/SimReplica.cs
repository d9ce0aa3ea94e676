using ActorBroker.Metadata;
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

/// <summary>The shell of one replica: carries out what its cores want, on its log and the network.</summary>
public sealed class SimReplica(World world, SimNode node, TopicIdPartition partition, SimLog log)
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

    public void OnProduce(Produce produce)
    {
        if (node.IsDiskFull || !leader.IsLeading || leader.IsUnderMinIsr || leader.LeaderEpoch != state!.LeaderEpoch)
        {
            return;
        }

        var record = new SimRecord(leader.LeaderEpoch.Value, produce.Id);
        var offset = log.End;
        log.Append([record]);
        waiting.Enqueue((offset, record));
        leader.Step(new Appended(new(offset), new(offset + 1), 1), node.NowMs, leaderEffects);
        RunLeader();
        Flush();
    }

    public void OnDelete(Offset before)
    {
        if (leader.IsLeading && leader.LeaderEpoch == state!.LeaderEpoch && before <= leader.HighWatermark && before.Value > log.Start)
        {
            world.Checks.OnDeleted(partition, before);
            log.DeleteBefore(before);
            leader.Step(new LogStartMoved(before), node.NowMs, leaderEffects);
            RunLeader();
        }
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
            if (world.Chance(0.3))
            {
                leader.Step(new NodeUnreachable(other), node.NowMs, leaderEffects);
            }

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

    private void Lead(PartitionState next)
    {
        var offsets = OffsetsNow();
        follower.Step(default(Resign), node.NowMs, followerEffects);
        log.AssignEpoch(next.LeaderEpoch);
        world.Checks.OnLeader(this, node, next.LeaderEpoch);
        leader.Step(new BecomeLeader(node.Id, next, offsets, log, Rule, leader.LastSession), node.NowMs, leaderEffects);
        RunLeader();
        Flush();
    }

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

    private void RunLeader()
    {
        for (var i = 0; i < leaderEffects.Count; i++)
        {
            var at = i;
            world.TraceFine(() => $"    {partition.Partition}@{node.Id} leads: {leaderEffects[at]}");
            Do(leaderEffects[i]);
        }

        leaderEffects.Clear();
    }

    private void Do(in LeaderEffect effect)
    {
        switch (effect.Kind)
        {
            case LeaderEffectKind.SendFetchState:
                Send(effect.Node, effect.FetchState, effect.FetchState.Stream);
                break;
            case LeaderEffectKind.SendTruncate:
                Send(effect.Node, effect.Truncate, effect.Truncate.Stream);
                break;
            case LeaderEffectKind.PushTail:
                Send(effect.Node, effect.Push, log.Read(effect.Push.From, (int)(effect.Push.End - effect.Push.From)));
                break;
            case LeaderEffectKind.SendHighWatermark:
                Send(effect.Node, effect.Push, []);
                break;
            case LeaderEffectKind.ReadAndPush:
                ReadAndPush(effect.Node, effect.Push);
                break;
            case LeaderEffectKind.AdvanceHighWatermark:
                Acknowledge(effect.HighWatermark);
                break;
            case LeaderEffectKind.ProposeIsr:
                Propose(effect.Proposal!);
                break;
            case LeaderEffectKind.FailWaiting:
                waiting.Clear();
                break;
        }
    }

    private void ReadAndPush(NodeId to, Push push)
    {
        if (world.Chance(0.2))
        {
            var life = leader.LeaderEpoch;
            node.Later(world.Between(1, 30), () =>
            {
                if (leader.IsLeading && leader.LeaderEpoch == life)
                {
                    PushFromLog(to, push);
                    RunLeader();
                }
            });
            return;
        }

        PushFromLog(to, push);
    }

    private void PushFromLog(NodeId to, Push push)
    {
        if (push.From.Value < log.Start)
        {
            leader.Step(new ReadFailed(to, push.Stream.Session), node.NowMs, leaderEffects);
            return;
        }

        var records = log.Read(push.From, push.Bytes);
        var end = push.From + records.Count;
        if (records.Count > 0)
        {
            Send(to, push with { End = end, LastEpoch = new(records[^1].Epoch), Bytes = records.Count }, records);
        }

        leader.Step(new PushedFromLog(to, push.Stream.Session, push.From, end, records.Count), node.NowMs, leaderEffects);
    }

    private void Acknowledge(Offset highWatermark)
    {
        world.Checks.OnHighWatermark(partition, node.Id, leader.LeaderEpoch, highWatermark);
        CheckCommitted(highWatermark);
        while (waiting.TryPeek(out var first) && first.Offset < highWatermark.Value)
        {
            waiting.Dequeue();
            world.Checks.OnAcknowledged(partition, first.Offset, first.Record);
        }
    }

    private void Propose(IsrProposal proposal)
    {
        world.Faults.OnProposal(node, proposal.Isr.Select(replica => replica.Node).Except(state!.Isr));
        var self = state!.Find(node.Id)!.Value;
        var change = new IsrChange(
            partition.TopicId, partition.Partition, proposal.LeaderEpoch, proposal.Base, [.. proposal.Isr.Select(replica => new IsrMember(replica.Node, replica.BrokerEpoch))]);
        node.AskController(new AlterPartition(node.Id, self.BrokerEpoch, [change]), reply =>
        {
            if (leader.LeaderEpoch == proposal.LeaderEpoch)
            {
                leader.Step(AnswerTo(proposal, (AlterPartitionReply)reply), node.NowMs, leaderEffects);
                RunLeader();
            }
        });
    }

    private static ProposalAnswered AnswerTo(IsrProposal proposal, AlterPartitionReply reply)
    {
        var error = reply.Verdict.IsOk ? reply.Partitions[0].Verdict.Error : reply.Verdict.Error;
        var result = error switch
        {
            MetadataError.None => ProposalResult.Accepted,
            MetadataError.InvalidUpdateVersion or MetadataError.FencedLeaderEpoch or MetadataError.NewLeaderElected or MetadataError.UnknownTopicId
                or MetadataError.UnknownPartition or MetadataError.StaleBrokerEpoch => ProposalResult.Outdated,
            MetadataError.NotController or MetadataError.BrokerNotRegistered => ProposalResult.Unknown,
            _ => ProposalResult.Refused,
        };
        if (result != ProposalResult.Accepted)
        {
            return new ProposalAnswered(proposal.Base, proposal.Attempt, result, default);
        }

        // What was committed may go further than what was proposed: a reassignment that it completes takes replicas away.
        var state = reply.Partitions[0].State!;
        return state.LeaderEpoch == proposal.LeaderEpoch && proposal.Isr.Select(replica => replica.Node).ToHashSet().SetEquals(state.Isr)
            ? new ProposalAnswered(proposal.Base, proposal.Attempt, result, state.Epoch)
            : new ProposalAnswered(proposal.Base, proposal.Attempt, ProposalResult.Outdated, default);
    }

    private void RunFollower(NodeId? from = null)
    {
        for (var i = 0; i < followerEffects.Count; i++)
        {
            var at = i;
            world.TraceFine(() => $"    {partition.Partition}@{node.Id} follows: {followerEffects[at]}");
            Do(followerEffects[i], from);
        }

        followerEffects.Clear();
    }

    private void Do(in FollowerEffect effect, NodeId? from)
    {
        switch (effect.Kind)
        {
            case FollowerEffectKind.SendState:
                Send(effect.State.Stream.Leader, effect.State, effect.State.Stream);
                break;
            case FollowerEffectKind.SendAck:
                Send(effect.Ack.Stream.Leader, effect.Ack, effect.Ack.Stream);
                break;
            case FollowerEffectKind.SendRefusal:
                Send(from ?? effect.Refusal.Stream.Leader, effect.Refusal, effect.Refusal.Stream);
                break;
            case FollowerEffectKind.Write:
                Write();
                break;
            case FollowerEffectKind.Truncate:
                log.TruncateTo(effect.Offset);
                checkedTo = Math.Min(checkedTo, log.End);
                follower.Step(new Truncated(new(log.End)), node.NowMs, followerEffects);
                break;
            case FollowerEffectKind.SetHighWatermark:
                CheckCommitted(effect.Offset);
                break;
            case FollowerEffectKind.ReportDivergedBelowHighWatermark:
                throw new LawBrokenException($"{partition.Partition}@{node.Id}: committed records from {effect.Offset} on are to be truncated");
            case FollowerEffectKind.RestartAt:
                log.RestartAt(effect.Offset);
                checkedTo = effect.Offset.Value;
                follower.Step(new Truncated(new(log.End)), node.NowMs, followerEffects);
                break;
            case FollowerEffectKind.SetLogStart:
                log.DeleteBefore(effect.Offset);
                break;
            default:
                throw new InvalidOperationException($"unknown effect {effect}");
        }
    }

    private void Write()
    {
        if (node.IsDiskFull)
        {
            follower.Step(new WriteFailed(new(log.End)), node.NowMs, followerEffects);
            return;
        }

        log.Append(incoming);
        follower.Step(new Written(new(log.End)), node.NowMs, followerEffects);
        Flush();
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
