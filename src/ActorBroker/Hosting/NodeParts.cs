using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Actors.Groups;
using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using ActorBroker.Server;
using ActorBroker.Server.Configs;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Cluster;

namespace ActorBroker.Hosting;

/// <summary>The actors of a broker, started in the order in which they need each other, and the <see cref="Broker"/> that handlers see of them.</summary>
internal sealed class NodeParts
{
    private readonly NodeStart start;
    private readonly IActorRef lifecycle;

    private NodeParts(NodeStart start, IActorRef lifecycle, Broker broker, GroupCoordinators groups)
    {
        this.start = start;
        this.lifecycle = lifecycle;
        Broker = broker;
        Groups = groups;
    }

    public Broker Broker { get; }

    public GroupCoordinators Groups { get; }

    /// <summary>Starts this node's replicas, which wait for its registration, and the coordinators of the groups that belong to them.</summary>
    public static async Task<NodeParts> StartAsync(NodeStart start, MetadataParts metadata)
    {
        var (options, logs, time) = (start.Options, start.Logs, start.Time);
        var (cluster, controller) = metadata;
        var configs = new ConfigView(options);
        var identity = new BrokerIdentity(
            options.Node.Id, logs.ClusterId, Guid.NewGuid(), options.Node.Rack, BrokerEpochFile.Previous(logs), [.. logs.Directories.Select(directory => directory.State.Id.Value)]);
        var heartbeats = TimeSpan.FromMilliseconds(options.Cluster.BrokerHeartbeatIntervalMs);
        var lifecycle = await start.StartPart(ActorProps.Of(() => new BrokerLifecycleActor(
            identity, cluster, controller, heartbeats, () => OfflineDirs(logs), () => IsFull(logs), () => HasControllers(start))), "lifecycle").ConfigureAwait(false);
        foreach (var directory in logs.Directories)
        {
            directory.State.RoomChanged += () => lifecycle.Tell(BrokerLifecycleActor.RoomChanged.Instance, ActorRefs.NoSender);
        }

        var partitions = new PartitionDirectory();
        var settings = new ReplicaSettings(
            options.Node.Id, configs.TypedTopic, TimeSpan.FromMilliseconds(options.Storage.RetentionCheckIntervalMs), time)
        {
            Incarnation = identity.IncarnationId,
            Restarts = RestartsOf(options.Replicas),
            ProducerIdExpirationMs = options.Producers.IdExpirationMs,
            ProducerExpiryInterval = TimeSpan.FromMilliseconds(options.Producers.IdExpirationCheckIntervalMs),
            Replication = options.Cluster.IsClustered ? Replication(start, metadata) : null,
        };
        if (settings.Replication is { } replication)
        {
            var region = await ReplicaSharding.StartAsync(start.System, logs, settings).ConfigureAwait(false);
            settings = settings with { Region = region };
            await start.StartPart(
                StreamWatchActor.Create(options.Node.Id, partitions, replication with { Region = region }, start.Links!.Receiver, new ImagePeers(cluster), start.Links.Network.SetPeers), "replication").ConfigureAwait(false);
        }

        await start.StartPart(ActorProps.Of(() => new FailureActor(identity, cluster, controller, partitions, logs)), "failures").ConfigureAwait(false);
        var replicas = await start.StartPart(ActorProps.Of(() => new ReplicaManagerActor(settings, cluster, partitions, logs)), "replicas").ConfigureAwait(false);
        var directories = await StartStorage(start, configs, metadata, partitions).ConfigureAwait(false);
        var groups = new GroupCoordinators(cluster, partitions, options.Node.Id, options.Groups, time);
        await start.StartPart(GroupManagerActor.Create(groups), "groups").ConfigureAwait(false);
        return new NodeParts(start, lifecycle, new Broker(options, cluster, partitions, controller, replicas, directories, time), groups);
    }

    /// <summary>The controller's rules that come from the settings.</summary>
    public static ControllerOptions RulesOf(BrokerOptions options, string clusterId) => new(
        options.Topics.NumPartitions, options.Topics.DefaultReplicationFactor, TopicConfigs.Problem, BrokerConfigs.DynamicProblem)
    {
        TopicConfigDefault = name => options.Topics.Defaults.GetValueOrDefault(name) ?? TopicConfigs.Find(name)?.Default ?? BrokerConfigs.ValueOf(options, name),
        IsListConfig = name => TopicConfigs.IsList(name) || BrokerConfigs.IsList(name),
        BrokerSessionTimeoutMs = options.Cluster.BrokerSessionTimeoutMs,
        LeaderImbalancePerBrokerPercentage = options.Cluster.LeaderImbalancePerBrokerPercentage,
        ClusterId = clusterId,
        Flapping = new FlappingRule(options.Cluster.Flapping.Limit, options.Cluster.Flapping.WindowMs, options.Cluster.Flapping.PauseMs, options.Cluster.Flapping.MaxPauseMs),
    };

