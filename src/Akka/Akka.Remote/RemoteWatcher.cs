#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Dispatch;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Remote;

/// <summary>
/// Watches other systems' actors for the actors of this one: it is itself the watcher that the other system sees, sends
/// heartbeats to each system with watched actors, and declares them dead together when the heartbeats stay out.
/// </summary>
public class RemoteWatcher : UntypedActor, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    protected readonly ILoggingAdapter Log = Context.GetLogger();
    protected readonly Dictionary<Address, HashSet<IInternalActorRef>> WatcheeByNodes = [];
    protected readonly Dictionary<IInternalActorRef, HashSet<IInternalActorRef>> Watching = [];
    private readonly IFailureDetectorRegistry<Address> _failureDetector;
    private readonly TimeSpan _heartbeatExpectedResponseAfter;
    private readonly Dictionary<Address, int> _addressUids = [];
    private readonly HeartbeatRsp _ownHeartbeatRsp = new(AddressUidExtension.Uid(Context.System));
    private readonly IScheduler _scheduler = Context.System.Scheduler;
    private readonly ICancelable _heartbeats;
    private readonly ICancelable _reaper;

    public RemoteWatcher(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval, TimeSpan heartbeatExpectedResponseAfter)
    {
        _failureDetector = failureDetector;
        _heartbeatExpectedResponseAfter = heartbeatExpectedResponseAfter;
        _heartbeats = _scheduler.ScheduleTellRepeatedlyCancelable(heartbeatInterval, heartbeatInterval, Self, HeartbeatTick.Instance, Self);
        _reaper = _scheduler.ScheduleTellRepeatedlyCancelable(unreachableReaperInterval, unreachableReaperInterval, Self, ReapUnreachableTick.Instance, Self);
    }

    /// <summary>Systems that were declared dead and have not been heard of since.</summary>
    protected HashSet<Address> Unreachable { get; } = [];

    /// <summary>Systems with watched actors.</summary>
    protected ICollection<Address> WatchingNodes => WatcheeByNodes.Keys;

    public static Props Props(
        IFailureDetectorRegistry<Address> failureDetector, TimeSpan heartbeatInterval, TimeSpan unreachableReaperInterval, TimeSpan heartbeatExpectedResponseAfter) =>
        Akka.Actor.Props.Create(() => new RemoteWatcher(failureDetector, heartbeatInterval, unreachableReaperInterval, heartbeatExpectedResponseAfter))
            .WithDeploy(Deploy.Local);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case HeartbeatTick:
                SendHeartbeats();
                break;
            case Heartbeat:
                Sender.Tell(_ownHeartbeatRsp, Self);
                break;
            case HeartbeatRsp response:
                ReceiveHeartbeatRsp(response.AddressUid);
                break;
            case ReapUnreachableTick:
                ReapUnreachable();
                break;
            case ExpectedFirstHeartbeat expected:
                TriggerFirstHeartbeat(expected.From);
                break;
            case WatchRemote watch:
                AddWatching(watch.Watchee, watch.Watcher);
                break;
            case UnwatchRemote unwatch:
                RemoveWatch(unwatch.Watchee, unwatch.Watcher);
                break;
            case Terminated terminated:
                WatcheeTerminated((IInternalActorRef)terminated.ActorRef, terminated.ExistenceConfirmed, terminated.AddressTerminated);
                break;
            case Stats:
                Sender.Tell(CurrentStats(), Self);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    protected override void PostStop()
    {
        _heartbeats.Cancel();
        _reaper.Cancel();
        base.PostStop();
    }

    protected void AddWatching(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (watcher.Equals(Self)) return;
        if (!Watching.TryGetValue(watchee, out HashSet<IInternalActorRef> watchers)) Watching[watchee] = watchers = [];
        watchers.Add(watcher);
        WatchNode(watchee);
        Context.Watch(watchee);
    }

    /// <summary>Begins to send heartbeats to the system of an actor.</summary>
    protected virtual void WatchNode(IInternalActorRef watchee)
    {
        Address address = watchee.Path.Address;
        if (!WatcheeByNodes.TryGetValue(address, out HashSet<IInternalActorRef> watchees)) WatcheeByNodes[address] = watchees = [];
        if (watchees.Count == 0 && Unreachable.Remove(address)) _failureDetector.Remove(address);
        watchees.Add(watchee);
    }

    protected void RemoveWatch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        if (!Watching.TryGetValue(watchee, out HashSet<IInternalActorRef> watchers)) return;
        watchers.Remove(watcher);
        if (watchers.Count > 0) return;
        Context.Unwatch(watchee);
        RemoveWatchee(watchee);
    }

    protected void RemoveWatchee(IInternalActorRef watchee)
    {
        Address address = watchee.Path.Address;
        Watching.Remove(watchee);
        if (!WatcheeByNodes.TryGetValue(address, out HashSet<IInternalActorRef> watchees)) return;
        watchees.Remove(watchee);
        if (watchees.Count == 0) UnwatchNode(address);
    }

    protected void UnwatchNode(Address watcheeAddress)
    {
        WatcheeByNodes.Remove(watcheeAddress);
        _addressUids.Remove(watcheeAddress);
        _failureDetector.Remove(watcheeAddress);
    }

    /// <summary>Tells this system's actors that a node is dead.</summary>
    protected virtual void PublishAddressTerminated(Address address) =>
        AddressTerminatedTopic.Get(Context.System).Publish(new AddressTerminated(address));

    /// <summary>Ignores the node until it restarts.</summary>
    protected virtual void Quarantine(Address address, int? addressUid) => Quarantine(address, addressUid, "a watcher of its actors wants it");

    /// <inheritdoc cref="Quarantine(Address, int?)"/>
    /// <param name="reason">For the log.</param>
    internal void Quarantine(Address address, int? addressUid, string reason) =>
        ((IRemoteActorRefProvider)((ExtendedActorSystem)Context.System).Provider).Quarantine(address, addressUid, reason);

    private void SendHeartbeats()
    {
        foreach (Address address in WatcheeByNodes.Keys)
        {
            if (Unreachable.Contains(address)) continue;
            if (!_failureDetector.IsMonitoring(address))
                _scheduler.ScheduleTellOnce(_heartbeatExpectedResponseAfter, Self, new ExpectedFirstHeartbeat(address), Self);
            IActorRef peer = ((ExtendedActorSystem)Context.System).Provider.ResolveActorRef(new RootActorPath(address) / Self.Path.Elements);
            peer.Tell(Heartbeat.Instance, Self);
        }
    }

    private void ReceiveHeartbeatRsp(int uid)
    {
        Address from = Sender.Path.Address;
        if (!WatcheeByNodes.TryGetValue(from, out HashSet<IInternalActorRef> watchees) || Unreachable.Contains(from)) return;
        var known = _addressUids.TryGetValue(from, out var earlier);
        if (!known || earlier != uid)
        {
            _addressUids[from] = uid;

            // Restarted, or the first answer: what was sent to an earlier incarnation is lost.
            foreach (IInternalActorRef watchee in watchees) watchee.SendSystemMessage(new Watch(watchee, (IInternalActorRef)Self));
        }

        _failureDetector.Heartbeat(from);
    }

    private void ReapUnreachable()
    {
        foreach (Address address in WatcheeByNodes.Keys.ToArray())
        {
            if (Unreachable.Contains(address) || _failureDetector.IsAvailable(address)) continue;
            Log.Warning("Detected unreachable: [{0}]", address);
            var uid = _addressUids.TryGetValue(address, out var known) ? known : (int?)null;
            Unreachable.Add(address);
            TellTemporaryWatchers(address);
            PublishAddressTerminated(address);
            Quarantine(address, uid, "actors on it are watched, and it has sent no heartbeat for too long (akka.remote.watch-failure-detector)");
        }
    }

    /// <summary>References of asks have no cell that hears of dead nodes.</summary>
    private void TellTemporaryWatchers(Address address)
    {
        foreach (IInternalActorRef watchee in WatcheeByNodes[address])
            foreach (IInternalActorRef watcher in Watching[watchee])
                if (watcher is not ActorRefWithCell) watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed: false, addressTerminated: true));
    }

    private void TriggerFirstHeartbeat(Address address)
    {
        if (!WatcheeByNodes.ContainsKey(address) || _failureDetector.IsMonitoring(address)) return;
        Log.Debug("Trigger extra expected heartbeat from [{0}]", address);
        _failureDetector.Heartbeat(address);
    }

    private void WatcheeTerminated(IInternalActorRef watchee, bool existenceConfirmed, bool addressTerminated)
    {
        // Of a dead node's actors the watchers hear by the address.
        if (!addressTerminated && Watching.TryGetValue(watchee, out HashSet<IInternalActorRef> watchers))
            foreach (IInternalActorRef watcher in watchers) watcher.SendSystemMessage(new DeathWatchNotification(watchee, existenceConfirmed, addressTerminated: false));
        RemoveWatchee(watchee);
    }

    private Stats CurrentStats() => new(
        Watching.Sum(static w => w.Value.Count),
        WatcheeByNodes.Count,
        [.. Watching.SelectMany(static w => w.Value.Select(watcher => ((IActorRef)w.Key, (IActorRef)watcher)))],
        [.. WatcheeByNodes.Keys]);

    /// <summary>A watch, or the end of one.</summary>
    public abstract class WatchCommand
    {
        protected WatchCommand(IInternalActorRef watchee, IInternalActorRef watcher)
        {
            Watchee = watchee;
            Watcher = watcher;
        }

        public IInternalActorRef Watchee { get; }

        public IInternalActorRef Watcher { get; }
    }

    public sealed class WatchRemote : WatchCommand
    {
        public WatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
            : base(watchee, watcher)
        {
        }
    }

    public sealed class UnwatchRemote : WatchCommand
    {
        public UnwatchRemote(IInternalActorRef watchee, IInternalActorRef watcher)
            : base(watchee, watcher)
        {
        }
    }

    /// <summary>Asks whether a node lives.</summary>
    public sealed class Heartbeat
    {
        private Heartbeat()
        {
        }

        public static Heartbeat Instance { get; } = new();
    }

    /// <summary>It lives, and this is its incarnation.</summary>
    public class HeartbeatRsp
    {
        public HeartbeatRsp(int addressUid) => AddressUid = addressUid;

        public int AddressUid { get; }
    }

    public class HeartbeatTick
    {
        private HeartbeatTick()
        {
        }

        public static HeartbeatTick Instance { get; } = new();
    }

    public class ReapUnreachableTick
    {
        private ReapUnreachableTick()
        {
        }

        public static ReapUnreachableTick Instance { get; } = new();
    }

    /// <summary>By now the first heartbeat should have come: silence counts from here.</summary>
    public sealed class ExpectedFirstHeartbeat
    {
        public ExpectedFirstHeartbeat(Address from) => From = from;

        public Address From { get; }
    }

    /// <summary>Sent to the watcher, it is answered with what the watcher watches.</summary>
    public sealed class Stats
    {
        public static Stats Empty = new(0, 0);

        public Stats(int watching, int watchingNodes)
            : this(watching, watchingNodes, [], [])
        {
        }

        public Stats(int watching, int watchingNodes, ImmutableHashSet<(IActorRef, IActorRef)> watchingRefs, ImmutableHashSet<Address> watchingAddresses)
        {
            Watching = watching;
            WatchingNodes = watchingNodes;
            WatchingRefs = watchingRefs;
            WatchingAddresses = watchingAddresses;
        }

        public int Watching { get; }

        public ImmutableHashSet<Address> WatchingAddresses { get; }

        public int WatchingNodes { get; }

        public ImmutableHashSet<(IActorRef, IActorRef)> WatchingRefs { get; }

        public static Stats Counts(int watching, int watchingNodes) => new(watching, watchingNodes);

        public override bool Equals(object obj) => obj is Stats other && Watching == other.Watching && WatchingNodes == other.WatchingNodes;

        public override int GetHashCode() => HashCode.Combine(Watching, WatchingNodes);

        public override string ToString() => $"Stats(watching={Watching}, watchingNodes={WatchingNodes})";
    }
}
