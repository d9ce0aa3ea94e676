using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

public sealed partial class JournalProposer
{
    /// <summary>The first offset of this epoch: only what lies above it is committed by counting.</summary>
    private Offset ownStart;

    /// <summary>The end of the batches that this proposer has to commit before it serves.</summary>
    private Offset completedAt;

    /// <summary>When a majority had last answered.</summary>
    private long majorityTick;

    /// <summary>A snapshot could not be sent; it is tried again with the next tick.</summary>
    public ImmutableArray<ProposerEffect> OnSnapshotFailed(NodeId to)
    {
        if (followers.TryGetValue(to, out var follower) && follower.Mode == FeedMode.Snapshot)
        {
            follower.Resend();
            follower.InFlight = 1;
            follower.LastSentTick = tick;
        }

        return Drain();
    }

    /// <summary>This node dropped its journal below a snapshot: who is further behind gets the snapshot first.</summary>
    public void OnJournalStart(JournalPosition snapshot)
    {
        if (Phase is ProposerPhase.Completing or ProposerPhase.Serving && snapshot.Offset > journal.Start.Offset && journal.Contains(snapshot))
        {
            journal = journal.DropBefore(snapshot);
        }
    }

    private void BeginCompleting()
    {
        Phase = ProposerPhase.Completing;
        majorityTick = tick;
        ownStart = journal.EndOffset;
        foreach (var promise in promises.Values)
        {
            Committed = Offset.Max(Committed, promise.Committed);
        }

        Extend(1, JournalBatchKind.LeaderChange, voters: null);
        if (journal.Voters is null)
        {
            Extend(1, JournalBatchKind.Voters, VoterSet.Of(options.Members.Select(node => promises[node].From)));
        }

        completedAt = journal.EndOffset;
        followers.Clear();
        foreach (var promise in promises.Values)
        {
            Follow(promise);
        }
    }

    /// <summary>Begins to feed an acceptor from where its journal agrees with ours; a repeated promise of one that is fed already changes nothing.</summary>
    private void Follow(Promise promise)
    {
        var node = promise.From.Node;
        if (followers.TryGetValue(node, out var follower) && follower.Match != Offset.Unknown)
        {
            return;
        }

        // This node's outline in its promise is from before the adoption.
        var outline = node == options.Node ? journal.TruncateTo(ownStart) : promise.Outline;
        var common = journal.CommonEnd(outline)?.Offset ?? Offset.Unknown;
        followers[node] = follower = new Follower(promise.From, common) { LastReplyTick = tick };
        Feed(follower);
    }

    private void OnAccepted(Accepted accepted)
    {
        if (Phase == ProposerPhase.Adopting)
        {
            OnAdopted(accepted);
            return;
        }

        if (!followers.TryGetValue(accepted.From.Node, out var follower))
        {
            return;
        }

        follower.Accept(accepted.EndOffset, journal.EndOffset);
        if (follower.Match >= journal.EndOffset)
        {
            follower.LastCaughtUpTick = tick;
        }

        MaybeCommit();
        MaybeServe();
        MaybeReplaceVoter(follower);
        FeedAll();
    }

    private void OnMismatch(Mismatch mismatch)
    {
        if (Phase == ProposerPhase.Adopting)
        {
            if (mismatch.From.Node == best!.From.Node)
            {
                // Its journal below is a snapshot by now.
                best = best with { Outline = mismatch.Outline };
                AdoptMore();
            }

            return;
        }

        if (!followers.TryGetValue(mismatch.From.Node, out var follower))
        {
            return;
        }

        var common = journal.CommonEnd(mismatch.Outline)?.Offset ?? Offset.Unknown;
        if (follower.Mode == FeedMode.Snapshot || (follower.Mode == FeedMode.Probing && follower.InFlight > 0 && follower.Next == common))
        {
            // The right append is under way; this answers an earlier one.
            return;
        }

        follower.ProbeFrom(common);
        Feed(follower);
    }

    private void MaybeCommit()
    {
        var voters = journal.Voters!;
        var matches = voters.Voters.Select(voter => followers.TryGetValue(voter.Node, out var follower) && follower.Replica == voter ? follower.Match : Offset.Unknown)
            .OrderDescending().ToArray();
        var candidate = matches[voters.Majority - 1];
        if (candidate <= Committed || candidate <= ownStart)
        {
            return;
        }

        Committed = candidate;
        effects.Add(new Commit(candidate));
    }

    private void MaybeServe()
    {
        // The shell replays this node's log, so that must have everything too.
        if (Phase == ProposerPhase.Completing && Committed >= completedAt
            && followers.TryGetValue(options.Node, out var local) && local.Match >= completedAt)
        {
            Phase = ProposerPhase.Serving;
            effects.Add(new StartServing(Epoch, completedAt));
        }
    }

    private void FeedAll()
    {
        foreach (var follower in followers.Values)
        {
            Feed(follower);
        }
    }

    private void Feed(Follower follower)
    {
        if (follower.Mode == FeedMode.Snapshot)
        {
            return;
        }

        if (follower.Next < journal.Start.Offset)
        {
            follower.Mode = FeedMode.Snapshot;
            follower.LastSentTick = tick;
            effects.Add(new SendSnapshot(follower.Replica.Node, journal.Start));
            return;
        }

        var isNews = follower.Next < journal.EndOffset || follower.Match == Offset.Unknown;
        if (isNews && follower.InFlight < (follower.Mode == FeedMode.Probing ? 1 : options.MaxInFlight))
        {
            Send(follower);
        }
    }

    private void Send(Follower follower)
    {
        effects.Add(new SendBatches(follower.Replica.Node, journal.PositionAt(follower.Next), journal.EndOffset, Committed));
        follower.InFlight++;
        follower.LastSentTick = tick;
        if (follower.Mode == FeedMode.Streaming)
        {
            follower.Next = journal.EndOffset;
        }
    }

    private void TickFollowers()
    {
        foreach (var follower in followers.Values)
        {
            TickFollower(follower);
        }

        if (tick % options.ResendTicks == 0)
        {
            foreach (var node in Members().Where(node => !followers.ContainsKey(node)))
            {
                effects.Add(new SendRequest(node, new Prepare(Epoch, self)));
            }
        }

        var voters = journal.Voters!;
        var alive = voters.Voters.Count(voter =>
            followers.TryGetValue(voter.Node, out var follower) && follower.Replica == voter && tick - follower.LastReplyTick < options.MajorityTimeoutTicks);
        if (alive >= voters.Majority)
        {
            majorityTick = tick;
        }
        else if (tick - majorityTick >= options.MajorityTimeoutTicks)
        {
            End(StepDownReason.LostMajority);
        }
    }

    private void TickFollower(Follower follower)
    {
        if (follower.Mode == FeedMode.Snapshot)
        {
            return;
        }

        if (follower.InFlight > 0)
        {
            if (tick - Math.Max(follower.LastReplyTick, follower.LastSentTick) >= options.ResendTicks)
            {
                follower.Resend();
                Feed(follower);
            }
        }
        else if (tick - follower.LastSentTick >= options.HeartbeatTicks && follower.Next >= journal.Start.Offset)
        {
            Send(follower);
        }
    }
}