    /// <summary>Tells the cluster that this broker is up, and at which addresses; waits until it may lead.</summary>
    public async Task<BrokerEpoch> JoinAsync(IEnumerable<BrokerEndpoint> endpoints, CancellationToken stop)
    {
        var (control, links) = (start.Options.Cluster.Advertised, start.Options.Cluster.Links.Advertised);
        var all = start.Options.Cluster.IsClustered
            ? endpoints.Append(new BrokerEndpoint(ImagePeers.Listener, control.Host, control.Port)).Append(new BrokerEndpoint(ImagePeers.LinkListener, links.Host, links.Port > 0 ? links.Port : start.Links!.Network.Port))
            : endpoints;
        var joined = await lifecycle.Ask<BrokerLifecycleActor.Joined>(new BrokerLifecycleActor.Join([.. all]), Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        BrokerEpochFile.Write(start.Logs, joined.Epoch);
        return joined.Epoch;
    }

    /// <summary>Lets others lead what this broker leads, for as long as the settings allow.</summary>
    /// <returns>Whether nothing is led here any more.</returns>
    public async Task<bool> LeaveAsync()
    {
        try
        {
            await lifecycle.Ask(BrokerLifecycleActor.Leave.Instance, TimeSpan.FromMilliseconds(start.Options.Node.ShutdownTimeoutMs)).ConfigureAwait(false);
            return true;
        }
        catch (AskTimeoutException)
        {
            return false;
        }
    }

    private static ImmutableArray<Guid> OfflineDirs(LogManager logs) =>
        [.. logs.Directories.Where(directory => directory.State.IsOffline).Select(directory => directory.State.Id.Value)];

    private static ReplicaRestarts RestartsOf(ReplicaOptions options) => new(
        TimeSpan.FromMilliseconds(options.RestartPauseMs), TimeSpan.FromMilliseconds(options.RestartMaxPauseMs), options.RestartLimit, TimeSpan.FromMilliseconds(options.RestartWindowMs));

    /// <summary>Whether most controller nodes are members of the cluster, and do not leave it.</summary>
    private static bool HasControllers(NodeStart start)
    {
        // A lambda would be kept in a field of its type, with which every node would load the clustering.
        var present = 0;
        foreach (var member in Cluster.Get(start.System).State.Members)
        {
            present += member.HasRole(MetadataParts.ControllerRole) && member.Status is not (MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed) ? 1 : 0;
        }

        return present > start.Options.Cluster.Voters.Count / 2;
    }

    private static bool IsFull(LogManager logs) => logs.Directories.All(static directory => directory.State.IsOffline || directory.State.IsFull);

    private static ReplicationSettings Replication(NodeStart start, MetadataParts metadata)
    {
        var options = start.Options.Cluster.Replication;
        var leader = new LeaderSettings { LagTimeMaxMs = options.LagTimeMaxMs, WindowBytes = options.WindowBytes, ReadBytes = options.PushMaxBytes };
        return new ReplicationSettings(new ReplicationStreams(start.Links!.Network), metadata.Controller, leader)
        {
            PushBytes = options.PushMaxBytes,
            Throttles = new ReplicationThrottles(start.Options.Node.Id, metadata.Cluster, start.Time),
            CatchUp = options.CatchUpBytesPerSecond > 0 ? new BandwidthLimit(options.CatchUpBytesPerSecond) : BandwidthLimit.None,
        };
    }

    private static async Task<DataDirectories> StartStorage(NodeStart start, ConfigView configs, MetadataParts metadata, PartitionDirectory partitions)
    {
        var (options, logs, metrics, time) = (start.Options, start.Logs, start.Metrics, start.Time);
        var cluster = metadata.Cluster;
        await start.StartPart(ActorProps.Of(() => new StorageActor(logs, options.Storage, time)), "storage").ConfigureAwait(false);
        if (options.Storage.Cleaner.Enabled)
        {
            await start.StartPart(ActorProps.Of(() => new CleanerActor(() => configs.Effective(cluster.Image).Storage.Cleaner, partitions, metrics, time)), "cleaner").ConfigureAwait(false);
        }

        if (options.Storage.Scrub.Enabled)
        {
            await start.StartPart(ActorProps.Of(() => new ScrubberActor(options.Storage.Scrub, logs, metrics, partitions)), "scrubber").ConfigureAwait(false);
        }

        var mover = await start.StartPart(ActorProps.Of(() => new MoverActor(() => configs.Effective(cluster.Image).Storage.Mover, logs, partitions, time)), "mover").ConfigureAwait(false);
        return new DataDirectories(options.Storage.DataDirs, logs, mover);
    }
}
