using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Groups;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;
using ActorBroker.Server;
using ActorBroker.Server.Configs;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Hosting;

/// <summary>The actors of a node, started in the order in which they need each other, and the <see cref="Broker"/> that handlers see of them.</summary>
internal sealed class NodeParts
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(1);

    private readonly IActorRef node;

    private readonly IActorRef controller;
    private readonly BrokerOptions options;

    private NodeParts(IActorRef node, IActorRef controller, BrokerOptions options, Broker broker, GroupCoordinators groups)
    {
        this.node = node;
        this.controller = controller;
        this.options = options;
        Broker = broker;
        Groups = groups;
    }

    public Broker Broker { get; }

    public GroupCoordinators Groups { get; }

    /// <summary>Starts the controller, this node's replicas, and the coordinators of the groups that belong to them.</summary>
    public static async Task<NodeParts> StartAsync(ActorSystem system, BrokerOptions options, LogManager logs, StorageMetrics metrics, TimeProvider time)
    {
        var journal = MetadataJournal.Open(logs, options.Node.Id, time);
        var cluster = new ClusterState(logs.ClusterId, journal.SnapshotImage);
        var configs = new ConfigView(options);
        var node = system.ActorOf(Props.Create(() => new NodeActor()), "node");
        await StartPart(node, JournalReplicaActor.Create(journal, cluster, new SnapshotPolicy(), time), "journal").ConfigureAwait(false);
        var setup = ControllerSetup.Alone(options.Node.Id, journal, cluster, () => new ControllerCore(RulesOf(options)), time);
        var controller = await StartPart(node, ControllerActor.Create(setup), "controller").ConfigureAwait(false);
        var metadata = await StartPart(node, MetadataSubscriberActor.Create(options.Node.Id, cluster, controller, file: null), "metadata").ConfigureAwait(false);
        await metadata.Ask(MetadataSubscriberActor.WhenSynced.Instance, StartTimeout).ConfigureAwait(false);

        var partitions = new PartitionDirectory();
        var settings = new ReplicaSettings(
            options.Node.Id, configs.TypedTopic, TimeSpan.FromMilliseconds(options.Storage.RetentionCheckIntervalMs), time);
        var replicas = await StartPart(node, Props.Create(() => new ReplicaManagerActor(settings, cluster, partitions, logs)), "replicas").ConfigureAwait(false);
        await StartPart(node, Props.Create(() => new StorageActor(logs, options.Storage, time)), "storage").ConfigureAwait(false);
        if (options.Storage.Cleaner.Enabled)
        {
            await StartPart(node, Props.Create(() => new CleanerActor(() => configs.Effective(cluster.Image).Storage.Cleaner, partitions, metrics, time)), "cleaner").ConfigureAwait(false);
        }

        if (options.Storage.Scrub.Enabled)
        {
            await StartPart(node, Props.Create(() => new ScrubberActor(options.Storage.Scrub, logs, metrics)), "scrubber").ConfigureAwait(false);
        }

        var mover = await StartPart(node, Props.Create(() => new MoverActor(() => configs.Effective(cluster.Image).Storage.Mover, logs, partitions, time)), "mover").ConfigureAwait(false);
        var directories = new DataDirectories(options.Storage.DataDirs, logs, mover);

        var groups = new GroupCoordinators(cluster, partitions, options.Node.Id, options.Groups, time);
        await StartPart(node, GroupManagerActor.Create(groups), "groups").ConfigureAwait(false);
        return new NodeParts(node, controller, options, new Broker(options, cluster, partitions, controller, replicas, directories, time), groups);
    }

    /// <summary>Tells the cluster that this node is up, and at which addresses; its first heartbeat lets it lead.</summary>
    /// <exception cref="IOException">The controller refused it.</exception>
    public async Task<BrokerRegistration> RegisterAsync(IEnumerable<BrokerEndpoint> endpoints)
    {
        var command = new RegisterBroker(options.Node.Id, Guid.NewGuid(), [.. endpoints], options.Node.Rack);
        var registration = await AskUntilApplied<BrokerRegistration>(command).ConfigureAwait(false);
        if (!registration.Verdict.IsOk)
        {
            throw new IOException(registration.Verdict.Message);
        }

        await AskUntilApplied<BrokerHeartbeatReply>(
            new BrokerHeartbeat(options.Node.Id, registration.Epoch, Broker.Cluster.Image.Version, WantFence: false, WantShutdown: false, OfflineDirs: [])).ConfigureAwait(false);
        return registration;
    }

    /// <summary>Starts one more part under the node's supervision.</summary>
    public Task<IActorRef> StartPart(Props props, string name) => StartPart(node, props, name);

    private async Task<TReply> AskUntilApplied<TReply>(ControllerCommand command)
        where TReply : ControllerReply
    {
        var reply = await controller.Ask<TReply>(command, StartTimeout).ConfigureAwait(false);
        await Broker.Cluster.WhenAsync(image => image.Version >= reply.Version, StartTimeout, TimeProvider.System).ConfigureAwait(false);
        return reply;
    }

    private static ControllerOptions RulesOf(BrokerOptions options) => new(
        options.Topics.NumPartitions, options.Topics.DefaultReplicationFactor, TopicConfigs.Problem, BrokerConfigs.DynamicProblem)
    {
        TopicConfigDefault = name => options.Topics.Defaults.GetValueOrDefault(name) ?? TopicConfigs.Find(name)?.Default ?? BrokerConfigs.ValueOf(options, name),
        IsListConfig = name => TopicConfigs.IsList(name) || BrokerConfigs.IsList(name),
        BrokerSessionTimeoutMs = options.Cluster.BrokerSessionTimeoutMs,
        LeaderImbalancePerBrokerPercentage = options.Cluster.LeaderImbalancePerBrokerPercentage,
    };

    private static Task<IActorRef> StartPart(IActorRef node, Props props, string name) =>
        node.Ask<IActorRef>(new NodeActor.Start(props, name), StartTimeout);
}
