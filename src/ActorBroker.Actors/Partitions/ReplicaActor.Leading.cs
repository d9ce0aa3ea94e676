using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>The shell of the leader's core: pushes what was appended, and answers appends when the high watermark has passed them.</summary>
public sealed partial class ReplicaActor
{
    private readonly List<LeaderEffect> leaderEffects = [];

    /// <summary>Appends that want every in-sync replica, in the order of their offsets.</summary>
    private readonly Queue<(Append Append, AppendResult Result)> unreplicated = new();


    /// <summary>Offsets that wait for records to travel with.</summary>
    private readonly Dictionary<NodeId, Push> untold = [];
    private PushPayload? tail;
    private bool isTicking;

    private sealed record ProposalReply(IsrProposal Proposal, AlterPartitionReply? Reply);

    /// <summary>Why the leader takes no append just now; null when it does.</summary>
    private AppendOutcome? ReasonToRefuse(Append append)
    {
        if (CurrentRole != Role.Leader)
        {
            return AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower);
        }

        return append.Acks == RequiredAcks.All && leader!.IsUnderMinIsr
            ? AppendOutcome.Failed(
                ErrorCode.NotEnoughReplicas,
                $"The size of the current ISR {leader.Isr.Length} is insufficient to satisfy the min.isr requirement of {partition.Config.MinInsyncReplicas} for partition {partition.Id}")
            : null;
    }

    /// <summary>Pushes the first <paramref name="count"/> requests of the last write, and answers those that wait for nobody.</summary>
    private void Replicate(int count, Offset before)
    {
        var from = before;
        for (var first = 0; first < count;)
        {
            var bytes = 0;
            var next = first;
            var end = from;
            while (next < count && (bytes == 0 || bytes + requests[next].Batches.Length <= Replication.PushBytes))
            {
                if (results[next].Status == AppendStatus.Appended)
                {
                    bytes += requests[next].Batches.Length;
                    end = results[next].LastOffset + 1;
                }

                next++;
            }

            if (bytes > 0)
            {
                PushAppended(first, next, from, end, bytes);
                from = end;
            }

            first = next;
        }
    }

    private void PushAppended(int first, int next, Offset from, Offset end, int bytes)
    {
        LookAtCongestion();
        leader!.Step(new Appended(from, end, bytes), NowMs, leaderEffects);
        foreach (var effect in leaderEffects)
        {
            if (effect.Kind == LeaderEffectKind.PushTail)
            {
                tail = Gather(first, next, bytes);
                break;
            }
        }

        CarryOut();
        tail?.Dispose();
        tail = null;
    }

    /// <summary>One copy for all followers: the producer's buffer goes back as soon as it is answered.</summary>
    private PushPayload Gather(int first, int next, int bytes)
    {
        var payload = PushPayload.Rent(bytes);
        var at = 0;
        for (var i = first; i < next; i++)
        {
            if (results[i].Status == AppendStatus.Appended)
            {
                requests[i].Batches.CopyTo(payload.Bytes[at..]);
                at += requests[i].Batches.Length;
            }
        }

        return payload;
    }

    private void AnswerOrWait(Append append, in AppendResult result)
    {
        if (result.IsSuccess && append.Acks == RequiredAcks.All && result.LastOffset >= log!.View.HighWatermark)
        {
            unreplicated.Enqueue((append, result));
        }
        else if (result.IsSuccess && log!.Config.AcknowledgeAfterFlush && result.LastOffset >= log.RecoveryPoint)
        {
            unflushed.Enqueue((append, result));
        }
        else
        {
            Answer(append, result);
        }
    }

    private void OnReplicationTick()
    {
        if (log is null || leader is not { IsLeading: true } leading)
        {
            StopTicking();
            return;
        }

        TakeUpHeldReads();
        LookAtCongestion();
        leading.Step(default(Tick), NowMs, leaderEffects);
        CarryOut();
        if (leading.IsQuiet)
        {
            StopTicking();
        }
    }

    /// <summary>All partitions share what a node takes.</summary>
    private void LookAtCongestion()
    {
        foreach (var replica in state!.Replicas)
        {
            if (replica.Node != partition.Self)
            {
                var isCongested = !Replication.Streams.HasRoom(replica.Node);
                leader!.Step(new PeerCongestion(replica.Node, isCongested), NowMs, leaderEffects);
            }
        }
    }

    private void StopTicking()
    {
        isTicking = false;
        settings.Replication?.Ticks.Remove(Self);
    }

    private void CarryOutLeader()
    {
        for (var i = 0; i < leaderEffects.Count; i++)
        {
            CarryOut(leaderEffects[i]);
        }

        leaderEffects.Clear();
        if (!isTicking && leader is { IsLeading: true, IsQuiet: false })
        {
            isTicking = true;
            Replication.Ticks.Add(Self);
        }
    }

    private void CarryOut(in LeaderEffect effect)
    {
        switch (effect.Kind)
        {
            case LeaderEffectKind.PushTail:
                tail!.Retain();
                untold.Remove(effect.Node);
                Send(effect.Node, new PushMessage(WirePartition, effect.Push, tail));
                break;
            case LeaderEffectKind.ReadAndPush:
                ReadOrHold(effect);
                break;
            case LeaderEffectKind.SendHighWatermark:
                TellOrHold(effect);
                break;
            case LeaderEffectKind.SendFetchState:
                Send(effect.Node, new FetchStateMessage(WirePartition, effect.FetchState));
                break;
            case LeaderEffectKind.SendTruncate:
                Send(effect.Node, new TruncateMessage(WirePartition, effect.Truncate));
                break;
            case LeaderEffectKind.AdvanceHighWatermark:
                Advance(effect.HighWatermark);
                AnswerReplicated();
                break;
            case LeaderEffectKind.ProposeIsr:
                Propose(effect.Proposal!);
                break;
            case LeaderEffectKind.FailWaiting:
                FailUnreplicated(effect.Failure == WaitingFailure.NotLeader ? ErrorCode.NotLeaderOrFollower : ErrorCode.NotEnoughReplicasAfterAppend);
                break;
        }
    }

    /// <summary>The core says the high watermark whenever nothing is under way. The next records take it along, and mostly they come soon; a follower that is sent
    /// none is told a little later.</summary>
    private void TellOrHold(in LeaderEffect effect)
    {
        if (effect.Push.WantsAck)
        {
            untold.Remove(effect.Node);
            Send(effect.Node, new PushMessage(WirePartition, effect.Push, null));
            return;
        }

        untold[effect.Node] = effect.Push;
        Replication.Offsets.Add(Self);
    }

    private void OnTellOffsets()
    {
        foreach (var (node, push) in untold)
        {
            Send(node, new PushMessage(WirePartition, push, null));
        }

        untold.Clear();
    }

    private void AnswerReplicated()
    {
        while (unreplicated.TryPeek(out var first) && first.Result.LastOffset < log!.View.HighWatermark)
        {
            unreplicated.Dequeue();
            Answer(first.Append, first.Result);
        }
    }

    private void FailUnreplicated(ErrorCode error)
    {
        var outcome = AppendOutcome.Failed(error);
        while (unreplicated.TryDequeue(out var waiting))
        {
            waiting.Append.Complete(outcome);
        }

        partition.NotifyWatchers();
    }

    private void Propose(IsrProposal proposal)
    {
        var change = new IsrChange(
            partition.TopicId, partition.Id.Partition, proposal.LeaderEpoch, proposal.Base, [.. proposal.Isr.Select(replica => new IsrMember(replica.Node, replica.BrokerEpoch))]);
        var command = new AlterPartition(partition.Self, state!.Find(partition.Self)!.Value.BrokerEpoch, [change]);
        Replication.Controller.Ask<AlterPartitionReply>(command, Replication.ControllerTimeout).PipeTo(
            Self, Self, reply => new ProposalReply(proposal, reply), _ => new ProposalReply(proposal, null));
    }

    private void OnProposalReply(ProposalReply answer)
    {
        if (log is null || leader is null)
        {
            return;
        }

        var answered = ProposalAnswers.Of(answer.Proposal, answer.Reply);
        if (answered.Result == ProposalResult.Accepted)
        {
            Context.GetLogger().Info(
                "{0}: in sync are now [{1}]", partition.Id, string.Join(", ", answer.Proposal.Isr.Select(replica => replica.Node)));
        }

        leader.Step(answered, NowMs, leaderEffects);
        CarryOut();
    }
}
