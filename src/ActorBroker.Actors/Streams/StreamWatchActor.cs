using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// Looks after the node's replication streams: ticks the leaders that want it, tells replicas of broken connections, and refuses what is for
/// replicas that are not here.
/// Supervision: restarted; streams notice what was lost.
/// </summary>
internal sealed class StreamWatchActor : UntypedActor, IWithTimers
{
    /// <summary>A stream has several connections, which break and come back one after the other: it is good when none has broken for so long.</summary>
    private static readonly TimeSpan SteadyAfter = TimeSpan.FromSeconds(1);

    private readonly PartitionDirectory partitions;
    private readonly ReplicationSettings settings;
    private readonly ILoggingAdapter log = Context.GetLogger();

    /// <summary>Of streams that were said to be broken and are not good again.</summary>
    private readonly HashSet<Address> broken = [];

    public StreamWatchActor(PartitionDirectory partitions, ReplicationSettings settings)
    {
        this.partitions = partitions;
        this.settings = settings;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Steady(Address Address);

    private sealed record TickDue
    {
        public static TickDue Instance { get; } = new();
    }

    private sealed record OffsetsDue
    {
        public static OffsetsDue Instance { get; } = new();
    }

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DisassociatedEvent));
        Context.System.EventStream.Subscribe(Self, typeof(AssociatedEvent));
        settings.Ticks.WakeBy(Self);
        settings.Offsets.WakeBy(Self);
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
            case TickDue:
                settings.Ticks.TickAll(ReplicaActor.ReplicationTick.Instance);
                break;
            case OffsetsDue:
                settings.Offsets.TickAll(ReplicaActor.TellOffsets.Instance, isOnce: true);
                break;
            case DisassociatedEvent lost:
                OnBroken(lost.RemoteAddress);
                break;
            case AssociatedEvent connected:
                AwaitSteady(connected.RemoteAddress);
                break;
            case Steady steady:
                OnSteady(steady.Address);
                break;
            case ReplicationMessage stray:
                Refuse(stray);
                break;
            default:
                Unhandled(message);
                break;
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

    private void OnBroken(Address address)
    {
        var nodes = settings.Streams.NodesAt(address).ToArray();
        broken.RemoveWhere(known => !settings.Streams.NodesAt(known).Any());
        var isNews = nodes.Length > 0 && broken.Add(address);
        if (Timers.IsTimerActive(address))
        {
            AwaitSteady(address);
        }

        foreach (var node in nodes)
        {
            if (isNews)
            {
                log.Info("the stream with node {0} at {1} broke", node, address);
            }

            TellReplicasWith(node, new ReplicaActor.StreamLost(node));
        }
    }

    private void AwaitSteady(Address address)
    {
        if (broken.Contains(address))
        {
            Timers.StartSingleTimer(address, new Steady(address), SteadyAfter);
        }
    }

    private void OnSteady(Address address)
    {
        if (!broken.Remove(address))
        {
            return;
        }

        foreach (var node in settings.Streams.NodesAt(address))
        {
            log.Info("the stream with node {0} at {1} is good again", node, address);
        }
    }

    private void TellReplicasWith(NodeId node, ReplicaActor.StreamLost news)
    {
        foreach (var partition in partitions.All)
        {
            if (partition.HasReplicaOn(node))
            {
                partition.Replica.Tell(news, ActorRefs.NoSender);
            }
        }
    }
}
