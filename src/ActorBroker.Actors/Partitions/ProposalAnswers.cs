using ActorBroker.Metadata;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Partitions;

/// <summary>What the controller's answer to an AlterPartition means for the leader that asked.</summary>
internal static class ProposalAnswers
{
    /// <param name="reply">Of the one partition; null when none came in time.</param>
    public static ProposalAnswered Of(IsrProposal proposal, AlterPartitionReply? reply)
    {
        var change = reply?.Partitions.FirstOrDefault();
        var result = ResultOf(reply is { Verdict.IsOk: true } && change is not null ? change.Verdict.Error : MetadataError.NotController);
        // What was committed may go further than what was proposed: a reassignment that it completes takes replicas away. The image tells.
        var isAsProposed = change?.State is { } state && state.LeaderEpoch == proposal.LeaderEpoch
            && proposal.Isr.Select(replica => replica.Node).ToHashSet().SetEquals(state.Isr);
        return result != ProposalResult.Accepted ? new(proposal.Base, proposal.Attempt, result, default)
            : isAsProposed ? new(proposal.Base, proposal.Attempt, result, change!.State!.Epoch)
            : new(proposal.Base, proposal.Attempt, ProposalResult.Outdated, default);
    }

    private static ProposalResult ResultOf(MetadataError error) => error switch
    {
        MetadataError.None => ProposalResult.Accepted,
        MetadataError.InvalidUpdateVersion or MetadataError.FencedLeaderEpoch or MetadataError.NewLeaderElected
            or MetadataError.UnknownTopic or MetadataError.UnknownTopicId or MetadataError.UnknownPartition => ProposalResult.Outdated,
        MetadataError.IneligibleReplica or MetadataError.InvalidRequest => ProposalResult.Refused,
        _ => ProposalResult.Unknown,
    };
}
