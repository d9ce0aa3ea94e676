using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class FailedReplicaTests
{
    [Fact]
    public void A_leader_whose_directory_failed_is_replaced_although_its_broker_lives()
    {
        var controller = TestController.With(3);
        controller.Create("other", [[1, 2]]);

        controller.FailReplica(1);

        Assert.Equal("leader 2 isr 2,3", controller.Partition().Form());
        Assert.Equal("leader 1 isr 1,2", controller.Partition("other").Form());
        Assert.False(controller.Broker(1).Fenced);
    }

    [Fact]
    public void A_failed_replica_is_not_eligible_and_not_elected_uncleanly()
    {
        var controller = TestController.With(2, null, ("min.insync.replicas", "2"), ("unclean.leader.election.enable", "true"));
        controller.Fence(2);

        controller.FailReplica(1);

        Assert.Equal("leader -1 elr 2 last 1", controller.Partition().Form());
    }

    [Fact]
    public void A_report_of_an_earlier_registration_changes_nothing()
    {
        var controller = TestController.With(2);
        var report = new FailReplicas(new NodeId(1), new BrokerEpoch(0), [new TopicIdPartition(controller.Image.FindTopic("t")!.Id, 0)]);

        Assert.Equal(MetadataError.StaleBrokerEpoch, controller.Do<VerdictReply>(report).Verdict.Error);
        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());
    }

    [Fact]
    public void Partitions_that_are_not_there_are_passed_over()
    {
        var controller = TestController.With(1);
        var report = new FailReplicas(new NodeId(1), controller.Broker(1).Epoch, [new TopicIdPartition(TopicId.NewRandom(), 0)]);

        Assert.True(controller.Do<VerdictReply>(report).Verdict.IsOk);
    }
}
