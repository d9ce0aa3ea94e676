using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

public sealed partial class JournalProposer
{
    /// <summary>Makes a replica a voter, once it holds the whole journal: first it has to follow, see <see cref="Observe"/>.</summary>
    /// <param name="problem">Why not, for people; null when the change is on its way. It is in force at once, and done when committed.</param>
    public ImmutableArray<ProposerEffect> AddVoter(JournalReplica replica, out string? problem)
    {
        problem = ChangeProblem()
            ?? (journal.Voters!.Find(replica.Node) is { IsPlaceholder: false } voter ? $"node {replica.Node} votes already, as {voter}" : null)
            ?? (followers.TryGetValue(replica.Node, out var follower) && follower.Replica == replica && follower.Match >= Committed
                ? null
                : $"{replica} has not caught up with the metadata journal yet");
        return problem is null ? ChangeVoters(journal.Voters!.With(replica)) : [];
    }

    /// <summary>Takes a node's vote away.</summary>
    /// <param name="problem">Why not, for people; null when the change is on its way.</param>
    public ImmutableArray<ProposerEffect> RemoveVoter(NodeId node, out string? problem)
    {
        problem = ChangeProblem()
            ?? (journal.Voters!.Find(node) is null ? $"node {node} is no voter" : null)
            ?? (journal.Voters!.Voters.Length == 1 ? $"node {node} is the only voter" : null);
        return problem is null ? ChangeVoters(journal.Voters!.Without(node)) : [];
    }

    /// <summary>Feeds a node that does not vote, so that it can be made a voter.</summary>
    public ImmutableArray<ProposerEffect> Observe(NodeId node)
    {
        if (Phase == ProposerPhase.Serving && !followers.ContainsKey(node))
        {
            effects.Add(new SendRequest(node, new Prepare(Epoch, self)));
        }

        return Drain();
    }

    private string? ChangeProblem()
    {
        if (Phase != ProposerPhase.Serving)
        {
            return $"the controller does not serve yet ({Phase})";
        }

        return journal.VoterSets[^1].Offset >= Committed ? "another change of the voters is not committed yet" : null;
    }

    private ImmutableArray<ProposerEffect> ChangeVoters(VoterSet next)
    {
        Extend(1, JournalBatchKind.Voters, next);
        MaybeCommit();
        FeedAll();
        return Drain();
    }

    /// <summary>A member came back with another disk. Two steps, each committed before the next: its place is emptied, and when it holds what the journal holds,
    /// filled again. The majority stays of the same size, so that the ones before and after always meet.</summary>
    private void MaybeReplaceVoter(Follower follower)
    {
        var replica = follower.Replica;
        if (journal.Voters!.Find(replica.Node) is not { } place || place == replica || follower.Match < Committed || ChangeProblem() is not null)
        {
            return;
        }

        var next = place.IsPlaceholder ? replica : place with { DirectoryId = Guid.Empty };
        Extend(1, JournalBatchKind.Voters, journal.Voters.With(next));
    }
}
