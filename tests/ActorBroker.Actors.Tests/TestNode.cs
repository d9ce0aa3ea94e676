using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests;

/// <summary>A node without a network: its storage in a new directory, its controller and its replicas.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private static readonly TimeSpan Patience = Eventually.Deadline;

    private readonly DirectoryInfo directory;
    private readonly LogManager logs;
    private readonly ActorSystem system;
    private readonly IActorRef node;

    private readonly Func<LogManagerOptions, LogManagerOptions> storage;

    private readonly Func<ReplicaSettings, ReplicaSettings> replicas;

    private TestNode(DirectoryInfo directory, Func<LogManagerOptions, LogManagerOptions> storage, Func<ReplicaSettings, ReplicaSettings> replicas)
    {
        this.directory = directory;
        this.storage = storage;
        this.replicas = replicas;
        logs = LogManager.Open(storage(new LogManagerOptions
        {
            Directories = [directory.FullName],
            NodeId = new NodeId(1),
            ConfigOf = partition => partition == MetadataJournal.Partition ? MetadataJournal.Config : LogConfig.Default,
        }));
        system = ActorSystem.Create("test", ConfigurationFactory.ParseString(ControllerPersistence.Hocon));
        var journal = MetadataJournal.Open(logs, new NodeId(1), TimeProvider.System);
        Cluster = new ClusterState(logs.ClusterId, journal.SnapshotImage, journal.Earlier);
        var settings = replicas(new ReplicaSettings(new NodeId(1), TypedConfig, TimeSpan.FromHours(1), TimeProvider.System));
        node = system.ActorOf(Props.Create(() => new NodeActor()), "node");
        Part(JournalReplicaActor.Create(journal, Cluster, new SnapshotPolicy(), TimeProvider.System), "journal");
        Controller = Part(ControllerSupervisor.Create(ControllerSetup.Alone(new NodeId(1), journal, Cluster, NewCore, TimeProvider.System)), "controller");
        Part(MetadataSubscriberActor.Create(new NodeId(1), Cluster, Controller, file: null), "metadata")
            .Ask(MetadataSubscriberActor.WhenSynced.Instance, Patience).GetAwaiter().GetResult();
        var registered = Ask<BrokerRegistration>(new RegisterBroker(new NodeId(1), Guid.NewGuid(), [], null)).GetAwaiter().GetResult();
        Ask<BrokerHeartbeatReply>(new BrokerHeartbeat(new NodeId(1), registered.Epoch, Cluster.Image.Version, false, false, [])).GetAwaiter().GetResult();
        Replicas = Part(Props.Create(() => new ReplicaManagerActor(settings, Cluster, Partitions, logs)), "replicas");
    }

    public LogManager Logs => logs;

    public StorageMetrics Metrics { get; } = new();

    public ActorSystem Actors => system;

    public ClusterState Cluster { get; }

    public PartitionDirectory Partitions { get; } = new();

    public IActorRef Controller { get; }

    /// <summary>Done when the actors ended by themselves or were stopped.</summary>
    public Task Ended => system.WhenTerminated;

    public IActorRef Replicas { get; }

    public static TestNode Start(Func<LogManagerOptions, LogManagerOptions>? storage = null, Func<ReplicaSettings, ReplicaSettings>? replicas = null) =>
        new(Scratch.Create("actors-test-"), storage ?? (options => options), replicas ?? (settings => settings));

    public async Task<TReply> Ask<TReply>(ControllerCommand command)
        where TReply : ControllerReply
    {
        var reply = await Controller.Ask<TReply>(command, Patience);
        Assert.True(await Cluster.WhenAsync(image => image.Version >= reply.Version, Patience, TimeProvider.System));
        return reply;
    }

    public async Task<Partition> CreateTopic(string name, params (string Name, string Value)[] configs)
    {
        var topic = new NewTopic(
            name,
            TopicId.NewRandom(),
            1,
            1,
            System.Collections.Immutable.ImmutableSortedDictionary<int, System.Collections.Immutable.ImmutableArray<NodeId>>.Empty,
            System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(configs.Select(config => KeyValuePair.Create(config.Name, (string?)config.Value))));
        var reply = await Ask<CreateTopicsReply>(new CreateTopics([topic], false));
        Assert.True(reply.Topics[0].Verdict.IsOk, reply.Topics[0].Verdict.Message);
        await WhenServing(name);
        return Partitions.Find(name, 0)!;
    }

    public Task WhenServing(string topic) => Replicas.Ask(new ReplicaManagerActor.WhenServing([topic]), Patience);

    /// <summary>Stops as SIGTERM does, and starts again on the same directory.</summary>
    public async Task<TestNode> Restart(bool cleanly)
    {
        await Stop(cleanly);
        return new TestNode(directory, storage, replicas);
    }

    public async ValueTask DisposeAsync()
    {
        await Stop(cleanly: false);
        directory.Delete(recursive: true);
    }

    private static ControllerCore NewCore() => new(new ControllerOptions(1, 1, TopicConfigs.Problem, (_, _) => "cannot be changed"));

    private static TopicConfig TypedConfig(ClusterImage image, string topic) =>
        TopicConfig.From(image.ConfigOf(ConfigResource.Topic(topic)), new Dictionary<string, string>());

    public IActorRef Part(Props props, string name) => node.Ask<IActorRef>(new NodeActor.Start(props, name), Patience).GetAwaiter().GetResult();

    private async Task Stop(bool cleanly)
    {
        await system.Terminate();
        if (cleanly)
        {
            logs.Close();
        }

        logs.Dispose();
        Metrics.Dispose();
    }
}
