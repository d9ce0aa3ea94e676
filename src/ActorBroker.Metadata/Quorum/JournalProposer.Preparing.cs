using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

public sealed partial class JournalProposer
{
    private int attempts;
    private long retryAtTick = long.MaxValue;
    private long askedAtTick;
    private long adoptingSinceTick;

    /// <summary>The promise whose journal is adopted.</summary>
    private Promise? best;

    /// <summary>This node's journal once its acceptor has written what was pulled last.</summary>
    private JournalOutline? pulledJournal;

    /// <summary>Whom it waits for before it can serve; null when enough have promised.</summary>
    public AwaitedPromises? Awaited => Phase == ProposerPhase.Preparing
        ? new AwaitedPromises(promises.Values.All(promise => promise.Outline.Voters is null), [.. Members().Where(node => !promises.ContainsKey(node))])
        : null;

    /// <summary>Before there are followers: the voters that the newest journal heard of names, those configured where none does, and who has promised.</summary>
    private QuorumStatus DescribePromises()
    {
        var newest = promises.Values.Select(promise => promise.Outline).Aggregate(journal, (left, right) => right.IsNewerThan(left) ? right : left);
        var voters = newest.Voters?.Voters ?? [.. options.Members.Select(node => new JournalReplica(node, Guid.Empty))];
        return new(options.Node, Epoch, Phase, Committed, EndOf(options.Node), tick,
        [
            .. voters.Select(voter => new ReplicaProgress(voter, true, EndOf(voter.Node), promises.ContainsKey(voter.Node) ? tick : 0, 0)),
        ]);

        Offset EndOf(NodeId node) => promises.TryGetValue(node, out var promise) ? promise.Outline.EndOffset : Offset.Unknown;
    }

    private void PrepareNext()
    {
        Phase = ProposerPhase.Preparing;
        highestSeen = Epoch = ControllerEpoch.Max(highestSeen, Epoch).Next;
        attempts++;
        retryAtTick = long.MaxValue;
        promises.Clear();
        best = null;
        pulledJournal = null;
        AskForPromises();
    }

    /// <summary>The first refusal only tells the epoch to beat; several mean that two proposers contend, and each waits longer, the higher node longest.</summary>
    private void PrepareLater()
    {
        if (attempts == 1)
        {
            PrepareNext();
            return;
        }

        Phase = ProposerPhase.Preparing;
        var rank = Math.Max(0, options.Members.IndexOf(options.Node));
        retryAtTick = Math.Min(retryAtTick, tick + (Math.Min(attempts, 8) * (1 + rank)));
    }

    private void TickPreparing()
    {
        if (tick >= retryAtTick)
        {
            PrepareNext();
        }
        else if (retryAtTick == long.MaxValue && tick - askedAtTick >= options.ResendTicks)
        {
            AskForPromises();
        }
    }

    private void AskForPromises()
    {
        askedAtTick = tick;
        foreach (var node in Members())
        {
            if (!promises.ContainsKey(node))
            {
                effects.Add(new SendRequest(node, new Prepare(Epoch, self)));
            }
        }
    }

    /// <summary>Everybody who may hold a journal: the configured members, and whom the journals name.</summary>
    private IEnumerable<NodeId> Members() => promises.Values.SelectMany(promise => promise.Outline.Voters?.Voters ?? [])
        .Concat(journal.Voters?.Voters ?? [])
        .Select(voter => voter.Node).Concat(options.Members).Append(options.Node).Distinct().Order().ToList();

    private void OnPromise(Promise promise)
    {
        if (Phase is ProposerPhase.Completing or ProposerPhase.Serving)
        {
            Follow(promise);
            return;
        }

        promises[promise.From.Node] = promise;
        if (Phase == ProposerPhase.Preparing && retryAtTick == long.MaxValue && FindAdoptable() is { } newest)
        {
            BeginAdopting(newest);
        }
    }

    /// <summary>The newest journal promised, when its own voters' majority is among those who promised, and this node is.</summary>
    private Promise? FindAdoptable()
    {
        if (!promises.ContainsKey(options.Node))
        {
            return null;
        }

        var newest = promises.Values.Aggregate((left, right) => right.Outline.IsNewerThan(left.Outline) ? right : left);
        var isElected = newest.Outline.Voters is { } voters
            ? promises.Values.Count(promise => voters.Contains(promise.From)) >= voters.Majority
            : options.Members.All(promises.ContainsKey);
        return isElected ? newest : null;
    }

    private void BeginAdopting(Promise newest)
    {
        Phase = ProposerPhase.Adopting;
        best = newest;
        journal = promises[options.Node].Outline;
        adoptingSinceTick = tick;
        AdoptMore();
    }

    private void AdoptMore()
    {
        pulledJournal = null;
        askedAtTick = tick;
        var wanted = best!.Outline;
        if (journal.End == wanted.End)
        {
            BeginCompleting();
        }
        else if (journal.CommonEnd(wanted) is { } common)
        {
            effects.Add(new SendRequest(best.From.Node, new Pull(Epoch, common)));
        }
        else
        {
            effects.Add(new PullSnapshot(best.From.Node, wanted.Start));
        }
    }

    private void OnPulled(Pulled pulled)
    {
        if (Phase != ProposerPhase.Adopting || pulled.From != best!.From || pulled.Batches.IsEmpty || journal.CommonEnd(best.Outline) != pulled.Previous)
        {
            return;
        }

        pulledJournal = pulled.Batches.Aggregate(journal.TruncateTo(pulled.Previous.Offset), (outline, batch) => outline.Append(batch));
        effects.Add(new SendRequest(options.Node, new Append(Epoch, pulled.Previous, pulled.Batches, Offset.Zero)));
    }

    /// <summary>The shell has stored a snapshot of the journal that is being adopted.</summary>
    /// <param name="voters">The voter set that it names.</param>
    public ImmutableArray<ProposerEffect> OnSnapshotPulled(ControllerEpoch epoch, JournalPosition snapshot, VoterSet? voters)
    {
        if (Phase == ProposerPhase.Adopting && epoch == Epoch && snapshot.Offset > journal.Start.Offset)
        {
            pulledJournal = journal.Contains(snapshot) ? journal.DropBefore(snapshot) : JournalOutline.OfSnapshot(snapshot, voters);
            effects.Add(new SendRequest(options.Node, new InstallSnapshot(Epoch, snapshot, voters)));
        }

        return Drain();
    }

    private void OnAdopted(Accepted accepted)
    {
        if (accepted.From.Node == options.Node && pulledJournal is { } written && accepted.EndOffset == written.EndOffset)
        {
            journal = written;
            adoptingSinceTick = tick;
            AdoptMore();
        }
    }

    private void TickAdopting()
    {
        if (tick - adoptingSinceTick >= options.MajorityTimeoutTicks)
        {
            // Its node is gone: prepare again, and see who has the newest journal now.
            PrepareNext();
        }
        else if (tick - askedAtTick >= options.ResendTicks)
        {
            AdoptMore();
        }
    }
}
