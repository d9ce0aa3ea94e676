using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class PartitionChangedTests
{
    private static readonly PartitionImage Before = new(0, [new(1), new(2)], [new(1), new(2)], new NodeId(1), new LeaderEpoch(3), new PartitionEpoch(5));

    [Fact]
    public void Every_change_counts_the_partition_epoch_and_only_a_leader_the_leader_epoch()
    {
        var after = new PartitionChanged(TopicId.Zero, 0, Isr: [new(1)]).ApplyTo(Before);

        Assert.Equal((new LeaderEpoch(3), new PartitionEpoch(6)), (after.LeaderEpoch, after.Epoch));
        Assert.Equal([new NodeId(1)], after.Isr.AsEnumerable());
        Assert.Equal(Before.Replicas.AsEnumerable(), after.Replicas);
    }

    [Fact]
    public void The_same_leader_given_again_begins_a_leader_epoch()
    {
        var after = new PartitionChanged(TopicId.Zero, 0, Leader: new NodeId(1)).ApplyTo(Before);

        Assert.Equal((new NodeId(1), new LeaderEpoch(4)), (after.Leader, after.LeaderEpoch));
    }

    [Fact]
    public void A_change_of_what_is_not_there_is_refused()
    {
        var image = Clusters.Of(1).WithTopic("t");

        Assert.Throws<ArgumentException>(() => image.Apply(new PartitionChanged(TopicId.NewRandom(), 0)));
        Assert.Throws<ArgumentException>(() => image.Apply(new PartitionChanged(image.FindTopic("t")!.Id, 1)));
        Assert.Throws<ArgumentException>(() => image.Apply(new BrokerChanged(new NodeId(1), new BrokerEpoch(77), Fenced: true)));
    }

    [Fact]
    public void An_unregistered_broker_is_gone()
    {
        var image = Clusters.Of(2);

        var after = image.Apply(new BrokerUnregistered(new NodeId(2), image.Brokers[new(2)].Epoch));

        Assert.Equal([new NodeId(1)], after.Brokers.Keys);
    }
}
