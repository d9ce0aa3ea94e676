using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Actors.Bootstrap;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;

namespace ActorBroker.Hosting;

/// <summary>What knows the cluster: the node's copy of the metadata journal, the controller or the way to it, and the image that follows.</summary>
/// <param name="Controller">To ask with commands: this node's controller, or whichever node's it is just now.</param>
internal sealed record MetadataParts(ClusterState Cluster, IActorRef Controller)
{
    private const string SingletonManager = "controller";
    public const string ControllerRole = "controller";

    /// <summary>Two controllers for a while do no harm, since a new one's epoch stops the other's decisions: nobody waits for the end of one that fell silent. Zero would stand for the cluster's margin.</summary>
    private static readonly TimeSpan RemovalMargin = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan AbsenceLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ImageFileInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TickAlone = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Starts them, and waits until the image is as new as the controller's: for the first time that takes a majority of the controllers.</summary>
    public static async Task<MetadataParts> StartAsync(NodeStart start, Func<ControllerCore> core, CancellationToken stop)
    {
        var (options, logs) = (start.Options, start.Logs);
        var isController = options.Node.Roles.HasFlag(NodeRoles.Controller);
        ImageFile? file = null;
        MetadataJournal? journal = null;
        ClusterState cluster;
        if (isController)
        {
            journal = MetadataJournal.Open(logs, options.Node.Id, start.Time);
            cluster = new ClusterState(logs.ClusterId, journal.SnapshotImage, journal.Earlier);
        }
        else
        {
            file = ImageFile.Open(logs, start.Time, ImageFileInterval, out var image);
            cluster = new ClusterState(logs.ClusterId, image, EarlierReplicas.Of(logs, options.Node.Id));
            cluster.Earlier.NoteOwn(image);
            cluster.Earlier.EndOwn(image.Version);
        }

        if (journal is not null)
        {
            await start.StartPart(JournalReplicaActor.Create(journal, cluster, PolicyOf(options.Cluster.Quorum), start.Time), "journal").ConfigureAwait(false);
        }

        var controller = options.Cluster.IsClustered
            ? await StartInCluster(start, journal, cluster, core).ConfigureAwait(false)
            : await start.StartPart(ControllerSupervisor.Create(Alone(start, journal!, cluster, core)), "controller").ConfigureAwait(false);
        var metadata = await start.StartPart(MetadataSubscriberActor.Create(options.Node.Id, cluster, controller, file), "metadata").ConfigureAwait(false);
        await metadata.Ask(MetadataSubscriberActor.WhenSynced.Instance, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        return new MetadataParts(cluster, controller);
    }

    /// <summary>Joins the cluster; the controller is a singleton on the nodes of that role, and everybody finds it through a proxy.</summary>
    private static async Task<IActorRef> StartInCluster(NodeStart start, MetadataJournal? journal, ClusterState cluster, Func<ControllerCore> core)
    {
        var (system, options) = (start.System, start.Options);
        system.ActorOf(ActorProps.Of(() => new BootstrapActor(options.Node.Id, options.Cluster.Voters, start.Time)), BootstrapActor.Name);
        if (journal is not null)
        {
            var setup = WithLimits(new ControllerSetup(options.Node.Id, Journals(options), journal, cluster, core, start.Time), options.Cluster.Quorum) with { Regularly = Regularly(options.Cluster) };
            ControllerPersistence.Of(system).Provide(setup);
            var settings = ClusterSingletonManagerSettings.Create(system).WithRole(ControllerRole).WithRemovalMargin(RemovalMargin);
            system.ActorOf(ClusterSingletonManager.Props(ControllerSupervisor.Create(setup), PoisonPill.Instance, settings), SingletonManager);
        }

        var proxy = system.ActorOf(
            ClusterSingletonProxy.Props($"/user/{SingletonManager}", ClusterSingletonProxySettings.Create(system).WithRole(ControllerRole)), SingletonManager + "-proxy");
        if (journal is not null)
        {
            await start.StartPart(ActorProps.Of(() => new BrokerWatchActor(options.Node.Id, cluster, proxy, AbsenceLimit, start.Time)), "watch").ConfigureAwait(false);
        }

        return proxy;
    }

    /// <summary>Nobody else is to be missed soon, and nothing is lost on the way to oneself: decisions do not wait for ticks, so they may be rare, and an idle node is cheap.</summary>
    private static ControllerSetup Alone(NodeStart start, MetadataJournal journal, ClusterState cluster, Func<ControllerCore> core)
    {
        var setup = WithLimits(ControllerSetup.Alone(start.Options.Node.Id, journal, cluster, core, start.Time), start.Options.Cluster.Quorum);
        return setup with { Tick = setup.Tick > TickAlone ? setup.Tick : TickAlone };
    }

    private static SnapshotPolicy PolicyOf(QuorumOptions quorum) => new(quorum.SnapshotMaxBytes, quorum.SnapshotMaxRecords);

    private static ControllerSetup WithLimits(ControllerSetup setup, QuorumOptions quorum) => setup with
    {
        Tick = TimeSpan.FromMilliseconds(quorum.TickMs),
        MaxWaiting = quorum.MaxWaiting,
        MaxBatchesInFlight = quorum.MaxBatchesInFlight,
        MaxEventsOfBatch = quorum.MaxEventsOfBatch,
    };

    private static ImmutableDictionary<NodeId, string> Journals(BrokerOptions options) => options.Cluster.Voters.ToImmutableDictionary(
        voter => voter.Id,
        voter => voter.Id == options.Node.Id ? ControllerSetup.JournalPath : $"akka.tcp://{ClusterHocon.SystemName}@{voter.Address}{ControllerSetup.JournalPath}");

    private static ImmutableArray<(ControllerCommand Command, TimeSpan Interval)> Regularly(ClusterOptions cluster) =>
    [
        (new ExpireSessions(), ExpiryInterval),
        .. cluster.AutoLeaderRebalance ? [(new BalanceLeaders(), TimeSpan.FromMilliseconds(cluster.LeaderImbalanceCheckIntervalMs))] : Array.Empty<(ControllerCommand, TimeSpan)>(),
    ];
}
