using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>The in-sync replicas: who should leave and join, and the one proposal to the controller at a time.</summary>
public sealed partial class LeaderCore
{
    private IsrProposal? proposal;
    private ImmutableArray<NodeId> proposed = [];
    private bool awaitsImage;
    private int firstAttempt;
    private int attempts;
    private long proposalRetryMs;

    /// <summary>The proposal that is not decided; null when there is none.</summary>
    public IsrProposal? Proposal => proposal;

    /// <summary>Whether the high watermark waits for the node: it is in the committed ISR, or in one that was proposed.</summary>
    public bool IsInMaximalIsr(NodeId node) => state.Isr.Contains(node) || proposed.Contains(node);

    public void Step(in ProposalAnswered answer, long nowMs, List<LeaderEffect> effects)
    {
        if (!IsLeading || proposal is null || answer.Base != proposal.Base || answer.Attempt < firstAttempt || answer.Attempt > proposal.Attempt)
        {
            return;
        }

        switch (answer.Result)
        {
            case ProposalResult.Accepted:
                var wasUnder = IsUnderMinIsr;
                state = state with { Isr = proposed, Epoch = answer.Epoch };
                ForgetProposals();
                AfterIsrChange(wasUnder, nowMs, effects);
                break;
            case ProposalResult.Outdated:
                awaitsImage = true;
                break;
            case ProposalResult.Refused when answer.Attempt == proposal.Attempt:
                // Proposals are delivered in order: the controller has refused the earlier attempts too, if it ever saw them.
                foreach (var node in proposed)
                {
                    if (!state.Isr.Contains(node) && followers.TryGetValue(node, out var follower))
                    {
                        follower.NoProposalBeforeMs = nowMs + settings.ProposalRetryMs;
                    }
                }

                ForgetProposals();
                proposalRetryMs = nowMs + settings.ProposalRetryMs;
                AdvanceHighWatermark(nowMs, effects);
                break;
            default:
                // An attempt whose answer was lost may be committed: its replicas go on to count.
                proposalRetryMs = nowMs + settings.ProposalRetryMs;
                break;
        }
    }

    private void AfterIsrChange(bool wasUnder, long nowMs, List<LeaderEffect> effects)
    {
        if (!wasUnder && IsUnderMinIsr)
        {
            effects.Add(new LeaderEffect { Kind = LeaderEffectKind.FailWaiting, Failure = WaitingFailure.NotEnoughReplicasAfterAppend });
        }

        ReviewIsr(nowMs, effects);
        AdvanceHighWatermark(nowMs, effects);
    }

    /// <summary>Proposes the in-sync replicas as they should be when they are not.</summary>
    private void ReviewIsr(long nowMs, List<LeaderEffect> effects)
    {
        if (proposal is not null || nowMs < proposalRetryMs || !NeedsChange(nowMs))
        {
            return;
        }

        var isr = ImmutableArray.CreateBuilder<ReplicaInfo>();
        foreach (var replica in state.Replicas)
        {
            if (replica.Node == self || ShouldBeInSync(followers[replica.Node], nowMs))
            {
                isr.Add(replica);
                if (replica.Node != self && !state.Isr.Contains(replica.Node))
                {
                    // It joins with what is committed, and has the lag time for the rest.
                    followers[replica.Node].BeginLagTime(nowMs);
                }
            }
        }

        proposed = [.. isr.Select(replica => replica.Node)];
        firstAttempt = attempts + 1;
        proposal = new IsrProposal(state.LeaderEpoch, state.Epoch, 0, isr.ToImmutable());
        SendProposal(nowMs, effects);
    }

    private bool NeedsChange(long nowMs)
    {
        foreach (var follower in followers.Values)
        {
            if (ShouldBeInSync(follower, nowMs) != state.Isr.Contains(follower.Node))
            {
                return true;
            }
        }

        return false;
    }

    private bool ShouldBeInSync(FollowerProgress follower, long nowMs)
    {
        if (follower.Replica.IsFenced || nowMs < follower.CannotWriteBeforeMs)
        {
            return false;
        }

        if (state.Isr.Contains(follower.Node))
        {
            var hasAll = follower.Phase == StreamPhase.Streaming && follower.LogEnd >= logEnd;
            return hasAll || nowMs - follower.CaughtUpMs <= settings.LagTimeMaxMs;
        }

        return follower.Phase == StreamPhase.Streaming
            && nowMs >= follower.NoProposalBeforeMs
            && HeldBy(follower) >= HighWatermark
            && HeldBy(follower) >= epochStart;
    }

    /// <summary>What the follower does not lose, as far as the rule goes.</summary>
    private Offset HeldBy(FollowerProgress follower) => rule.AfterFlush ? Offset.Min(follower.Flushed, follower.LogEnd) : follower.LogEnd;

    private void RetryProposal(long nowMs, List<LeaderEffect> effects)
    {
        if (proposal is not null && !awaitsImage && nowMs >= proposalRetryMs)
        {
            SendProposal(nowMs, effects);
        }
    }

    private void SendProposal(long nowMs, List<LeaderEffect> effects)
    {
        proposal = proposal! with { Attempt = ++attempts };
        proposalRetryMs = nowMs + settings.ProposalRetryMs;
        effects.Add(new LeaderEffect { Kind = LeaderEffectKind.ProposeIsr, Proposal = proposal });
    }

    /// <summary>Goes on where a leader of the same registration and epoch ended.</summary>
    private void TakeUndecided(IsrProposal? undecided, long nowMs)
    {
        if (undecided is null || undecided.LeaderEpoch != state.LeaderEpoch || undecided.Base != state.Epoch)
        {
            return;
        }

        proposal = undecided;
        proposed = [.. undecided.Isr.Select(replica => replica.Node)];
        // Refusals of the attempts before say nothing about those that follow.
        attempts = undecided.Attempt;
        firstAttempt = attempts + 1;
        proposalRetryMs = nowMs;
    }

    private void ForgetProposals()
    {
        proposal = null;
        proposed = [];
        awaitsImage = false;
        proposalRetryMs = long.MinValue;
    }
}
