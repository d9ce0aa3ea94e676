using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using static Akka.Cluster.Sharding.Tests.ShardingSupport;

namespace Akka.Cluster.Sharding.Tests;

public sealed class ShardingTests
{
    [Fact]
    public async Task Every_region_reaches_the_one_instance_of_an_entity()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3);
        IActorRef[] regions = StartRegions(cluster, running);

        foreach (var name in Names(20))
            foreach (IActorRef region in regions) await Where(region, name);

        Assert.Empty(running.Doubles);
        Assert.Equal(20, running.Starts);
    }

    [Fact]
    public async Task Shards_are_spread_over_the_members()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, running);
        await KnowsRegions(regions[0], 2);

        Address[] homes = await Where(regions[0], Names(40));

        Assert.Equal(2, homes.Distinct().Count());
    }

    [Fact]
    public async Task Messages_keep_their_order_from_the_first_one_on()
    {
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, new RunningSet());

        Task<int>[] answers = [.. Enumerable.Range(0, 100).Select(_ => regions[1].Ask<int>("a:count", TestCluster.Patience))];

        Assert.Equal(Enumerable.Range(1, 100), await Task.WhenAll(answers));
    }

    [Fact]
    public async Task A_proxy_reaches_entities_and_hosts_none()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1, "akka.cluster.roles = [worker]");
        ActorSystem outsider = await cluster.Add("akka.cluster.roles = []");
        StartRegion(cluster[0], running, s => s.WithRole("worker"));

        IActorRef proxy = await ClusterSharding.Get(outsider).StartProxyAsync("entity", "worker", Extractor);

        Assert.All(await Where(proxy, Names(20)), home => Assert.Equal(AddressOf(cluster[0]), home));
    }

    [Fact]
    public async Task A_start_without_the_role_gives_a_proxy()
    {
        await using TestCluster cluster = await TestCluster.Start(1, "akka.cluster.roles = [worker]");
        ActorSystem outsider = await cluster.Add("akka.cluster.roles = []");
        StartRegion(cluster[0], new RunningSet(), s => s.WithRole("worker"));

        IActorRef proxy = StartRegion(outsider, new RunningSet(), s => s.WithRole("worker"));

        Assert.Equal(AddressOf(cluster[0]), await Where(proxy, "a"));
        Assert.Same(proxy, ClusterSharding.Get(outsider).ShardRegionProxy("entity"));
    }

    [Fact]
    public async Task Envelopes_and_start_messages_need_no_support_of_the_extractor()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, running);

        regions[0].Tell(new ShardRegion.StartEntity("a"));
        await TestCluster.Eventually(() => running.Starts == 1);

        Assert.Equal("hello", await regions[1].Ask<string>(new ShardingEnvelope("a", "hello"), TestCluster.Patience));
        Assert.Equal(1, running.Starts);
    }

    [Fact]
    public async Task Delegates_extract_like_an_extractor()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        ClusterSharding sharding = ClusterSharding.Get(cluster[0]);
        IActorRef region = sharding.Start(
            "numbers",
            Props.Create(() => new Doubling()),
            ClusterShardingSettings.Create(cluster[0]),
            static message => message is int number ? ((number % 7).ToString(), number) : Util.Option<(string, object)>.None,
            static message => message is int number ? (number % 3).ToString() : null!);

        Assert.Equal(84, await region.Ask<int>(42, TestCluster.Patience));
    }

    [Fact]
    public async Task Passivated_entities_stop_and_messages_meanwhile_start_them_again()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, running)[0];
        Assert.Equal(1, await region.Ask<int>("a:count", TestCluster.Patience));

        region.Tell("a:passivate");
        Task<int> next = region.Ask<int>("a:count", TestCluster.Patience);

        Assert.InRange(await next, 1, 2);
        await TestCluster.Eventually(() => running.Starts == 2 || running.Running == 0);
        Assert.Empty(running.Doubles);
    }

    [Fact]
    public async Task Idle_entities_are_passivated()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, running, s => s.WithPassivateIdleAfter(TimeSpan.FromMilliseconds(100)))[0];
        await Where(region, "a");

        await TestCluster.Eventually(() => running.Running == 0);
    }

    [Fact]
    public async Task Entities_live_at_the_path_of_their_shard()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, new RunningSet())[0];

        Assert.Equal($"/system/sharding/entity/{Extractor.ShardId("a b")}/a%20b", await region.Ask<string>("a b:path", TestCluster.Patience));
    }

    [Fact]
    public async Task Regions_tell_their_state_and_statistics()
    {
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] regions = StartRegions(cluster, new RunningSet());
        await KnowsRegions(regions[0], 2);
        await Where(regions[0], Names(30));

        var regionsSeen = await regions[1].Ask<CurrentRegions>(GetCurrentRegions.Instance, TestCluster.Patience);
        var all = await regions[1].Ask<ClusterShardingStats>(new GetClusterShardingStats(TestCluster.Patience), TestCluster.Patience);
        var state = await regions[0].Ask<CurrentShardRegionState>(GetShardRegionState.Instance, TestCluster.Patience);

        Assert.Equal(cluster.All.Select(AddressOf).ToHashSet(), [.. regionsSeen.Regions]);
        Assert.Equal(30, all.Regions.Values.Sum(static r => r.Stats.Values.Sum()));
        Assert.Equal(await EntitiesOf(regions[0]), state.Shards.Sum(static s => s.EntityIds.Count));
    }

    [Fact]
    public async Task A_message_for_no_entity_is_a_dead_letter()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        IActorRef region = StartRegions(cluster, new RunningSet())[0];
        var letters = System.Threading.Channels.Channel.CreateUnbounded<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Collector(letters.Writer))), typeof(Event.DeadLetter));

        region.Tell(12345);

        while (await letters.Reader.ReadAsync().AsTask().WaitAsync(TestCluster.Patience) is not Event.DeadLetter { Message: 12345 })
        {
            // Others of the system's.
        }
    }

    [Fact]
    public async Task Without_a_coordinator_messages_are_kept_up_to_the_limit()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        var letters = System.Threading.Channels.Channel.CreateUnbounded<object>();
        cluster[0].EventStream.Subscribe(cluster[0].ActorOf(Props.Create(() => new Collector(letters.Writer))), typeof(Event.DeadLetter));
        IActorRef region = StartRegions(
            cluster, new RunningSet(), s => s.WithTuningParameters(s.TuningParameters.WithBufferSize(10)), new NeverAllocate())[0];

        for (var i = 0; i < 15; i++) region.Tell($"a{i}");

        for (var dropped = 0; dropped < 5; dropped++)
            Assert.Equal($"a{10 + dropped}", ((Event.DeadLetter)await letters.Reader.ReadAsync().AsTask().WaitAsync(TestCluster.Patience)).Message);
    }

    internal static async Task KnowsRegions(IActorRef region, int count)
    {
        var deadline = DateTime.UtcNow + TestCluster.Patience;
        while ((await region.Ask<CurrentRegions>(GetCurrentRegions.Instance, TestCluster.Patience)).Regions.Count != count)
        {
            Assert.True(DateTime.UtcNow < deadline, $"There are not {count} regions");
        }
    }

    private sealed class Doubling : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(2 * (int)message);
    }

    private sealed class Collector(System.Threading.Channels.ChannelWriter<object> to) : UntypedActor
    {
        protected override void OnReceive(object message) => to.TryWrite(message);
    }

    private sealed class NeverAllocate : IShardAllocationStrategy
    {
        public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations) => Task.FromResult<IActorRef>(null!);

        public Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) =>
            Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);
    }
}
