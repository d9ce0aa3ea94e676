using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.TestSupport;

namespace Akka.Cluster.Sharding.Tests;

public sealed class AllocationTests : IAsyncLifetime
{
    private static readonly IImmutableSet<string> None = ImmutableHashSet<string>.Empty;

    private TestCluster _cluster = null!;
    private IActorRef[] _regions = null!;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.Start(3);
        // References to three members, as the first one sees them.
        _regions = [.. _cluster.All.Select((s, i) => i == 0
            ? s.DeadLetters
            : ((ExtendedActorSystem)_cluster[0]).Provider.ResolveActorRef(new RootActorPath(Cluster.Get(s).SelfAddress) / "region"))];
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task The_region_with_the_fewest_shards_gets_the_next()
    {
        IShardAllocationStrategy strategy = Started(new LeastShardAllocationStrategy(1, 3));

        Assert.Equal(_regions[1], await strategy.AllocateShard(_regions[0], "x", Having(3, 1, 2)));
    }

    [Fact]
    public async Task Shards_leave_the_fullest_region_when_it_has_more_than_the_threshold()
    {
        IShardAllocationStrategy strategy = Started(new LeastShardAllocationStrategy(1, 3));

        Assert.Empty(await strategy.Rebalance(Having(3, 2, 2), None));
        Assert.Equal(2, (await strategy.Rebalance(Having(5, 2, 4), None)).Count);
    }

    [Fact]
    public async Task No_more_shards_move_than_may_at_a_time()
    {
        IShardAllocationStrategy strategy = Started(new LeastShardAllocationStrategy(1, 3));

        Assert.Equal(3, (await strategy.Rebalance(Having(20, 0, 0), None)).Count);
        Assert.Single(await strategy.Rebalance(Having(20, 0, 0), ImmutableHashSet.Create("0-0", "0-1")));
        Assert.Empty(await strategy.Rebalance(Having(20, 0, 0), ImmutableHashSet.Create("0-0", "0-1", "0-2")));
    }

    [Fact]
    public async Task A_round_is_limited_absolutely_and_relatively()
    {
        IShardAllocationStrategy few = Started(ShardAllocationStrategy.LeastShardAllocationStrategy(2, 1));
        IShardAllocationStrategy part = Started(ShardAllocationStrategy.LeastShardAllocationStrategy(100, 0.25));

        Assert.Equal(2, (await few.Rebalance(Having(20, 0, 0), None)).Count);
        Assert.Equal(5, (await part.Rebalance(Having(20, 0, 0), None)).Count);
        Assert.Empty(await part.Rebalance(Having(20, 0, 0), ImmutableHashSet.Create("0-0")));
    }

    [Fact]
    public async Task Rounds_end_with_a_difference_of_at_most_one()
    {
        IShardAllocationStrategy strategy = Started(ShardAllocationStrategy.LeastShardAllocationStrategy(100, 1));

        Assert.Empty(await strategy.Rebalance(Having(3, 3, 2), None));
        Assert.Single(await strategy.Rebalance(Having(3, 3, 1), None));
    }

    [Fact]
    public void The_default_strategy_follows_the_settings()
    {
        ClusterSharding sharding = ClusterSharding.Get(_cluster[0]);
        ClusterShardingSettings settings = sharding.Settings;

        Assert.IsType<LeastShardAllocationStrategy>(sharding.DefaultShardAllocationStrategy(settings));
        Assert.IsType<Internal.RoundLimitedAllocationStrategy>(sharding.DefaultShardAllocationStrategy(
            settings.WithTuningParameters(settings.TuningParameters.WithLeastShardAllocationAbsoluteLimit(10))));
    }

    private IShardAllocationStrategy Started(IShardAllocationStrategy strategy)
    {
        ((IActorSystemDependentAllocationStrategy)strategy).Start(_cluster[0]);
        return strategy;
    }

    private ImmutableDictionary<IActorRef, IImmutableList<string>> Having(params int[] shards) => _regions
        .Select((r, i) => KeyValuePair.Create(r, (IImmutableList<string>)Enumerable.Range(0, shards[i]).Select(n => $"{i}-{n}").ToImmutableList()))
        .ToImmutableDictionary();
}
