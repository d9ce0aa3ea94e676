using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Server.Fetching;

namespace ActorBroker.Server.Tests;

public sealed class RackAwareReplicasTests
{
    private static readonly NodeId[] Nodes = [.. Enumerable.Range(1, 5).Select(id => new NodeId(id))];

    /// <summary>Rack a: 1 and 2; rack b: 3, 4 and 5.</summary>
    [Theory]
    [InlineData("a", 1, 0, 1)]
    [InlineData("b", 1, 0, 4)]
    [InlineData("c", 1, 0, 1)]
    [InlineData("b", 5, 0, 5)]
    public void The_leader_in_the_rack_or_who_has_most_there_or_the_leader(string rack, int leader, int index, int chosen)
    {
        long[] ends = [100, 100, 97, 99, 98];

        Assert.Equal(Nodes[chosen - 1], Select(rack, leader, index, ends));
    }

    [Fact]
    public void Who_have_as_much_share_the_partitions()
    {
        long[] ends = [100, 100, 100, 100, 90];

        Assert.Equal([3, 4, 3], Enumerable.Range(0, 3).Select(index => Select("b", 1, index, ends).Value));
    }

    [Fact]
    public void Nobody_out_of_sync_or_out_of_reach_is_chosen()
    {
        var partition = Partition(1, 0) with { Isr = [Nodes[0], Nodes[2], Nodes[4]] };

        var chosen = RackAwareReplicas.Select(partition, "b", id => id == Nodes[2] ? null : Broker(id), id => new Offset(100 - id.Value));

        Assert.Equal(Nodes[4], chosen);
    }

    private static NodeId Select(string rack, int leader, int index, long[] ends) =>
        RackAwareReplicas.Select(Partition(leader, index), rack, Broker, id => new Offset(ends[id.Value - 1]));

    private static PartitionImage Partition(int leader, int index) =>
        new(index, [.. Nodes], [.. Nodes], Nodes[leader - 1], new LeaderEpoch(0), new PartitionEpoch(0));

    private static VisibleBroker Broker(NodeId id) => new(id, $"host-{id}", 9092, id.Value <= 2 ? "a" : "b");
}
