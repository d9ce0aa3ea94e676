using Akka.Actor;
using Akka.Cluster.TestSupport;

namespace Akka.Cluster.Sharding.Tests;

/// <summary>Starts regions of counting entities, and asks them.</summary>
internal static class ShardingSupport
{
    public const int Shards = 10;

    /// <summary>Messages are "entity" or "entity:command".</summary>
    public static readonly HashCodeMessageExtractor Extractor = HashCodeMessageExtractor.Create(Shards, static m => m is string text ? text.Split(':')[0] : null!);

    public static IActorRef StartRegion(ActorSystem system, RunningSet running, Func<ClusterShardingSettings, ClusterShardingSettings>? with = null, IShardAllocationStrategy? strategy = null, object? stop = null,
        IMessageExtractor? extractor = null)
    {
        ClusterSharding sharding = ClusterSharding.Get(system);
        ClusterShardingSettings settings = ClusterShardingSettings.Create(system);
        if (with is not null) settings = with(settings);
        return sharding.Start(
            "entity", id => Props.Create(() => new Entity(id, running)), settings, extractor ?? Extractor, strategy ?? sharding.DefaultShardAllocationStrategy(settings), stop ?? PoisonPill.Instance);
    }

    public static IActorRef[] StartRegions(TestCluster cluster, RunningSet running, Func<ClusterShardingSettings, ClusterShardingSettings>? with = null, IShardAllocationStrategy? strategy = null) =>
        [.. cluster.All.Select(s => StartRegion(s, running, with, strategy))];

    /// <summary>The address of the node on which an entity runs; it starts if it does not.</summary>
    public static async Task<Address> Where(IActorRef region, string entity)
    {
        var deadline = DateTime.UtcNow + TestCluster.Patience;
        while (true)
        {
            try
            {
                return Address.Parse(await region.Ask<string>($"{entity}:where", TimeSpan.FromSeconds(1)));
            }
            catch (AskTimeoutException) when (DateTime.UtcNow < deadline)
            {
                // Lost with the node that hosted the entity: at most once.
            }
        }
    }

    public static async Task<Address[]> Where(IActorRef region, IEnumerable<string> entities)
    {
        var found = new List<Address>();
        foreach (var entity in entities) found.Add(await Where(region, entity));
        return [.. found];
    }

    public static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(static i => $"e{i}")];

    public static Address AddressOf(ActorSystem system) => Cluster.Get(system).SelfAddress;

    public static async Task<int> EntitiesOf(IActorRef region) => (await region.Ask<ShardRegionStats>(GetShardRegionStats.Instance, TestCluster.Patience)).Stats.Values.Sum();

    private sealed class Entity(string id, RunningSet running) : UntypedActor
    {
        private int _count;

        protected override void PreStart() => running.Started(id);

        protected override void PostStop() => running.Stopped(id);

        protected override void OnReceive(object message)
        {
            var command = message is string text && text.Contains(':') ? text.Split(':')[1] : message;
            switch (command)
            {
                case "where": Sender.Tell(Cluster.Get(Context.System).SelfAddress.ToString()); break;
                case "count": Sender.Tell(++_count); break;
                case "path": Sender.Tell(Self.Path.ToStringWithoutAddress()); break;
                case "passivate": Context.Parent.Tell(new Passivate("stop")); break;
                case "stop": Context.Stop(Self); break;
                case "slow-stop": Context.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(100), Self, PoisonPill.Instance, Self); break;
                default: Sender.Tell(command); break;
            }
        }
    }
}
