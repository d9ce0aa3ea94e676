using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>What clients ask of a leader, and what its core wants.</summary>
public sealed partial class SimReplica
{
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
                leader.Step(ProposalAnswers.Of(proposal, (AlterPartitionReply)reply), node.NowMs, leaderEffects);
                RunLeader();
            }
        });
    }
}
