#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;
using AkkaExtensions.Membership;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Allocates the shards of one type to regions; a cluster singleton. <see cref="CoordinatorCore"/> decides; this actor tells it what happens, asks the allocation
/// strategy, and sends what it says. Nothing is stored: a new coordinator asks all members. It has one child, which remembers shards if entities are remembered.
/// </summary>
internal sealed class ShardCoordinator : UntypedActor, IWithTimers
{
    private readonly string _typeName;
    private readonly string[] _guardianPath;
    private readonly ClusterShardingSettings _settings;
    private readonly IShardAllocationStrategy _strategy;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly IActorRefProvider _provider = ((ExtendedActorSystem)Context.System).Provider;
    private readonly TimeSpan _removalMargin;
    private readonly HashSet<UniqueAddress> _lingering = [];
    private readonly HashSet<UniqueAddress> _unreachable = [];
    private readonly Dictionary<string, UniqueAddress> _asked = [];
    private RoleMembers _members;
    private CoordinatorState _state;
    private IActorRef _memory;

    public ShardCoordinator(string typeName, ClusterShardingSettings settings, IShardAllocationStrategy strategy, string[] guardianPath)
    {
        _typeName = typeName;
        _settings = settings;
        _strategy = strategy;
        _guardianPath = guardianPath;
        _members = RoleMembers.None(settings.Role, considerAppVersion: false);
        _removalMargin = _cluster.DowningProvider.DownRemovalMargin;
        _state = new CoordinatorState { Epoch = 1, Remembers = settings.RememberEntities };
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart()
    {
        switch (_strategy)
        {
            case IActorSystemDependentAllocationStrategy dependent: dependent.Start(Context.System); break;
            case IStartableAllocationStrategy startable: startable.Start(); break;
        }

        TuningParameters tuning = _settings.TuningParameters;
        if (_settings.RememberEntities) _memory = Context.ActorOf(RememberedShards.Props(_typeName, _settings), "remembered-shards");
        Timers.StartPeriodicTimer(Tick.Rebalance, Tick.Rebalance, tuning.RebalanceInterval);
        Timers.StartPeriodicTimer(Tick.Resend, Tick.Resend, tuning.WaitingForStateTimeout);
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent), typeof(ClusterEvent.IReachabilityEvent));
    }

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case GetShardHome wanted: Decide(new CoordinatorEvent.HomeWanted(wanted.Shard, Sender)); break;
            case ShardStarted started: Decide(new CoordinatorEvent.Started(started.Shard, Sender, started.Number)); break;
            case BeginHandOffAck acknowledged: Decide(new CoordinatorEvent.Acknowledged(acknowledged.Shard, Sender)); break;
            case ShardStopped stopped: Decide(new CoordinatorEvent.Stopped(stopped.Shard, Sender, stopped.Number, stopped.Entities)); break;
            case ShardsCollected collected: Decide(new CoordinatorEvent.Collected(collected)); break;
            case EpochRefused refused: Decide(new CoordinatorEvent.Refused(refused.Promised)); break;
            case RegisterRegion register: Decide(new CoordinatorEvent.RegionCame(Sender, register)); break;
            case RegisterProxy: Decide(new CoordinatorEvent.ProxyCame(Sender)); break;
            case GracefulShutdownRequest: Decide(new CoordinatorEvent.ShutdownWanted(Sender)); break;
            case CoordinatorEvent known: Decide(known); break;
            case ActorIdentity identity: OnIdentity(identity); break;
            case Terminated terminated: OnTerminated(terminated); break;
            case Tick.Rebalance: Rebalance(); break;
            case Tick.Resend: Decide(new CoordinatorEvent.Resend()); break;
            case ClusterEvent.CurrentClusterState state:
                _members = _members.With(state);
                _unreachable.UnionWith(state.Unreachable.Select(static m => m.UniqueAddress));
                MembersChanged();
                break;
            case ClusterEvent.UnreachableMember unreachable: _unreachable.Add(unreachable.Member.UniqueAddress); break;
            case ClusterEvent.ReachableMember reachable: _unreachable.Remove(reachable.Member.UniqueAddress); break;
            case ClusterEvent.IMemberEvent change: OnMember(change); break;
            case MarginPassed passed: Forget(passed.Member); break;
            case GetCurrentRegions: Sender.Tell(new CurrentRegions(_state.Regions.Values.Select(static r => r.Node.Address).ToImmutableHashSet())); break;
            default: Unhandled(message); break;
        }
    }

    private void OnMember(ClusterEvent.IMemberEvent change)
    {
        UniqueAddress member = change.Member.UniqueAddress;
        var wasHere = _members.Contains(member);
        _members = _members.With(change);
        if (change is ClusterEvent.MemberRemoved { PreviousStatus: var before })
        {
            _unreachable.Remove(member);
            if (wasHere && before == MemberStatus.Down && MarginOf(member) is var margin && margin > TimeSpan.Zero)
            {
                _lingering.Add(member);
                Timers.StartSingleTimer(member, new MarginPassed(member), margin);
            }
            else
            {
                Forget(member);
                return;
            }
        }

        MembersChanged();
    }

    /// <summary>Entities in a process that has ended have ended with it: nothing is left to wait for.</summary>
    private TimeSpan MarginOf(UniqueAddress removed) => RemovalMargins.Get(Context.System).MarginFor(removed, _removalMargin);

    /// <summary>A member is gone for good: its regions run nothing any more.</summary>
    private void Forget(UniqueAddress member)
    {
        _lingering.Remove(member);
        foreach (IActorRef region in _state.Regions.Where(r => r.Value.Node.Equals(member)).Select(static r => r.Key).ToArray()) Decide(new CoordinatorEvent.Gone(region));
        MembersChanged();
    }

    private void MembersChanged()
    {
        var members = _members.All.ToImmutableDictionary(static m => m.UniqueAddress, static m => m.Status is MemberStatus.Up or MemberStatus.Leaving);
        foreach (UniqueAddress lingering in _lingering) members = members.SetItem(lingering, false);
        Decide(new CoordinatorEvent.MembersChanged(members));
    }

    private void OnTerminated(Terminated terminated)
    {
        // Of a whole node's death the membership decides: a node that cannot be reached may still run its entities.
        if (terminated.AddressTerminated && _state.Regions.TryGetValue(terminated.ActorRef, out RegionEntry region) && _state.Members.ContainsKey(region.Node)) return;
        Decide(new CoordinatorEvent.Gone(terminated.ActorRef));
    }

    private void OnIdentity(ActorIdentity identity)
    {
        if (identity.MessageId is not string key || !_asked.Remove(key, out UniqueAddress member)) return;
        if (identity.Subject is { } guardian) guardian.Tell(new CollectShards(_typeName, _state.Epoch), Self);
        else if (!_unreachable.Contains(member)) Decide(new CoordinatorEvent.Collected(new ShardsCollected(member, _state.Epoch, null, [], [])));
    }

    private void Decide(CoordinatorEvent what)
    {
        ImmutableHashSet<string> knownBefore = _state.Known;
        CoordinatorStep step = CoordinatorCore.Step(_state, what);
        _state = step.State;
        if (_memory is not null && what is not CoordinatorEvent.Remembered && _state.Known.Except(knownBefore) is { IsEmpty: false } added)
            _memory.Tell(new RememberedShards.Remember([.. added]));
        foreach (CoordinatorEffect effect in step.Effects) Perform(effect);
    }

    private void Perform(CoordinatorEffect effect)
    {
        switch (effect)
        {
            case CoordinatorEffect.Send send: send.To.Tell(send.Message, Self); break;
            case CoordinatorEffect.Ask ask: Ask(ask.Member); break;
            case CoordinatorEffect.Allocate allocate: Allocate(allocate); break;
            case CoordinatorEffect.Watch watch: Context.Watch(watch.RegionOrProxy); break;
            case CoordinatorEffect.LimitMove limit:
                Timers.StartSingleTimer("move-" + limit.Shard, new CoordinatorEvent.MoveTimedOut(limit.Shard), _settings.TuningParameters.HandOffTimeout);
                break;
            case CoordinatorEffect.MoveEnded ended:
                Timers.Cancel("move-" + ended.Shard);
                ShardingMetrics.Moved(_typeName, ended.Moved);
                break;
            case CoordinatorEffect.Activated:
                _asked.Clear();
                Timers.StartPeriodicTimer(Tick.Resend, Tick.Resend, _settings.TuningParameters.RetryInterval);
                _log.Info("{0}: ShardCoordinator has epoch {1} and found {2} shards in {3} regions", _typeName, _state.Epoch, _state.Homes.Count, _state.Regions.Count);
                break;
            case CoordinatorEffect.Warn warning: _log.Warning("{0}: {1}", _typeName, warning.Text); break;
        }
    }

    /// <summary>Finds the member's guardian first: a member without one has no region, and says so by not having it.</summary>
    private void Ask(UniqueAddress member)
    {
        var key = $"{_state.Epoch}/{member.Uid}/{member.Address}";
        _asked[key] = member;
        _provider.ResolveActorRef(new RootActorPath(member.Address) / _guardianPath).Tell(new Identify(key), Self);
    }

    /// <summary>What a strategy answers at once counts for its next answer: several shards do not all see the same empty region.</summary>
    private void Allocate(CoordinatorEffect.Allocate allocate)
    {
        Task<IActorRef> answer;
        try
        {
            answer = _strategy.AllocateShard(allocate.Requester ?? Context.System.IgnoreRef, allocate.Shard, _state.Allocations);
        }
        catch (Exception e)
        {
            answer = Task.FromException<IActorRef>(e);
        }

        if (answer.IsCompletedSuccessfully)
        {
            Decide(new CoordinatorEvent.Allocated(allocate.Shard, answer.Result));
            return;
        }

        ILoggingAdapter log = _log;
        answer.PipeTo(
            Self,
            success: region => new CoordinatorEvent.Allocated(allocate.Shard, region),
            failure: e =>
            {
                log.Error(e, "The allocation strategy failed for shard [{0}]", allocate.Shard);
                return new CoordinatorEvent.Allocated(allocate.Shard, null);
            });
    }

    private void Rebalance()
    {
        if (!_state.IsActive || _state.Regions.IsEmpty) return;
        Task<IImmutableSet<string>> answer;
        try
        {
            answer = _strategy.Rebalance(_state.Allocations, [.. _state.Moves.Keys]);
        }
        catch (Exception e)
        {
            _log.Error(e, "{0}: the allocation strategy failed to rebalance", _typeName);
            return;
        }

        ILoggingAdapter log = _log;
        answer.PipeTo(
            Self,
            success: static shards => new CoordinatorEvent.RebalanceWanted(shards),
            failure: e =>
            {
                log.Error(e, "The allocation strategy failed to rebalance");
                return new CoordinatorEvent.RebalanceWanted([]);
            });
    }

    private enum Tick
    {
        Rebalance,
        Resend,
    }

    /// <summary>The removal margin of a member has passed.</summary>
    private sealed record MarginPassed(UniqueAddress Member) : INoSerializationVerificationNeeded;
}
