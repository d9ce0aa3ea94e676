using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using Akka.Event;
using AkkaExtensions.Sharding;

namespace Akka.Cluster.Sharding.Tests;

/// <summary>Messages are "entity@shard" or "entity@shard:command".</summary>
public sealed class PinnedShardsTests
{
    private const string NobodyIsDowned = "akka.cluster.downing-provider-class = \"\"";

    private readonly ConcurrentDictionary<string, Address> _addresses = new();
    private readonly RunningSet _running = new();

    [Fact]
    public async Task A_nodes_own_shard_runs_before_the_node_is_in_a_cluster()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        ActorSystem alone = Alone();
        try
        {
            IActorRef region = Start(alone, "alone");

            Assert.Equal(1, await region.Ask<int>("a@alone:count", TestCluster.Patience));
        }
        finally
        {
            await alone.Terminate();
        }
    }

    [Fact]
    public async Task Messages_reach_other_nodes_shards_and_the_coordinator_learns_where_they_are()
    {
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartAll(cluster);

        Assert.Equal(AddressOf(cluster, 2), await Where(regions[0], "a@2"));
        Assert.Equal(AddressOf(cluster, 0), await Where(regions[2], "a@0"));
        Assert.Equal(AddressOf(cluster, 1), await Where(regions[1], "a@1"));
        await ShardingTests.KnowsRegions(regions[0], 3);
        var stats = await regions[1].Ask<ClusterShardingStats>(new GetClusterShardingStats(TestCluster.Patience), TestCluster.Patience);
        Assert.Equal(3, stats.Regions.Count);
        for (var i = 0; i < 3; i++) Assert.Equal([i.ToString()], stats.Regions[AddressOf(cluster, i)].Stats.Keys);
        Assert.Empty(_running.Doubles);
    }

    [Fact]
    public async Task Without_a_coordinator_shards_go_on_and_nodes_that_come_are_found()
    {
        await using TestCluster cluster = await TestCluster.Start(3, NobodyIsDowned);
        IActorRef[] regions = await StartAllAndLoseTheCoordinator(cluster);

        Assert.Equal(AddressOf(cluster, 2), await Where(regions[1], "first@2"));
        Assert.Equal(AddressOf(cluster, 1), await Where(regions[2], "a@1"));
        Assert.Equal(AddressOf(cluster, 1), await Where(regions[1], "b@1"));
        // A node whose region begins now, under the same name as one that ended.
        ActorSystem late = Alone();
        try
        {
            Cluster.Get(late).Join(AddressOf(cluster, 1));
            IActorRef region = Start(late, "late");
            Assert.Equal(Cluster.Get(late).SelfAddress, await Where(region, "a@late"));
            Assert.Equal(Cluster.Get(late).SelfAddress, await Where(regions[1], "b@late"));
        }
        finally
        {
            await late.Terminate();
        }
    }

    [Fact]
    public async Task Messages_wait_within_a_limit_until_it_is_known_where_the_shard_is()
    {
        await using TestCluster cluster = await TestCluster.Start(2, "akka.cluster.sharding { buffer-size = 3, retry-interval = 60s }");
        IActorRef[] regions = StartAll(cluster);
        Address address = AddressOf(cluster, 1);
        Assert.True(_addresses.TryRemove("1", out _));
        var dead = new ConcurrentQueue<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Listener(dead))), typeof(DeadLetter));

        Task<int>[] answers = [.. Enumerable.Range(0, 4).Select(_ => regions[0].Ask<int>("a@1:count", TestCluster.Patience))];
        await TestCluster.Eventually(() => !dead.IsEmpty);
        _addresses["1"] = address;
        cluster[0].EventStream.Publish(new PinnedShardFound("1", address));

        int[] counts = await Task.WhenAll(answers[..3]).WaitAsync(TestCluster.Patience);
        Assert.Equal([1, 2, 3], counts);
        Assert.Equal("a@1:count", Assert.IsType<DeadLetter>(Assert.Single(dead)).Message);
    }

    [Fact]
    public async Task What_is_for_a_member_that_was_removed_waits_until_its_shard_is_found_again()
    {
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartAll(cluster);
        await Where(regions[0], "a@1");

        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);
        await TestCluster.Sees(cluster[0], 1);
        Task<int> answer = regions[0].Ask<int>("a@1:count", TestCluster.Patience);
        ActorSystem again = await cluster.Add();
        Start(again, "1");
        cluster[0].EventStream.Publish(new PinnedShardFound("1", Cluster.Get(again).SelfAddress));

        Assert.Equal(1, await answer.WaitAsync(TestCluster.Patience));
    }

    [Fact]
    public async Task A_shard_stays_although_the_coordinator_knows_it_elsewhere_and_is_registered_when_that_has_ended()
    {
        await using TestCluster cluster = await TestCluster.Start(3);
        var old = Start(cluster[1], "1");
        var coordinating = Start(cluster[0], "0");
        await TestCluster.Eventually(() => StatsOf(coordinating).Regions.Count == 2);
        var next = Start(cluster[2], "1");
        await TestCluster.Eventually(() => StatsOf(coordinating).Regions.Count == 3);

        Assert.Equal(1, await next.Ask<int>("a@1:count", TestCluster.Patience));
        await TestCluster.Leave(cluster[1]).WaitAsync(TestCluster.Patience);
        await TestCluster.Eventually(() => StatsOf(coordinating).Regions.TryGetValue(AddressOf(cluster, 2), out var stats) && stats.Stats.ContainsKey("1"));
        Assert.Equal(2, await next.Ask<int>("a@1:count", TestCluster.Patience));
        Assert.True(old.Path.Uid != next.Path.Uid);
    }

    [Fact]
    public async Task A_region_stops_its_shard_in_order_although_nobody_coordinates()
    {
        await using TestCluster cluster = await TestCluster.Start(2, NobodyIsDowned);
        IActorRef[] regions = await StartAllAndLoseTheCoordinator(cluster);

        Task<bool> stopped = regions[1].WatchAsync();
        regions[1].Tell(GracefulShutdown.Instance);

        Assert.True(await stopped.WaitAsync(TestCluster.Patience));
        await TestCluster.Eventually(() => _running.Running == 0);
    }

    [Fact]
    public async Task A_shard_that_fails_starts_again()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartAll(cluster)[0];
        var path = await region.Ask<string>("a@0:path", TestCluster.Patience);
        IActorRef shard = await cluster[0].ActorSelection(path + "/..").ResolveOne(TestCluster.Patience);

        Task<bool> stopped = shard.WatchAsync();
        shard.Tell(Kill.Instance);
        await stopped.WaitAsync(TestCluster.Patience);
        // Until the region knows of the end, at most once.
        await ShardingSupport.Where(region, "a@0");

        Assert.Equal(1, await region.Ask<int>("a@0:count", TestCluster.Patience));
        Assert.Empty(_running.Doubles);
    }

    private static Address AddressOf(TestCluster cluster, int index) => Cluster.Get(cluster[index]).SelfAddress;

    private static ClusterShardingStats StatsOf(IActorRef region) =>
        region.Ask<ClusterShardingStats>(new GetClusterShardingStats(TestCluster.Patience), TestCluster.Patience).GetAwaiter().GetResult();

    private static async Task<Address> Where(IActorRef region, string entity) =>
        Address.Parse(await region.Ask<string>($"{entity}:where", TestCluster.Patience));

    private static ActorSystem Alone() => ActorSystem.Create("test", """
        akka { stdout-loglevel = OFF, actor.provider = cluster, remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
               coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off } }
        """);

    /// <summary>The first member coordinates; it is lost, and nobody takes its place.</summary>
    private async Task<IActorRef[]> StartAllAndLoseTheCoordinator(TestCluster cluster)
    {
        IActorRef[] regions = StartAll(cluster);
        await Where(regions[1], "a@1");
        await TestCluster.Crash(cluster[0]);
        await TestCluster.Eventually(() => Cluster.Get(cluster[1]).State.Unreachable.Count == 1);
        return regions;
    }

    private IActorRef[] StartAll(TestCluster cluster) => [.. cluster.All.Select((system, i) => Start(system, i.ToString()))];

    private IActorRef Start(ActorSystem system, string shard)
    {
        _addresses[shard] = Cluster.Get(system).SelfAddress;
        return ShardingSupport.StartRegion(system, _running, strategy: new Pinned(shard, _addresses), extractor: Extractor.Instance);
    }

    private sealed class Pinned(string own, ConcurrentDictionary<string, Address> addresses) : IShardAllocationStrategy, IPinnedShards
    {
        public string OwnShard => own;

        public Address? AddressOf(string shardId) => addresses.GetValueOrDefault(shardId);

        public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) =>
            Task.FromResult<IActorRef>(null!);

        public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) =>
            Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
    }

    private sealed class Extractor : IMessageExtractor
    {
        public static Extractor Instance { get; } = new();

        public string EntityId(object message) => message is string text ? text.Split(':')[0] : null!;

        public object EntityMessage(object message) => message;

        public string ShardId(object message) => ShardId(EntityId(message), message);

        public string ShardId(string entityId, object? messageHint = null) => entityId.Split('@')[1];
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ConcurrentQueue<object> dead) => Receive<DeadLetter>(letter => letter.Message is string, dead.Enqueue);
    }
}
