using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class AlterPartitionTests
{
    [Fact]
    public void A_leader_shrinks_and_expands_its_isr_by_compare_and_set()
    {
        var controller = TestController.With(3);

        var shrunk = controller.ProposeIsr([1, 2]);
        var expanded = controller.ProposeIsr([1, 2, 3]);

        Assert.Equal((new PartitionEpoch(1), new LeaderEpoch(0)), (shrunk.State!.Epoch, shrunk.State.LeaderEpoch));
        Assert.True(expanded.Verdict.IsOk);
        Assert.Equal("leader 1 isr 1,2,3", expanded.State!.Form());
    }

    [Fact]
    public void What_changes_nothing_is_confirmed_without_an_event()
    {
        var controller = TestController.With(2);

        var result = controller.ProposeIsr([1, 2]);

        Assert.True(result.Verdict.IsOk);
        Assert.Equal(new PartitionEpoch(0), result.State!.Epoch);
        Assert.Empty(controller.LastEvents);
    }

    public static TheoryData<string, MetadataError> Refusals => new()
    {
        { "older leader epoch", MetadataError.FencedLeaderEpoch },
        { "newer leader epoch", MetadataError.NotController },
        { "older partition epoch", MetadataError.InvalidUpdateVersion },
        { "newer partition epoch", MetadataError.NotController },
        { "from a follower", MetadataError.InvalidRequest },
        { "without the leader", MetadataError.InvalidRequest },
        { "with a stranger", MetadataError.InvalidRequest },
        { "with a double", MetadataError.InvalidRequest },
        { "unknown topic id", MetadataError.UnknownTopicId },
        { "unknown partition", MetadataError.UnknownPartition },
        { "stale broker epoch of a member", MetadataError.IneligibleReplica },
        { "fenced member", MetadataError.IneligibleReplica },
        { "stopping member", MetadataError.IneligibleReplica },
        { "recovering with followers", MetadataError.InvalidRequest },
        { "recovering after it had recovered", MetadataError.InvalidRequest },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_proposal_is_refused(string how, MetadataError expected)
    {
        var controller = TestController.With(4);
        controller.Create("other", [[4, 3]]);
        controller.ProposeIsr([1, 2, 3]);
        controller.Fence(1);
        controller.Beat(1);
        Assert.Equal("leader 2 isr 2,3", controller.Partition().Form());
        var before = controller.Partition();

        var result = how switch
        {
            "older leader epoch" => controller.ProposeIsr([2], change => change with { LeaderEpoch = new LeaderEpoch(0) }),
            "newer leader epoch" => controller.ProposeIsr([2], change => change with { LeaderEpoch = new LeaderEpoch(2) }),
            "older partition epoch" => controller.ProposeIsr([2], change => change with { PartitionEpoch = new PartitionEpoch(1) }),
            "newer partition epoch" => controller.ProposeIsr([2], change => change with { PartitionEpoch = new PartitionEpoch(3) }),
            "from a follower" => controller.ProposeIsr([2, 3], from: 3),
            "without the leader" => controller.ProposeIsr([3]),
            "with a stranger" => controller.ProposeIsr([2, 9]),
            "with a double" => controller.ProposeIsr([2, 3, 3]),
            "unknown topic id" => controller.ProposeIsr([2], change => change with { Topic = TopicId.NewRandom() }),
            "unknown partition" => controller.ProposeIsr([2], change => change with { Index = 1 }),
            "stale broker epoch of a member" => controller.ProposeIsr([2, 3], change => change with { NewIsr = [change.NewIsr[0], new IsrMember(new NodeId(1), new BrokerEpoch(1_000))] }),
            "fenced member" => After(() => controller.Fence(4), () => controller.ProposeIsr([2, 3, 4])),
            "stopping member" => After(() => controller.Beat(4, wantShutdown: true), () => controller.ProposeIsr([2, 3, 4])),
            "recovering with followers" => controller.ProposeIsr([2, 3], change => change with { LeaderRecoveryState = LeaderRecoveryState.Recovering }),
            _ => controller.ProposeIsr([2], change => change with { LeaderRecoveryState = LeaderRecoveryState.Recovering }),
        };

        Assert.Equal(expected, result.Verdict.Error);
        Assert.NotEmpty(result.Verdict.Message!);
        Assert.Equal(before, controller.Partition());

        static IsrChangeResult After(Action first, Func<IsrChangeResult> then)
        {
            first();
            return then();
        }
    }

    [Fact]
    public void A_member_whose_epoch_is_not_known_is_not_checked()
    {
        var controller = TestController.With(2);
        controller.ProposeIsr([1]);

        var result = controller.ProposeIsr([1, 2], change => change with { NewIsr = [.. change.NewIsr.Select(member => member with { Epoch = new BrokerEpoch(-1) })] });

        Assert.True(result.Verdict.IsOk);
    }

    [Fact]
    public void A_broker_with_a_stale_epoch_changes_nothing()
    {
        var controller = TestController.With(2);

        var reply = controller.Do<AlterPartitionReply>(new AlterPartition(new NodeId(1), new BrokerEpoch(0), []));

        Assert.Equal(MetadataError.StaleBrokerEpoch, reply.Verdict.Error);
    }

    [Fact]
    public void A_leader_says_when_it_has_recovered_from_an_unclean_election()
    {
        var controller = TestController.With(2);
        controller.Fence(2);
        controller.Fence(1);
        controller.Beat(2);
        controller.Elect(ElectionType.Unclean);

        var still = controller.ProposeIsr([2], change => change with { LeaderRecoveryState = LeaderRecoveryState.Recovering });
        var recovered = controller.ProposeIsr([2]);

        Assert.True(still.Verdict.IsOk);
        Assert.Equal(LeaderRecoveryState.Recovered, recovered.State!.LeaderRecoveryState);
    }
}
