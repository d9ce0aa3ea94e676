using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using static Akka.Cluster.Sharding.Tests.ShardingSupport;

namespace Akka.Cluster.Sharding.Tests;

public sealed class MovingTests
{
    [Fact]
    public async Task A_new_coordinator_finds_the_shards_where_they_are()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running, strategy: new PinTo(AddressOf(cluster[1])));
        await ShardingTests.KnowsRegions(regions[2], 3);
        Address[] before = await Where(regions[2], Names(30));

        // The coordinator leaves; it hosts nothing, so no shard has a reason to move.
        await TestCluster.Leave(cluster[0]).WaitAsync(TestCluster.Patience);
        await TestCluster.Sees(cluster[1], 2);
        Address[] after = await Where(regions[2], Names(60));

        Assert.All(before, home => Assert.Equal(AddressOf(cluster[1]), home));
        Assert.All(after, home => Assert.Equal(AddressOf(cluster[1]), home));
        Assert.Empty(running.Doubles);
        Assert.Equal(60, running.Starts);
    }

    [Fact]
    public async Task After_a_crash_the_entities_of_the_lost_member_start_elsewhere()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[0], 3);
        await Where(regions[0], Names(30));

        await TestCluster.Crash(cluster[2]);
        await TestCluster.Sees(cluster[0], 2);
        Address[] homes = await Where(regions[0], Names(30));

        Assert.DoesNotContain(AddressOf(cluster[2]), homes);
    }

    [Fact]
    public async Task After_a_crash_of_the_coordinators_member_entities_start_elsewhere()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[0], 3);
        Address[] before = await Where(regions[2], Names(30));

        await TestCluster.Crash(cluster[0]);
        await TestCluster.Sees(cluster[2], 2);
        Address[] after = await Where(regions[2], Names(30));

        Assert.DoesNotContain(AddressOf(cluster[0]), after);
        // What ran on the survivors still runs where it did.
        Assert.All(before.Zip(after).Where(h => !h.First.Equals(AddressOf(cluster[0]))), static home => Assert.Equal(home.First, home.Second));
    }

    [Fact]
    public async Task A_member_that_cannot_be_reached_keeps_its_shards_until_it_is_removed()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3, "akka.cluster.downing-provider-class = \"\"");
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[0], 3);
        Address[] homes = await Where(regions[0], Names(30));
        var lost = Names(30)[Array.FindIndex(homes, home => home.Equals(AddressOf(cluster[2])))];

        await TestCluster.Crash(cluster[2]);
        await TestCluster.Eventually(() => Cluster.Get(cluster[0]).State.Unreachable.Count == 1);
        var starts = running.Starts;
        await Assert.ThrowsAsync<AskTimeoutException>(() => regions[0].Ask<string>($"{lost}:where", TimeSpan.FromSeconds(1)));
        var startsMeanwhile = running.Starts - starts;
        Cluster.Get(cluster[0]).Down(AddressOf(cluster[2]));

        Assert.Equal(0, startsMeanwhile);
        Assert.NotEqual(AddressOf(cluster[2]), await Where(regions[0], lost));
    }

    [Fact]
    public async Task Nothing_is_allocated_while_the_next_coordinators_member_cannot_be_reached()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(4, "akka.cluster.downing-provider-class = \"\"");
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[3], 4);

        // The coordinator is lost, and the member that is next may run it already: only its removal makes room for another.
        await TestCluster.Crash(cluster[0]);
        await TestCluster.Crash(cluster[1]);
        await TestCluster.Eventually(() => Cluster.Get(cluster[2]).State.Unreachable.Count == 2);
        Cluster.Get(cluster[2]).Down(AddressOf(cluster[0]));
        await TestCluster.Eventually(() => Cluster.Get(cluster[3]).State.Members.All(m => !m.Address.Equals(AddressOf(cluster[0])) || m.Status == MemberStatus.Down));
        await Assert.ThrowsAsync<AskTimeoutException>(() => regions[3].Ask<string>("fresh:where", TimeSpan.FromSeconds(1)));
        var startsMeanwhile = running.Starts;
        Cluster.Get(cluster[2]).Down(AddressOf(cluster[1]));

        Assert.Equal(0, startsMeanwhile);
        Assert.Contains(await Where(regions[3], "fresh"), new[] { AddressOf(cluster[2]), AddressOf(cluster[3]) });
    }

    [Fact]
    public async Task A_leaving_member_hands_its_shards_off()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[0], 3);
        await Where(regions[0], Names(30));

        var start = Stopwatch.GetTimestamp();
        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);
        TimeSpan left = Stopwatch.GetElapsedTime(start);
        Address[] homes = await Where(regions[0], Names(30));

        Assert.DoesNotContain(AddressOf(cluster[1]), homes);
        Assert.Empty(running.Doubles);
        Assert.True(left < TimeSpan.FromSeconds(4), $"Leaving took {left}");
    }

    [Fact]
    public async Task A_graceful_shutdown_of_a_region_empties_it_and_stops_it()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, running);
        await ShardingTests.KnowsRegions(regions[0], 2);
        await Where(regions[0], Names(30));

        Task<bool> stopped = regions[1].WatchAsync();
        regions[1].Tell(GracefulShutdown.Instance);

        Assert.True(await stopped.WaitAsync(TestCluster.Patience));
        Assert.All(await Where(regions[0], Names(30)), home => Assert.Equal(AddressOf(cluster[0]), home));
        Assert.Empty(running.Doubles);
    }

    [Fact]
    public async Task Shards_move_to_a_member_that_joined_when_the_strategy_says_so()
    {
        var running = new RunningSet();
        const string Often = "akka.cluster.sharding { rebalance-interval = 100ms, least-shard-allocation-strategy.max-simultaneous-rebalance = 5 }";
        await using TestCluster cluster = await TestCluster.Start(1, Often);
        IActorRef region = StartRegion(cluster[0], running);
        await Where(region, Names(40));

        ActorSystem newcomer = await cluster.Add();
        IActorRef other = StartRegion(newcomer, running);

        var deadline = DateTime.UtcNow + TestCluster.Patience;
        while ((await Where(region, Names(40))).Count(home => home.Equals(AddressOf(newcomer))) < 10) Assert.True(DateTime.UtcNow < deadline, "Nothing moved");
        Assert.Empty(running.Doubles);
        Assert.True(await EntitiesOf(other) >= 10);
    }

    [Fact]
    public async Task Messages_during_a_move_arrive_at_the_new_home()
    {
        var running = new RunningSet();
        var strategy = new PinTo(null!);
        await using TestCluster cluster = await TestCluster.Start(2, "akka.cluster.sharding.rebalance-interval = 100ms");
        strategy.Home = AddressOf(cluster[0]);
        IActorRef[] regions = StartRegions(cluster, running, strategy: strategy);
        await ShardingTests.KnowsRegions(regions[0], 2);
        Assert.Equal(AddressOf(cluster[0]), await Where(regions[1], "a"));

        strategy.Home = AddressOf(cluster[1]);
        var deadline = DateTime.UtcNow + TestCluster.Patience;
        while (running.Starts < 2)
        {
            Assert.True(DateTime.UtcNow < deadline, "Nothing moved");
            var answers = await Task.WhenAll(regions.Select(static region => region.Ask<string>("a:hello", TestCluster.Patience)));
            Assert.All(answers, static answer => Assert.Equal("hello", answer));
        }

        Assert.Equal(AddressOf(cluster[1]), await Where(regions[0], "a"));
        Assert.Empty(running.Doubles);
    }

    /// <summary>Wants all shards in one place.</summary>
    internal sealed class PinTo(Address home) : IShardAllocationStrategy
    {
        public Address Home { get; set; } = home;

        public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
            Task.FromResult(currentShardAllocations.Keys.FirstOrDefault(r => IsHome(r))!);

        public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) =>
            Task.FromResult<IImmutableSet<string>>([.. currentShardAllocations.Where(r => !IsHome(r.Key)).SelectMany(static r => r.Value).Except(rebalanceInProgress)]);

        // The coordinator's own region has an address without a host; it is the oldest member's.
        private bool IsHome(IActorRef region) => region.Path.Address.HasGlobalScope
            ? region.Path.Address.Equals(Home)
            : ((IInternalActorRef)region).Provider.DefaultAddress.Equals(Home);
    }
}
