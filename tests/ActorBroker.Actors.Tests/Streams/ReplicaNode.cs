using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model.Options;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>A node with links: its storage, its replicas and its end of the replication streams.</summary>
internal sealed class ReplicaNode : IAsyncDisposable
{
    private const string Configuration = """
        akka {
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.phases.cluster-sharding-shutdown-region.timeout = 4m
          loglevel = ERROR
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
        }
        """;

    private readonly LogManager logs;
    private readonly IActorRef node;
    private readonly Repairs repairs = new();

    public ReplicaNode(NodeId id, DirectoryInfo directory, Func<ActorSystem, IActorRef> controller, ClusterImage image, LeaderSettings leader, ReplicaRestarts restarts, Func<ReplicaSettings, ReplicaSettings>? sharded = null)
    {
        Id = id;
        Directory = directory;
        Metrics = new StorageMetrics(repairs);
        logs = LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = id, ConfigOf = _ => LogConfig.Default }, Metrics);
        System = ActorSystem.Create("actorbroker", Akka.Configuration.ConfigurationFactory.ParseString(sharded is null ? "akka.actor.provider = local" : "akka.actor.provider = cluster")
            .WithFallback(Akka.Configuration.ConfigurationFactory.ParseString($"akka.cluster.roles = [{ReplicaSharding.RoleOf(id)}]"))
            .WithFallback(Akka.Configuration.ConfigurationFactory.ParseString(Configuration))
            .WithFallback(Akka.Configuration.ConfigurationFactory.ParseString(ReplicaDispatcher.Configuration)));
        var receiver = new LinkReceiver();
        Links = LinkNetwork.Start(new LinkOptions(id, "cluster", new LinkIncarnation(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), Guid.NewGuid()), new HostPort("127.0.0.1", 0)), receiver);
        Cluster = new ClusterState("cluster", image);
        Throttles = new ReplicationThrottles(id, Cluster, TimeProvider.System);
        var controllerActor = controller(System);
        var identity = new BrokerIdentity(id, "cluster", image.Brokers[id].IncarnationId, null, new BrokerEpoch(-1), []);
        var replication = new ReplicationSettings(new ReplicationStreams(Links), controllerActor, leader)
        {
            TickInterval = TimeSpan.FromMilliseconds(20),
            ControllerTimeout = TimeSpan.FromSeconds(2),
            Throttles = Throttles,
        };
        var settings = new ReplicaSettings(id, TypedConfig, TimeSpan.FromHours(1), TimeProvider.System) { Replication = replication, Restarts = restarts };
        if (sharded is not null)
        {
            settings = sharded(settings);
            var members = Akka.Cluster.Cluster.Get(System);
            members.Join(members.SelfAddress);
            settings = settings with { Region = ReplicaSharding.StartAsync(System, logs, settings).GetAwaiter().GetResult() };
            replication = replication with { Region = settings.Region };
        }

        node = System.ActorOf(Props.Create(() => new NodeActor()), "node");
        Part(Props.Create(() => new FailureActor(identity, Cluster, controllerActor, Partitions, logs)), "failures");
        Part(StreamWatchActor.Create(id, Partitions, replication, receiver, new ImagePeers(Cluster), static _ => { }), "replication");
        Part(Props.Create(() => new ReplicaManagerActor(settings, Cluster, Partitions, logs)), "replicas")
            .Ask<Done>(new ReplicaManagerActor.WhenServing(["t"]), TimeSpan.FromSeconds(30)).GetAwaiter().GetResult();
    }

    public NodeId Id { get; }

    public DirectoryInfo Directory { get; }

    public ActorSystem System { get; }

    public LinkNetwork Links { get; }

    public ClusterState Cluster { get; }

    public PartitionDirectory Partitions { get; } = new();

    /// <summary>The parent of the node's parts.</summary>
    public IActorRef Parts => node;

    public ReplicationThrottles Throttles { get; }

    public LogManager Logs => logs;

    public StorageMetrics Metrics { get; }

    /// <summary>Damaged spans that were repaired.</summary>
    public int Repaired => Volatile.Read(ref repairs.Done);

    /// <summary>Attempts at damaged spans that nobody else had whole.</summary>
    public int Unrepaired => Volatile.Read(ref repairs.Failed);

    public Partition Partition => Partitions.Find("t", 0)!;

    /// <summary>What the controller would push: the image, and the events that led to it.</summary>
    public void Apply(ClusterImage image, MetadataEvent[] events)
    {
        Cluster.Image = image;
        System.EventStream.Publish(new MetadataChanged(image, [.. events]));
    }

    public async ValueTask DisposeAsync()
    {
        await Links.DisposeAsync();
        await System.Terminate();
        logs.Dispose();
        Metrics.Dispose();
    }

    private IActorRef Part(Props props, string name) => node.Ask<IActorRef>(new NodeActor.Start(props, name)).GetAwaiter().GetResult();

    private static TopicConfig TypedConfig(ClusterImage image, string topic) =>
        TopicConfig.From(image.ConfigOf(ConfigResource.Topic(topic)), new Dictionary<string, string>());

    private sealed class Repairs : IStorageListener
    {
        public int Done;
        public int Failed;

        public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
        {
        }

        public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
        {
        }

        public void DirectoryOffline(string path, Exception error)
        {
        }

        public void Warning(string message)
        {
        }

        public void DamageRepaired(TopicPartition partition, DamagedSpan span) => Interlocked.Increment(ref Done);

        public void DamageRemains(TopicPartition partition, DamagedSpan span) => Interlocked.Increment(ref Failed);
    }
}
