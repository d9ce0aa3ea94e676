#nullable disable
using Akka.Actor;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Cluster;

/// <summary>/system/cluster/heartbeat-receiver: answers that this node lives.</summary>
internal sealed class ClusterHeartbeatReceiver : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly Cluster _cluster;

    public ClusterHeartbeatReceiver(Cluster cluster) => _cluster = cluster;

    public static Props Props(Cluster cluster) => Akka.Actor.Props.Create(() => new ClusterHeartbeatReceiver(cluster));

    protected override void OnReceive(object message)
    {
        if (message is ClusterWire.Heartbeat heartbeat) Sender.Tell(new ClusterWire.HeartbeatRsp(_cluster.SelfUniqueAddress, heartbeat.SequenceNr), Self);
        else Unhandled(message);
    }
}

/// <summary>/system/cluster/heartbeat-sender: asks this node's neighbours on the ring, and feeds the failure detector with their answers.</summary>
internal sealed class ClusterHeartbeatSender : UntypedActor, IWithTimers, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly Cluster _cluster;
    private readonly ClusterSettings _settings;
    private readonly Dictionary<UniqueAddress, IActorRef> _watched = [];
    private long _sequenceNr;
    private TimeSpan _lastTick;

    public ClusterHeartbeatSender(Cluster cluster)
    {
        _cluster = cluster;
        _settings = cluster.Settings;
    }

    public ITimerScheduler Timers { get; set; }

    public static Props Props(Cluster cluster) => Akka.Actor.Props.Create(() => new ClusterHeartbeatSender(cluster));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, _settings.HeartbeatInterval);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Tick:
                SendHeartbeats();
                break;
            case ClusterWire.HeartbeatRsp response:
                if (_watched.ContainsKey(response.From)) _cluster.FailureDetector.Heartbeat(response.From.Address);
                break;
            case ExpectedFirst expected:
                // Silence from the beginning counts from here.
                if (_watched.ContainsKey(expected.From) && !_cluster.FailureDetector.IsMonitoring(expected.From.Address)) _cluster.FailureDetector.Heartbeat(expected.From.Address);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private void SendHeartbeats()
    {
        WarnIfLate();
        MembershipState state = _cluster.Membership;
        if (state.SelfMember is null) return;
        WatchNeighbours(state);
        var heartbeat = new ClusterWire.Heartbeat(_cluster.SelfAddress, ++_sequenceNr);
        foreach ((UniqueAddress node, IActorRef receiver) in _watched)
        {
            if (!_cluster.FailureDetector.IsMonitoring(node.Address))
                Context.System.Scheduler.ScheduleTellOnce(_settings.HeartbeatExpectedResponseAfter, Self, new ExpectedFirst(node), Self);
            if (_settings.VerboseHeartbeatLogging) _cluster.Log.Debug("Heartbeat {0} to {1}", _sequenceNr, node);
            receiver.Tell(heartbeat, Self);
            _cluster.Metrics.HeartbeatSent();
        }
    }

    /// <summary>The ring's neighbours, and all that this node finds unreachable: only it can say that it reaches them again.</summary>
    private void WatchNeighbours(MembershipState state)
    {
        Reachability reachability = state.Reachability;
        HashSet<UniqueAddress> receivers =
        [
            .. HeartbeatRing.Receivers(state.Self, state.Members.Select(static m => m.UniqueAddress), node => !reachability.IsReachable(node), _settings.MonitoredByNrOfMembers),
            .. state.Gossip.Reachability.AllUnreachableFrom(state.Self),
        ];
        foreach (UniqueAddress gone in _watched.Keys.Where(node => !receivers.Contains(node)).ToArray())
        {
            _watched.Remove(gone);
            if (!receivers.Any(node => node.Address.Equals(gone.Address))) _cluster.FailureDetector.Remove(gone.Address);
        }

        foreach (UniqueAddress node in receivers)
            if (!_watched.ContainsKey(node)) _watched[node] = _cluster.System.Provider.ResolveActorRef(new RootActorPath(node.Address) / Self.Path.Parent.Elements / "heartbeat-receiver");
    }

    private void WarnIfLate()
    {
        TimeSpan now = Context.System.Scheduler.MonotonicClock;
        if (_lastTick > TimeSpan.Zero && now - _lastTick > _settings.HeartbeatInterval * 2 + TimeSpan.FromMilliseconds(500))
            _cluster.Log.Warning("Heartbeats were due every [{0}] and come after [{1}]: this process was paused, or its threads are busy", _settings.HeartbeatInterval, now - _lastTick);
        _lastTick = now;
    }

    private sealed record ExpectedFirst(UniqueAddress From);

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
