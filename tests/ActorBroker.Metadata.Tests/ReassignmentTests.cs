using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class ReassignmentTests
{
    [Fact]
    public void New_replicas_are_added_and_the_old_ones_go_when_all_new_ones_are_in_sync()
    {
        var controller = OnFirstTwo();

        Assert.True(controller.Reassign("t", 3, 4).IsOk);
        var begun = controller.Partition();
        controller.ProposeIsr([1, 2, 3]);
        var half = controller.Partition().Form();
        var last = controller.ProposeIsr([1, 2, 3, 4]);

        Assert.Equal("leader 1 isr 1,2 adding 3,4 removing 1,2", begun.Form());
        Assert.Equal("3,4,1,2", string.Join(',', begun.Replicas));
        Assert.Equal("leader 1 isr 1,2,3 adding 3,4 removing 1,2", half);
        Assert.Equal(MetadataError.NewLeaderElected, last.Verdict.Error);
        Assert.Equal("leader 3 isr 3,4", controller.Partition().Form());
        Assert.Equal("3,4", string.Join(',', controller.Partition().Replicas));
    }

    [Fact]
    public void Removing_a_replica_is_complete_at_once_and_begins_a_leader_epoch()
    {
        var controller = TestController.With(3);

        controller.Reassign("t", 1, 2);

        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());
        Assert.Equal(new LeaderEpoch(1), controller.Partition().LeaderEpoch);
    }

    [Fact]
    public void The_same_replicas_again_change_nothing()
    {
        var controller = TestController.With(3);

        Assert.True(controller.Reassign("t", 1, 2, 3).IsOk);

        Assert.Empty(controller.LastEvents);
    }

    [Fact]
    public void Another_order_changes_only_who_is_preferred()
    {
        var controller = TestController.With(3);

        controller.Reassign("t", 3, 2, 1);

        Assert.Equal("leader 1 isr 1,2,3", controller.Partition().Form());
        Assert.Equal(new NodeId(3), controller.Partition().Replicas[0]);
        Assert.Equal(new LeaderEpoch(0), controller.Partition().LeaderEpoch);
    }

    [Fact]
    public void A_cancelled_reassignment_leaves_the_partition_as_it_was()
    {
        var controller = OnFirstTwo();
        controller.Reassign("t", 3, 4);
        controller.ProposeIsr([1, 2, 3]);

        Assert.True(controller.Reassign("t", null).IsOk);

        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());
        Assert.Equal([new NodeId(1), new NodeId(2)], controller.Partition().Replicas.Order());
    }

    [Fact]
    public void What_is_not_being_reassigned_cannot_be_cancelled()
    {
        Assert.Equal(MetadataError.NoReassignmentInProgress, TestController.With(2).Reassign("t", null).Error);
    }

    [Fact]
    public void A_reassignment_that_alone_holds_the_records_cannot_be_cancelled()
    {
        var controller = OnFirstTwo();
        controller.Reassign("t", 3, 4);
        controller.ProposeIsr([1, 2, 3]);
        controller.Fence(1);
        controller.Fence(2);
        Assert.Equal("leader 3 isr 3 adding 3,4 removing 1,2", controller.Partition().Form());

        Assert.Equal(MetadataError.InvalidReplicaAssignment, controller.Reassign("t", null).Error);
    }

    [Fact]
    public void Another_reassignment_replaces_the_one_under_way()
    {
        var controller = OnFirstTwo();
        controller.Reassign("t", 1, 3);

        controller.Reassign("t", 1, 4);

        Assert.Equal("leader 1 isr 1,2 adding 4 removing 2", controller.Partition().Form());
        Assert.Equal("1,4,2", string.Join(',', controller.Partition().Replicas));
    }

    [Fact]
    public void A_replacement_does_not_drop_the_only_replica_that_holds_the_records()
    {
        var controller = OnFirstTwo();
        controller.Reassign("t", 3, 2);
        controller.ProposeIsr([1, 3]);
        controller.Fence(1);
        Assert.Equal(new NodeId(3), controller.Partition().Leader);

        controller.Reassign("t", 4);

        Assert.Contains(new NodeId(3), controller.Partition().Isr);
        Assert.Equal(new NodeId(3), controller.Partition().Leader);
    }

    [Theory]
    [InlineData(new int[0])]
    [InlineData(new[] { 1, 1 })]
    [InlineData(new[] { 1, 9 })]
    [InlineData(new[] { -1 })]
    public void Impossible_replicas_are_refused(int[] replicas)
    {
        var verdict = TestController.With(2).Reassign("t", replicas);

        Assert.Equal(MetadataError.InvalidReplicaAssignment, verdict.Error);
        Assert.NotEmpty(verdict.Message!);
    }

    [Fact]
    public void A_partition_that_is_not_there_cannot_be_reassigned()
    {
        Assert.Equal(MetadataError.UnknownTopic, TestController.With(1).Reassign("x", 1).Error);
    }

    [Fact]
    public void A_request_may_forbid_another_number_of_replicas()
    {
        var controller = TestController.With(3);
        var fewer = new AlterPartitionReassignments([new Reassignment(new TopicPartition("t", 0), [new(1)])]) { AllowReplicationFactorChange = false };

        var reply = controller.Do<AlterPartitionReassignmentsReply>(fewer);

        Assert.Equal(MetadataError.InvalidReplicationFactor, reply.Partitions[0].Verdict.Error);
    }

    private static TestController OnFirstTwo()
    {
        var controller = TestController.With(4);
        controller.Reassign("t", 1, 2);
        return controller;
    }
}
