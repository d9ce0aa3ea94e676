using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

public sealed partial class JournalProposer
{
    /// <summary>Makes a replica a voter, once it holds the whole journal: every configured node is fed, with a vote or without.</summary>
    /// <param name="verdict">Why not; or that the change is on its way: it is in force at once, and done when committed.</param>
    public ImmutableArray<ProposerEffect> AddVoter(JournalReplica replica, out Verdict verdict)
    {
        verdict = ChangeProblem() is { } problem ? problem
            : journal.Voters!.Find(replica.Node) is { IsPlaceholder: false } voter ? new(MetadataError.DuplicateVoter, $"node {replica.Node} votes already, as {voter}")
            : HoldsAll(replica) ? Verdict.Ok
            : !options.Members.Contains(replica.Node) ? new(MetadataError.InvalidRequest, $"node {replica.Node} is not among the controllers that are configured (actorbroker.cluster.voters)")
            : new(MetadataError.VoterNotCaughtUp, $"{replica} has not caught up with the metadata journal yet");
        return verdict.IsOk ? ChangeVoters(journal.Voters!.With(replica)) : [];
    }

    /// <summary>Takes a replica's vote away.</summary>
    /// <param name="verdict">Why not; or that the change is on its way.</param>
    public ImmutableArray<ProposerEffect> RemoveVoter(JournalReplica replica, out Verdict verdict)
    {
        verdict = ChangeProblem() is { } problem ? problem
            : journal.Voters!.Find(replica.Node) is not { } voter ? new(MetadataError.VoterNotFound, $"node {replica.Node} is no voter")
            : voter != replica ? new(MetadataError.VoterNotFound, $"node {replica.Node} votes with another directory: {voter}, not {replica}")
            : journal.Voters!.Voters.Length == 1 ? new(MetadataError.InvalidRequest, $"node {replica.Node} is the only voter")
            : Verdict.Ok;
        return verdict.IsOk ? ChangeVoters(journal.Voters!.Without(replica.Node)) : [];
    }

    private bool HoldsAll(JournalReplica replica) => followers.TryGetValue(replica.Node, out var follower) && follower.Replica == replica && follower.Match >= Committed;

    private Verdict? ChangeProblem() =>
        Phase != ProposerPhase.Serving ? new(MetadataError.NotController, $"the controller does not serve yet ({Phase})")
        : journal.VoterSets[^1].Offset >= Committed ? new(MetadataError.InvalidRequest, "another change of the voters is not committed yet")
        : null;

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
