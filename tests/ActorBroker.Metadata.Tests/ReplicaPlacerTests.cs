using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class ReplicaPlacerTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(6, 6)]
    public void Leaders_and_replicas_are_spread_evenly(int nodes, short replication)
    {
        var placed = ReplicaPlacer.Place(Clusters.Of(nodes).Brokers.Values, nodes * 10, replication, start: 7);

        Assert.All(placed, replicas => Assert.Equal(replication, replicas.Distinct().Count()));
        Assert.All(placed.GroupBy(replicas => replicas[0]), group => Assert.Equal(10, group.Count()));
        var perNode = placed.SelectMany(replicas => replicas).GroupBy(id => id).Select(group => group.Count()).ToList();
        Assert.True(perNode.Max() - perNode.Min() <= 10, string.Join(',', perNode));
    }

    [Fact]
    public void Replicas_are_on_different_racks_while_there_are_enough()
    {
        var image = Clusters.Of(6, id => $"rack-{id % 3}");

        var placed = ReplicaPlacer.Place(image.Brokers.Values, 60, 3, start: 0);

        Assert.All(placed, replicas => Assert.Equal(3, replicas.Select(id => image.Brokers[id].Rack).Distinct().Count()));
    }

    [Fact]
    public void Topics_of_one_partition_do_not_all_land_on_one_node()
    {
        var image = Enumerable.Range(0, 30).Aggregate(Clusters.Of(3), (before, i) => before.WithTopic($"t{i}"));

        var leaders = image.Topics.Values.GroupBy(topic => topic.Partitions[0].Leader);

        Assert.All(leaders, group => Assert.Equal(10, group.Count()));
        Assert.Equal(3, leaders.Count());
        Assert.DoesNotContain(NodeId.None, leaders.Select(group => group.Key));
    }
}
