using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests.Hosting;

/// <summary>Regions of two brokers in one cluster: neither needs the other.</summary>
public sealed class MemberRegionsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    /// <summary>A system that ends does so without leaving the cluster, as a process that is killed; nobody removes it.</summary>
    private const string Configuration = """
        akka {
          loglevel = OFF
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
          cluster {
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            periodic-tasks-initial-delay = 100ms
            sharding.retry-interval = 500ms
          }
        }
        """;

    private readonly List<LogManager> logs = [];
    private ActorSystem older = null!;
    private ActorSystem younger = null!;

    public async Task InitializeAsync()
    {
        older = Start(1);
        younger = Start(2);
        var members = Cluster.Get(older);
        members.Join(members.SelfAddress);
        await Eventually.Holds(() => members.IsUp);
        Cluster.Get(younger).Join(members.SelfAddress);
        await Eventually.Holds(() => Cluster.Get(younger).IsUp);
    }

    public async Task DisposeAsync()
    {
        await younger.Terminate();
        await older.Terminate();
        logs.ForEach(log => log.Dispose());
    }

    [Fact]
    public async Task The_coordinator_of_a_broker_is_on_its_own_node_though_another_is_older()
    {
        await RegionOf(older, 1);
        var region = await RegionOf(younger, 2);
        await Answer(region, "a");

        var coordinator = await younger.ActorSelection("/system/sharding/replica-2Coordinator/singleton/coordinator").ResolveOne(Patience);
        var regions = await region.Ask<CurrentRegions>(GetCurrentRegions.Instance, Patience);

        Assert.True(coordinator.Path.Address.HasLocalScope);
        Assert.Equal([Cluster.Get(younger).SelfAddress], regions.Regions);
    }

    [Fact]
    public async Task A_brokers_first_replica_begins_while_the_oldest_member_cannot_be_reached()
    {
        var region = await RegionOf(younger, 2);
        await older.Terminate();
        await Eventually.Holds(() => !Cluster.Get(younger).State.Unreachable.IsEmpty);

        await Answer(region, "a");

        Assert.Single(Cluster.Get(younger).State.Unreachable);
    }

    private static async Task Answer(IActorRef region, string replica)
    {
        var answer = await region.Ask<ActorIdentity>(new ReplicaEnvelope(replica, new Identify(null)), Patience);
        Assert.EndsWith($"/replicas/{replica}", answer.Subject.Path.ToStringWithoutAddress(), StringComparison.Ordinal);
    }

    private static ActorSystem Start(int id) => ActorSystem.Create(
        "regions", ConfigurationFactory.ParseString($"akka.cluster.roles = [{ReplicaSharding.RoleOf(new NodeId(id))}]").WithFallback(ConfigurationFactory.ParseString(Configuration)));

    private Task<IActorRef> RegionOf(ActorSystem system, int id)
    {
        var node = new NodeId(id);
        var log = LogManager.Open(new LogManagerOptions { Directories = [Scratch.Create("regions-").FullName], NodeId = node, ConfigOf = _ => LogConfig.Default });
        logs.Add(log);
        var settings = new ReplicaSettings(node, (_, _) => TopicConfig.From(new Dictionary<string, string>(), new Dictionary<string, string>()), TimeSpan.FromHours(1), TimeProvider.System);
        return ReplicaSharding.StartAsync(system, log, settings);
    }
}
