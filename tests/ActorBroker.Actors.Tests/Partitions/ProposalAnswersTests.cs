using System.Collections.Immutable;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Actors.Tests.Partitions;

public sealed class ProposalAnswersTests
{
    private static readonly ImmutableArray<NodeId> Three = [new(1), new(2), new(3)];

    private static readonly IsrProposal Proposal =
        new(new LeaderEpoch(4), new PartitionEpoch(7), 2, [.. Three.Select(node => new ReplicaInfo(node, new BrokerEpoch(10), false))]);

    [Fact]
    public void What_was_committed_as_proposed_is_accepted_with_its_epoch()
    {
        var answer = ProposalAnswers.Of(Proposal, Reply(Three, leaderEpoch: 4));

        Assert.Equal(new ProposalAnswered(new(7), 2, ProposalResult.Accepted, new(8)), answer);
    }

    [Fact]
    public void A_proposal_that_completed_a_reassignment_waits_for_the_image()
    {
        var answer = ProposalAnswers.Of(Proposal, Reply([new(1), new(3)], leaderEpoch: 4));

        Assert.Equal(ProposalResult.Outdated, answer.Result);
    }

    [Fact]
    public void A_proposal_that_began_another_leader_epoch_waits_for_the_image()
    {
        var answer = ProposalAnswers.Of(Proposal, Reply(Three, leaderEpoch: 5));

        Assert.Equal(ProposalResult.Outdated, answer.Result);
    }

    [Fact]
    public void Without_an_answer_nobody_knows() =>
        Assert.Equal(ProposalResult.Unknown, ProposalAnswers.Of(Proposal, reply: null).Result);

    private static AlterPartitionReply Reply(ImmutableArray<NodeId> isr, int leaderEpoch)
    {
        var state = new PartitionImage(0, Three, isr, new NodeId(1), new LeaderEpoch(leaderEpoch), new PartitionEpoch(8));
        return new AlterPartitionReply(Verdict.Ok, [new IsrChangeResult(TopicId.NewRandom(), 0, Verdict.Ok, state)]);
    }
}
