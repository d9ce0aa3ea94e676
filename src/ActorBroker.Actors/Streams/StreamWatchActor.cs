using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Membership;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Runtime;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// Looks after the node's links and replication streams, <c>/user/node/replication</c>: links to all brokers of the image are kept up, leaders that want it are ticked, replicas and the cluster are told of
/// broken links, and what is for replicas that are not here is refused.
/// Supervision: restarted; streams notice what was lost.
/// </summary>
public sealed class StreamWatchActor : UntypedActor, IWithTimers
{
    /// <summary>A link that breaks again and again is good when it has not broken for so long.</summary>
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(1);

    private readonly PartitionDirectory partitions;
    private readonly ReplicationSettings settings;
    private readonly LinkReceiver receiver;
    private readonly ImagePeers peers;
    private readonly NodeId self;
    private readonly Action<IReadOnlyDictionary<NodeId, HostPort>> setPeers;
    private readonly ILoggingAdapter log = Context.GetLogger();

    /// <summary>Nodes whose links were said to be broken and are not good again.</summary>
    private readonly HashSet<NodeId> broken = [];

    /// <summary>Brokers without an address for links, which the log was told of.</summary>
    private readonly HashSet<NodeId> unreachable = [];

    /// <param name="setPeers">Tells the links which nodes there are.</param>
    public StreamWatchActor(NodeId self, PartitionDirectory partitions, ReplicationSettings settings, LinkReceiver receiver, ImagePeers peers, Action<IReadOnlyDictionary<NodeId, HostPort>> setPeers)
    {
        this.self = self;
        this.partitions = partitions;
        this.settings = settings;
        this.receiver = receiver;
        this.peers = peers;
        this.setPeers = setPeers;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>A node that took no more pushes takes some again.</summary>
    internal sealed record Room(NodeId Node);

    private sealed record Steady(NodeId Node);

    private sealed record TickDue
    {
        public static TickDue Instance { get; } = new();
    }

    private sealed record OffsetsDue
    {
        public static OffsetsDue Instance { get; } = new();
    }

    public static Props Create(
        NodeId self, PartitionDirectory partitions, ReplicationSettings settings, LinkReceiver receiver, ImagePeers peers, Action<IReadOnlyDictionary<NodeId, HostPort>> setPeers) =>
        ActorProps.Of(() => new StreamWatchActor(self, partitions, settings, receiver, peers, setPeers));

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(MetadataChanged));
        receiver.Attach(Context.System, self, partitions, Self, settings.Region);
        settings.Ticks.WakeBy(Self);
        settings.Offsets.WakeBy(Self);
        OnImage(peers.Image);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ReplicationTicks.Wanted wanted when ReferenceEquals(wanted.By, settings.Ticks):
                Timers.StartSingleTimer(nameof(TickDue), TickDue.Instance, settings.TickInterval);
                break;
            case ReplicationTicks.Wanted:
                Timers.StartSingleTimer(nameof(OffsetsDue), OffsetsDue.Instance, settings.OffsetsInterval);
                break;
            case TickDue or Room:
                settings.Ticks.TickAll(ReplicaActor.ReplicationTick.Instance);
                break;
            case OffsetsDue:
                settings.Offsets.TickAll(ReplicaActor.TellOffsets.Instance, isOnce: true);
                break;
            case MetadataChanged changed when changed.Events.Any(static change => change is BrokerRegistered or BrokerUnregistered):
                OnImage(changed.Image);
                break;
            case MetadataChanged:
                break;
            case LinkNews news:
                OnNews(news);
                break;
            case Steady steady when broken.Remove(steady.Node):
                log.Info("the links with node {0} are good again", steady.Node);
                break;
            case ReplicationMessage stray:
                Refuse(stray);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void OnImage(ClusterImage image)
    {
        var links = ImagePeers.LinksOf(image);
        foreach (var broker in image.Brokers.Keys)
        {
            if (!links.ContainsKey(broker) && unreachable.Add(broker))
            {
                log.Warning("broker {0} is registered without an address for links ({1}): nothing is replicated with it until it is restarted with this version", broker, ImagePeers.LinkListener);
            }
        }

        unreachable.ExceptWith(links.Keys);
        setPeers(links);
    }

    private void OnNews(LinkNews news)
    {
        switch (news)
        {
            case LinkUp:
                OnUp(news);
                break;
            case LinkBroken:
                OnBroken(news);
                break;
            case LinkProcessEnded { IsReplaced: false } when peers.AddressOf(news.Node) is { } address:
                Context.System.EventStream.Publish(new PeerEnded(address, news.Node, news.Reason));
                break;
            case LinkProcessEnded:
                log.Info("the process of node {0} has ended: {1}", news.Node, news.Reason);
                break;
            default:
                log.Warning("{0}", news.Reason);
                break;
        }
    }

    private void OnUp(LinkNews news)
    {
        if (broken.Contains(news.Node))
        {
            Timers.StartSingleTimer(news.Node, new Steady(news.Node), SteadyAfter);
        }

        // Leaders with something for the node need not wait for their next tick.
        settings.Ticks.TickAll(ReplicaActor.ReplicationTick.Instance);
    }

    private void OnBroken(LinkNews news)
    {
        Timers.Cancel(news.Node);
        if (broken.Add(news.Node))
        {
            log.Info("{0}", news.Reason);
        }

        var lost = new ReplicaActor.StreamLost(news.Node);
        foreach (var partition in partitions.All)
        {
            if (partition.HasReplicaOn(news.Node))
            {
                partition.Replica.Tell(lost, ActorRefs.NoSender);
            }
        }
    }

    private void Refuse(ReplicationMessage message)
    {
        (message as PushMessage)?.Payload?.Dispose();
        if (message is MessageToFollower)
        {
            var refusal = new Refusal(message.Stream, RefusalReason.NoReplica, LeaderEpoch.Unknown);
            settings.Streams.Tell(message.Stream.Leader, new RefusalMessage(message.Partition, refusal));
        }
    }
}
