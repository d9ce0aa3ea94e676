using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class LeaderElectionTests
{
    [Fact]
    public void The_next_leader_is_the_first_replica_that_is_in_sync()
    {
        var controller = TestController.With(4);
        controller.ProposeIsr([1, 4, 3]);

        controller.Fence(1);

        Assert.Equal("leader 3 isr 4,3", controller.Partition().Form());
        Assert.Equal(new LeaderEpoch(1), controller.Partition().LeaderEpoch);
    }

    [Fact]
    public void A_follower_that_is_fenced_leaves_the_leader_in_its_epoch()
    {
        var controller = TestController.With(3);

        controller.Fence(2);

        Assert.Equal("leader 1 isr 1,3", controller.Partition().Form());
        Assert.Equal((new LeaderEpoch(0), new PartitionEpoch(1)), (controller.Partition().LeaderEpoch, controller.Partition().Epoch));
    }

    [Fact]
    public void Without_eligible_leaders_the_last_member_stays_in_sync_and_leads_again_when_it_is_back()
    {
        var controller = TestController.With(2, Clusters.Options with { EligibleLeaderReplicas = false });
        controller.Fence(2);

        controller.Fence(1);
        var alone = controller.Partition().Form();
        controller.Beat(2);
        var waiting = controller.Partition().Form();
        controller.Beat(1);

        Assert.Equal("leader -1 isr 1", alone);
        Assert.Equal("leader -1 isr 1", waiting);
        Assert.Equal("leader 1 isr 1", controller.Partition().Form());
    }

    [Fact]
    public void A_replica_that_left_below_the_minimum_is_eligible()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());

        controller.Fence(2);

        Assert.Equal("leader 1 isr 1 elr 2", controller.Partition().Form());
    }

    [Fact]
    public void An_eligible_replica_leads_when_nobody_is_in_sync()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        controller.Fence(2);
        controller.Fence(1);
        Assert.Equal("leader -1 elr 1,2 last 1", controller.Partition().Form());

        controller.Beat(3);
        Assert.Equal("leader -1 elr 1,2 last 1", controller.Partition().Form());
        controller.Beat(2);

        Assert.Equal("leader 2 isr 2 elr 1", controller.Partition().Form());
        Assert.Equal(LeaderRecoveryState.Recovered, controller.Partition().LeaderRecoveryState);
    }

    [Fact]
    public void Nobody_stays_eligible_when_enough_are_in_sync()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        controller.Fence(2);
        controller.Beat(3);

        controller.ProposeIsr([1, 3]);

        Assert.Equal("leader 1 isr 1,3", controller.Partition().Form());
    }

    [Fact]
    public void A_broker_that_did_not_stop_cleanly_is_not_eligible()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        controller.Fence(2);
        controller.Fence(1);

        controller.Register(2, previousEpoch: -1);
        controller.Beat(2);

        Assert.Equal("leader -1 elr 1 last 1", controller.Partition().Form());
    }

    [Fact]
    public void A_broker_that_stopped_cleanly_stays_eligible_in_its_next_incarnation()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        controller.Fence(2);
        controller.Fence(1);

        controller.Register(2, previousEpoch: controller.Broker(2).Epoch.Value);
        controller.Beat(2);

        Assert.Equal("leader 2 isr 2 elr 1", controller.Partition().Form());
    }

    [Fact]
    public void The_last_leader_leads_again_when_nobody_is_eligible()
    {
        var controller = TestController.With(2);
        controller.Fence(2);
        controller.Fence(1);
        controller.Beat(2);

        controller.Register(1, previousEpoch: -1);
        Assert.Equal("leader -1 last 1", controller.Partition().Form());
        controller.Beat(1);

        Assert.Equal("leader 1 isr 1", controller.Partition().Form());
        Assert.Equal(LeaderRecoveryState.Recovering, controller.Partition().LeaderRecoveryState);
    }

    [Fact]
    public void The_last_leader_does_not_lead_again_with_another_disk()
    {
        var controller = TestController.With(1);
        controller.Register(2, disk: Guid.NewGuid());
        controller.Beat(2);
        controller.Create("pair", [[2, 1]]);
        controller.Fence(1);
        controller.Fence(2);
        controller.Register(1);
        controller.Beat(1);

        controller.Register(2, disk: Guid.NewGuid());
        controller.Beat(2);

        Assert.Equal("leader -1", controller.Partition("pair").Form());
    }

    [Fact]
    public void A_replica_that_is_alone_leads_again_with_another_disk()
    {
        var controller = new TestController();
        controller.Register(1, disk: Guid.NewGuid());
        controller.Beat(1);
        controller.Create("alone", [[1]]);
        controller.Fence(1);

        controller.Register(1, disk: Guid.NewGuid());
        controller.Beat(1);

        Assert.Equal("leader 1 isr 1", controller.Partition("alone").Form());
    }

    [Fact]
    public void With_group_commit_a_broker_stays_eligible_however_it_ended()
    {
        var controller = TestController.With(2, null, ("min.insync.replicas", "2"), ("flush.mode", "group-commit"));
        controller.Fence(2);
        controller.Fence(1);

        controller.Register(2, previousEpoch: -1);
        controller.Beat(2);

        Assert.Equal("leader 2 isr 2 elr 1", controller.Partition().Form());
    }

    [Fact]
    public void A_leader_that_registers_anew_before_it_was_fenced_is_replaced()
    {
        var controller = TestController.With(2);
        controller.NowMs += 9_000;

        controller.Register(1, previousEpoch: -1);

        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
        Assert.True(controller.Broker(1).Fenced);
    }

    [Fact]
    public void Only_a_topic_that_allows_it_elects_a_replica_that_is_not_in_sync()
    {
        var unclean = TestController.With(2, null, ("unclean.leader.election.enable", "true"));
        var clean = TestController.With(2);
        foreach (var controller in new[] { unclean, clean })
        {
            controller.Fence(2);
            controller.Beat(2);
            controller.Fence(1);
        }

        Assert.Equal("leader -1 elr 1 last 1", clean.Partition().Form());
        Assert.Equal(NodeId.None, clean.Partition().Leader);
        Assert.Equal("leader 2 isr 2", unclean.Partition().Form());
        Assert.Equal(LeaderRecoveryState.Recovering, unclean.Partition().LeaderRecoveryState);
    }

    [Fact]
    public void Allowing_unclean_elections_elects_where_there_is_no_leader()
    {
        var controller = TestController.With(2);
        controller.Fence(2);
        controller.Beat(2);
        controller.Fence(1);

        controller.Configure("unclean.leader.election.enable", "true");

        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
    }

    [Fact]
    public void A_smaller_minimum_ends_the_eligibility_that_it_does_not_protect()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));
        controller.Fence(3);
        controller.Fence(2);

        controller.Configure("min.insync.replicas", "1");

        Assert.Equal("leader 1 isr 1", controller.Partition().Form());
    }

    [Fact]
    public void A_rule_for_all_brokers_holds_for_topics_without_one_of_their_own()
    {
        var controller = TestController.With(2);
        controller.Create("own", [[1, 2]], ("unclean.leader.election.enable", "false"));
        controller.Fence(2);
        controller.Beat(2);
        controller.Fence(1);

        var reply = controller.Do<AlterConfigsReply>(new AlterConfigs(
            [new ResourceEdits(ConfigResource.AllBrokers, [new ConfigEdit("unclean.leader.election.enable", ConfigOperation.Set, "true")], Replace: false)], false));

        Assert.True(reply.Resources[0].Verdict.IsOk);
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
        Assert.Equal("leader -1 elr 1 last 1", controller.Partition("own").Form());
    }

    [Fact]
    public void The_minimum_of_one_broker_alone_cannot_be_changed()
    {
        var reply = TestController.With(1).Do<AlterConfigsReply>(new AlterConfigs(
            [new ResourceEdits(ConfigResource.Broker(new NodeId(1)), [new ConfigEdit("min.insync.replicas", ConfigOperation.Set, "2")], Replace: false)], false));

        Assert.Equal(MetadataError.InvalidConfig, reply.Resources[0].Verdict.Error);
    }

    [Theory]
    [InlineData(ElectionType.Preferred)]
    [InlineData(ElectionType.Unclean)]
    public void A_leader_that_is_the_right_one_needs_no_election(ElectionType type)
    {
        Assert.Equal(MetadataError.ElectionNotNeeded, TestController.With(2).Elect(type).Error);
    }

    [Fact]
    public void The_preferred_leader_takes_over_when_it_is_in_sync()
    {
        var controller = TestController.With(2);
        controller.Fence(1);
        var fenced = controller.Elect(ElectionType.Preferred);
        controller.Beat(1);
        var behind = controller.Elect(ElectionType.Preferred);
        controller.ProposeIsr([2, 1]);
        var inSync = controller.Elect(ElectionType.Preferred);

        Assert.Equal(MetadataError.PreferredLeaderNotAvailable, fenced.Error);
        Assert.Equal(MetadataError.PreferredLeaderNotAvailable, behind.Error);
        Assert.True(inSync.IsOk);
        Assert.Equal("leader 1 isr 2,1", controller.Partition().Form());
    }

    [Fact]
    public void An_unclean_election_takes_any_replica_that_is_alive()
    {
        var controller = TestController.With(2);
        controller.Fence(2);
        controller.Fence(1);
        var nobody = controller.Elect(ElectionType.Unclean);
        controller.Beat(2);
        var somebody = controller.Elect(ElectionType.Unclean);

        Assert.Equal(MetadataError.EligibleLeadersNotAvailable, nobody.Error);
        Assert.True(somebody.IsOk);
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
    }

    [Fact]
    public void Electing_everywhere_tells_only_of_partitions_that_needed_it()
    {
        var controller = TestController.With(2);
        controller.Create("u", [[2, 1], [1, 2]]);
        controller.Fence(1);
        controller.Beat(1);
        controller.ProposeIsr([2, 1]);

        var reply = controller.Do<ElectLeadersReply>(new ElectLeaders(ElectionType.Preferred, null));

        Assert.Equal(["t-0 None", "u-1 PreferredLeaderNotAvailable"], reply.Partitions.Select(result => $"{result.Partition} {result.Verdict.Error}"));
    }

    [Fact]
    public void A_partition_that_is_not_there_cannot_be_elected_for()
    {
        var reply = TestController.With(1).Do<ElectLeadersReply>(new ElectLeaders(ElectionType.Preferred, [new TopicPartition("t", 7), new TopicPartition("x", 0)]));

        Assert.All(reply.Partitions, result => Assert.Equal(MetadataError.UnknownPartition, result.Verdict.Error));
    }

    [Theory]
    [InlineData(10, 1, 0)]
    [InlineData(9, 1, 1)]
    [InlineData(10, 2, 2)]
    public void Balancing_moves_leaders_only_beyond_the_allowed_share(int partitions, int elsewhere, int expected)
    {
        var controller = TestController.With(2);
        controller.Do<DeleteTopicsReply>(new DeleteTopics([new TopicReference("t", default)]));
        for (var i = 0; i < elsewhere; i++)
        {
            controller.Create($"moved-{i}", [[1, 2]]);
        }

        controller.Fence(1);
        controller.Beat(1);
        for (var i = 0; i < elsewhere; i++)
        {
            controller.ProposeIsr([2, 1], topic: $"moved-{i}");
        }

        for (var i = elsewhere; i < partitions; i++)
        {
            controller.Create($"stays-{i}", [[1, 2]]);
        }

        Assert.Equal(expected, controller.Do<BalanceLeadersReply>(new BalanceLeaders()).Moved);
    }
}
