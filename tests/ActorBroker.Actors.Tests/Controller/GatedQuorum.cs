using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;
using Akka.Actor;
using Akka.Configuration;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>A controller and three journal replicas with disks of their own, in one actor system: what the controller sends to a replica goes through a gate that a test may close.</summary>
internal sealed class GatedQuorum : IAsyncDisposable
{
    private static readonly NodeId Self = new(1);

    private readonly ImmutableArray<(DirectoryInfo Directory, LogManager Logs)> disks;
    private readonly Func<ControllerSetup, ControllerSetup> change;
    private readonly IActorRef proxy;

    private GatedQuorum(IEnumerable<DirectoryInfo> directories, Func<ControllerSetup, ControllerSetup>? change, string hocon, IFileSystem? disk, bool isOpen)
    {
        this.change = change ?? (setup => setup);
        System = ActorSystem.Create("gated", ConfigurationFactory.ParseString(hocon)
            .WithFallback(ConfigurationFactory.ParseString("akka { stdout-loglevel = OFF, loggers = [] }")).WithFallback(ConfigurationFactory.ParseString(ControllerPersistence.Hocon)));
        disks = [.. directories.Select((directory, index) => (directory, Open(directory, new NodeId(index + 1), index == 0 ? disk : null)))];
        var journals = disks.Select((at, index) => MetadataJournal.Open(at.Logs, new NodeId(index + 1), TimeProvider.System)).ToList();
        Journal = journals[0];
        Cluster = new ClusterState(disks[0].Logs.ClusterId, Journal.SnapshotImage);
        Replicas = [.. journals.Select((journal, index) => System.ActorOf(
            JournalReplicaActor.Create(journal, index == 0 ? Cluster : new ClusterState(Cluster.ClusterId, ClusterImage.Empty), new SnapshotPolicy(), TimeProvider.System), $"journal-{index + 1}"))];
        Gates = [.. Replicas.Select((replica, index) => System.ActorOf(Props.Create(() => new Gate(replica, isOpen || index == 0)), $"gate-{index + 1}"))];
        proxy = System.ActorOf(Props.Create(() => new ControllerProxy()), "proxy");
        StartController();
        System.ActorOf(MetadataSubscriberActor.Create(Self, Cluster, proxy, file: null), "metadata");
    }

    public ActorSystem System { get; }

    public MetadataJournal Journal { get; }

    public ClusterState Cluster { get; }

    public ImmutableArray<IActorRef> Replicas { get; }

    public ImmutableArray<IActorRef> Gates { get; }

    public IActorRef Controller { get; private set; } = null!;

    /// <param name="count">Replicas.</param>
    /// <param name="disk">That of the controller's node.</param>
    /// <param name="isOpen">Whether messages get to the others from the beginning; to its own node's they always do.</param>
    public static GatedQuorum Start(
        int count = 3, Func<ControllerSetup, ControllerSetup>? change = null, string hocon = "", IFileSystem? disk = null, bool isOpen = true) =>
        new([.. Enumerable.Range(0, count).Select(_ => Scratch.Create("gated-test-"))], change, hocon, disk, isOpen);

    /// <summary>A quorum of one over an existing directory.</summary>
    public static GatedQuorum Over(DirectoryInfo directory) => new([directory], null, "", null, true);

    public void StartController()
    {
        var paths = Gates.Select((gate, index) => (Node: new NodeId(index + 1), Path: gate.Path.ToStringWithoutAddress())).ToImmutableDictionary(gate => gate.Node, gate => gate.Path);
        var setup = change(new ControllerSetup(Self, paths, Journal, Cluster, NewCore, TimeProvider.System));
        Controller = System.ActorOf(ControllerSupervisor.Create(setup));
        proxy.Tell(new ControllerProxy.Moved(Controller.Path.ToStringWithoutAddress()));
    }

    /// <summary>Holds back what goes to the other nodes' replicas.</summary>
    public void Close() => Tell(Gate.Close.Instance);

    /// <summary>Lets it through, in order.</summary>
    public void Open() => Tell(Gate.Open.Instance);

    public Task<ControllerReply> Register(int broker) => Ask(QuorumCluster.Registration(broker));

    public Task<ControllerReply> Ask(ControllerCommand command) => Controller.Ask<ControllerReply>(command, Eventually.Deadline);

    public async Task<QuorumDescription> Describe() => (QuorumDescription)await Ask(new DescribeQuorum());

    public async Task WhenServing() => await Eventually.Holds(async () => (await Describe()).Leader == Self);

    public async ValueTask DisposeAsync()
    {
        await System.Terminate();
        foreach (var (directory, logs) in disks)
        {
            logs.Dispose();
            directory.Delete(recursive: true);
        }
    }

    private void Tell(object message)
    {
        foreach (var gate in Gates.Skip(1))
        {
            gate.Tell(message);
        }
    }

    private static LogManager Open(DirectoryInfo directory, NodeId node, IFileSystem? disk)
    {
        var options = new LogManagerOptions { Directories = [directory.FullName], NodeId = node, NewClusterId = "gated-cluster", ConfigOf = _ => MetadataJournal.Config };
        return LogManager.Open(disk is null ? options : options with { FileSystem = disk });
    }

    private static ControllerCore NewCore() => new(new ControllerOptions(1, 1, TopicConfigs.Problem, (_, _) => "cannot be changed"));

    private sealed class Gate : ReceiveActor
    {
        private readonly Queue<(object Message, IActorRef Sender)> held = new();
        private bool lets;

        public Gate(IActorRef replica, bool isOpen)
        {
            lets = isOpen;
            Receive<Close>(_ => lets = false);
            Receive<Open>(_ =>
            {
                lets = true;
                while (held.TryDequeue(out var letter))
                {
                    replica.Tell(letter.Message, letter.Sender);
                }
            });
            ReceiveAny(message =>
            {
                if (lets)
                {
                    replica.Forward(message);
                }
                else
                {
                    held.Enqueue((message, Sender));
                }
            });
        }

        public sealed record Close
        {
            public static Close Instance { get; } = new();
        }

        public sealed record Open
        {
            public static Open Instance { get; } = new();
        }
    }
}
