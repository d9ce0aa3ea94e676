using ActorBroker.Model;
using ActorBroker.Replication;

namespace Simulation;

/// <summary>What a follower's core wants.</summary>
public sealed partial class SimReplica
{
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
}
