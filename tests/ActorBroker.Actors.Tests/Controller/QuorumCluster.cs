using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Node;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>A controller node with a network on 127.0.0.1: its journal replica, its image, and the controller where it is started.</summary>
internal sealed class QuorumClusterNode(NodeId id, DirectoryInfo directory, int port)
{
    private const string Hocon = """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          log-dead-letters = off
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", maximum-frame-size = 4MiB }
        }
        """;

    private LogManager? logs;
    private MetadataJournal? journal;
    private IActorRef? node;

    public NodeId Id => id;

    public DirectoryInfo Directory => directory;

    public ActorSystem System { get; private set; } = null!;

    public bool IsUp => logs is not null;

    public ClusterState Cluster { get; private set; } = null!;

    public IActorRef Proxy { get; private set; } = null!;

    public Address Address { get; private set; } = null!;

    public LogManager Logs => logs!;

    public void StartSystem()
    {
        System = ActorSystem.Create("quorum", ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.port = {Address?.Port ?? port}")
            .WithFallback(ConfigurationFactory.ParseString(Hocon)).WithFallback(ConfigurationFactory.ParseString(ControllerHocon.Text))
            .WithFallback(ConfigurationFactory.ParseString(ControllerPersistence.Hocon)));
        Address = ((ExtendedActorSystem)System).Provider.DefaultAddress;
    }

    public void StartJournal(SnapshotPolicy policy)
    {
        logs = LogManager.Open(new LogManagerOptions { Directories = [directory.FullName], NodeId = id, ClusterId = "quorum-cluster", ConfigOf = _ => MetadataJournal.Config });
        journal = MetadataJournal.Open(logs, id, TimeProvider.System);
        Cluster = new ClusterState(logs.ClusterId, journal.SnapshotImage);
        node = System.ActorOf(Props.Create(() => new NodeActor()), "node");
        Part(JournalReplicaActor.Create(journal, Cluster, policy, TimeProvider.System), "journal");
        Proxy = System.ActorOf(Props.Create(() => new ControllerProxy()), "proxy");
        Part(MetadataSubscriberActor.Create(id, Cluster, Proxy, file: null), "metadata");
    }

    public IActorRef StartController(ImmutableDictionary<NodeId, string> journals) => Part(
        ControllerSupervisor.Create(new ControllerSetup(id, journals, journal!, Cluster, NewCore, TimeProvider.System) { Tick = TimeSpan.FromMilliseconds(20) }), $"controller-{Guid.NewGuid():N}");

    public void StopController(IActorRef controller) => System.Stop(controller);

    /// <summary>The process dies: nothing is flushed or closed.</summary>
    public async Task Kill()
    {
        await System.Terminate();
        logs?.Dispose();
        logs = null;
    }

    public void LoseDisk()
    {
        directory.Delete(recursive: true);
        directory.Create();
    }

    private static ControllerCore NewCore() => new(new ControllerOptions(1, 1, TopicConfigs.Problem, (_, _) => "cannot be changed"));

    private IActorRef Part(Props props, string name) => node.Ask<IActorRef>(new NodeActor.Start(props, name), Eventually.Deadline).GetAwaiter().GetResult();
}

/// <summary>Several controller nodes in one process, each with its own actor system, network address and disk; the controller runs where the test says.</summary>
internal sealed class QuorumCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SnapshotPolicy policy;
    private IActorRef? controller;
    private NodeId controllerNode = NodeId.None;

    private QuorumCluster(int count, SnapshotPolicy policy)
    {
        this.policy = policy;
        Nodes = [.. Enumerable.Range(1, count).Select(id => new QuorumClusterNode(new NodeId(id), Scratch.Create("quorum-test-"), 0))];
    }

    public ImmutableArray<QuorumClusterNode> Nodes { get; }

    private ImmutableDictionary<NodeId, string> Journals => Nodes.ToImmutableDictionary(node => node.Id, node => $"{node.Address}{ControllerSetup.JournalPath}");

    public static QuorumCluster Start(int count, SnapshotPolicy? policy = null)
    {
        var cluster = new QuorumCluster(count, policy ?? new SnapshotPolicy());
        foreach (var node in cluster.Nodes)
        {
            node.StartSystem();
        }

        foreach (var node in cluster.Nodes)
        {
            node.StartJournal(cluster.policy);
        }

        return cluster;
    }

    /// <summary>Starts a controller on a node and tells all nodes, or all but one; an earlier one, which it returns, is left as it is.</summary>
    public IActorRef? MoveController(QuorumClusterNode to, QuorumClusterNode? untold = null)
    {
        var earlier = controller;
        controller = to.StartController(Journals);
        controllerNode = to.Id;
        foreach (var node in Nodes.Where(node => node.IsUp && node != untold))
        {
            node.Proxy.Tell(new ControllerProxy.Moved($"{to.Address}{controller.Path.ToStringWithoutAddress()}"));
        }

        return earlier;
    }

    public void Restart(QuorumClusterNode node)
    {
        node.StartSystem();
        node.StartJournal(policy);
        if (controller is not null)
        {
            node.Proxy.Tell(new ControllerProxy.Moved($"{Nodes.Single(other => other.Id == controllerNode).Address}{controller.Path.ToStringWithoutAddress()}"));
        }
    }

    public Task<ControllerReply> Ask(QuorumClusterNode from, ControllerCommand command, TimeSpan? patience = null) =>
        from.Proxy.Ask<ControllerReply>(command, patience ?? Patience);

    public Task<ControllerReply> Register(QuorumClusterNode from, int broker) =>
        Ask(from, Registration(broker));

    public static RegisterBroker Registration(int broker) =>
        new(new NodeId(broker), Guid.NewGuid(), [new BrokerEndpoint("PLAINTEXT", "127.0.0.1", 9092)], null);

    public async Task<QuorumDescription> Describe(QuorumClusterNode from) => (QuorumDescription)await Ask(from, new DescribeQuorum());

    /// <summary>Waits until a node's image has a broker.</summary>
    public static async Task WhenKnown(QuorumClusterNode node, int broker) => Assert.True(
        await node.Cluster.WhenAsync(image => image.Brokers.ContainsKey(new NodeId(broker)), Patience, TimeProvider.System), $"node {node.Id} does not know broker {broker}");

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.Kill();
            node.Directory.Delete(recursive: true);
        }
    }
}
