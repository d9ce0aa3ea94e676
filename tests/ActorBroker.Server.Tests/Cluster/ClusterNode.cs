using ActorBroker.Links;
using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Groups;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Harness;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using ActorBroker.Server.Fetching;
using ActorBroker.Server.Handlers;
using ActorBroker.Server.Network;
using ActorBroker.Server.Tests.Network;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Server.Tests.Cluster;

/// <summary>
/// Node 1 of a cluster whose other nodes exist in the image alone: real sockets, real replicas and groups, and metadata that the test makes up.
/// The controller says what the test lets it say, by default nothing.
/// </summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    public static readonly NodeId Self = new(1);
    public static readonly NodeId Other = new(2);
    public static readonly NodeId Third = new(3);

    private readonly DirectoryInfo directory = Scratch.Create("cluster-node-");
    private readonly ActorSystem system = ActorSystem.Create("cluster-node", Akka.Configuration.ConfigurationFactory.ParseString(ReplicaDispatcher.Configuration));
    private readonly LogManager logs;
    private readonly ListenerHost host;
    private readonly IActorRef node;
    private readonly ClusterState cluster;
    private readonly GroupCoordinators groups;

    public ClusterNode(Func<BrokerOptions, BrokerOptions>? configure = null)
    {
        var options = new BrokerOptions
        {
            Listeners = [new ListenerOptions { Port = 0 }],
            Node = new NodeOptions { Id = Self, Rack = "a" },
            Storage = new StorageOptions { DataDirs = [directory.FullName] },
            Groups = new GroupOptions { InitialRebalanceDelayMs = 0, OffsetsTopicPartitions = 1 },
        };
        Options = configure?.Invoke(options) ?? options;
        logs = LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = Self, ConfigOf = _ => LogConfig.Default });
        cluster = new ClusterState(logs.ClusterId, ClusterImage.Empty);
        node = system.ActorOf(Props.Create(() => new NodeActor()), "node");
        var controller = Part(Props.Create(() => new ScriptedController(this)), "controller");
        var configs = new Configs.ConfigView(Options);
        var replication = new ReplicationSettings(new ReplicationStreams(new MemoryLinks().Add(Self, new LinkReceiver())), ActorRefs.Nobody, new LeaderSettings());
        var settings = new ReplicaSettings(Self, configs.TypedTopic, TimeSpan.FromHours(1), TimeProvider.System) { Replication = replication };
        var replicas = Part(Props.Create(() => new ReplicaManagerActor(settings, cluster, Partitions, logs)), "replicas");
        groups = new GroupCoordinators(cluster, Partitions, Self, Options.Groups, TimeProvider.System);
        Part(GroupManagerActor.Create(groups), "groups");
        var broker = new Broker(
            Options, cluster, Partitions, controller, replicas, new DataDirectories(Options.Storage.DataDirs, logs, ActorRefs.Nobody), TimeProvider.System);
        host = new ListenerHost(Options.Listeners, Options.Network, Options.Limits, Handlers(broker, groups), Log);
        host.Bind();
        host.Start();
        Apply(Broker(Self, "a", host.Listeners[0].Address.Port), Broker(Other, "b", 2002), Broker(Third, "c", 2003));
    }

    public BrokerOptions Options { get; }

    public PartitionDirectory Partitions { get; } = new();

    public RecordedLog Log { get; } = new();

    /// <summary>The states of the groups that this node coordinates.</summary>
    public IEnumerable<string> GroupStates => groups.Groups.All.Select(group => group.State.ToString());

    public ClusterImage Image => cluster.Image;

    /// <summary>The controller's answers; null for silence.</summary>
    public Func<ControllerCommand, ControllerReply?> Controller { get; set; } = _ => null;

    public static BrokerRegistered Broker(NodeId id, string rack, int port, bool fenced = false) => new(
        new BrokerImage(id, new BrokerEpoch(10 + id.Value), Guid.NewGuid(), [new BrokerEndpoint("PLAINTEXT", $"host-{id}", port)], rack, fenced));

    /// <summary>Makes the events true, as a commit of the controller does.</summary>
    public void Apply(params ImmutableArray<MetadataEvent> events)
    {
        var image = cluster.Image;
        foreach (var change in events)
        {
            image = image.Apply(change);
        }

        cluster.Image = image;
        system.EventStream.Publish(new MetadataChanged(image, events));
    }

    /// <summary>A topic of one partition, led by the first of its replicas; waits until a replica here serves.</summary>
    public async Task<TopicId> CreateTopic(string name, params ImmutableArray<NodeId> replicas)
    {
        var id = TopicId.NewRandom();
        Apply(new TopicCreated(id, name), new PartitionCreated(id, new PartitionImage(0, replicas, replicas, replicas[0], new LeaderEpoch(0), new PartitionEpoch(0))));
        await Eventually.Holds(() => !replicas.Contains(Self) || Partitions.Find(name, 0) is { IsDecided: true }, $"the replica of {name} is open");
        return id;
    }

    public Task<WireClient> Connect() => WireClient.Connect(host.Listeners[0].Address);

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        await system.Terminate();
        logs.Dispose();
        directory.Delete(recursive: true);
    }

    private static HandlerTable Handlers(Broker broker, GroupCoordinators groups) => new(
    [
        new ApiVersionsHandler(), new MetadataHandler(broker), new ProduceHandler(broker), new FetchHandler(broker, new FetchSessionCache(10, 100, TimeProvider.System)),
        new ListOffsetsHandler(broker), new OffsetForLeaderEpochHandler(broker), new DeleteRecordsHandler(broker), new InitProducerIdHandler(broker),
        new CreateTopicsHandler(broker), new DeleteTopicsHandler(broker), new CreatePartitionsHandler(broker), new DescribeConfigsHandler(broker),
        new AlterConfigsHandler(broker), new IncrementalAlterConfigsHandler(broker), new DescribeClusterHandler(broker), new DescribeTopicPartitionsHandler(broker),
        new DescribeLogDirsHandler(broker), .. GroupHandlers.Create(broker, groups),
    ]);

    private IActorRef Part(Props props, string name) =>
        node.Ask<IActorRef>(new NodeActor.Start(props, name), TestServer.Deadline).GetAwaiter().GetResult();

    private sealed class ScriptedController(ClusterNode owner) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (owner.Controller((ControllerCommand)message) is { } reply)
            {
                Sender.Tell(reply, Self);
            }
        }
    }
}
