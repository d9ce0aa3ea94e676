using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using static Akka.Cluster.Sharding.Tests.ShardingSupport;

namespace Akka.Cluster.Sharding.Tests;

public sealed class ShardingMetricsTests
{
    [Fact]
    public async Task Shards_entities_and_moves_are_measured()
    {
        using var meter = new MeterReader("Akka.Cluster.Sharding");
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, new RunningSet());
        await ShardingTests.KnowsRegions(regions[0], 2);
        string[] nodes = [.. cluster.All.Select(s => $"node={AddressOf(s)}")];

        await Where(regions[0], Names(30));

        await TestCluster.Eventually(() => nodes.Sum(n => meter.Read("akka.cluster.sharding.entities", "type=entity", n)) == 30);
        Assert.Equal(Shards, nodes.Sum(n => meter.Read("akka.cluster.sharding.shards", n)));
        Assert.Equal(0, nodes.Sum(n => meter.Read("akka.cluster.sharding.buffered", n)));
        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);
        Assert.True(meter.Read("akka.cluster.sharding.moves", "moved=True") >= 1);
    }

    [Fact]
    public async Task Messages_that_wait_and_that_are_dropped_for_want_of_room_are_measured()
    {
        using var meter = new MeterReader("Akka.Cluster.Sharding");
        await using TestCluster cluster = await TestCluster.Start(1, "akka.cluster.sharding.buffer-size = 5");
        IActorRef region = StartRegion(cluster[0], new RunningSet(), strategy: new Nowhere());
        var node = $"node={AddressOf(cluster[0])}";

        for (var i = 0; i < 8; i++) region.Tell("e1");

        await TestCluster.Eventually(() => meter.Read("akka.cluster.sharding.buffered", node) == 5 && meter.Read("akka.cluster.sharding.dropped", "type=entity") >= 3);
    }

    /// <summary>Makes every shard wait.</summary>
    private sealed class Nowhere : IShardAllocationStrategy
    {
        public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, System.Collections.Immutable.IImmutableDictionary<IActorRef, System.Collections.Immutable.IImmutableList<string>> currentShardAllocations) =>
            Task.FromResult<IActorRef>(null!);

        public Task<System.Collections.Immutable.IImmutableSet<string>> Rebalance(System.Collections.Immutable.IImmutableDictionary<IActorRef, System.Collections.Immutable.IImmutableList<string>> currentShardAllocations, System.Collections.Immutable.IImmutableSet<string> rebalanceInProgress) =>
            Task.FromResult<System.Collections.Immutable.IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
    }
}
