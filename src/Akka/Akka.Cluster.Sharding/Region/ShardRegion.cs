#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Event;
using AkkaExtensions.Sharding;

namespace Akka.Cluster.Sharding;

/// <summary>
/// The entrance to all entities of a type on a node: finds the shard of a message and where it is hosted, hosts the shards that the coordinator gives it, and keeps
/// messages, within a limit, while a home is being found. A proxy is a region that hosts nothing. Its shards are its children; one that fails starts again after a pause.
/// </summary>
public sealed partial class ShardRegion : ActorBase, IWithTimers
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);

    private readonly string _typeName;
    private readonly Func<string, Props> _entityProps;
    private readonly ClusterShardingSettings _settings;
    private readonly string[] _coordinatorPath;
    private readonly IMessageExtractor _extractor;
    private readonly object _handOffStopMessage;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Cluster _cluster = Cluster.Get(Context.System);
    private readonly IActorRefProvider _provider = ((ExtendedActorSystem)Context.System).Provider;
    private readonly Dictionary<string, IActorRef> _homes = [];
    private readonly MessageBuffer _buffer;
    private readonly RegionGauge _gauge;
    private RoleMembers _members;
    private bool _isShuttingDown;
    private bool _dropping;
    private bool _isRegistered;
    private TimeSpan _pause;

    internal ShardRegion(
        string typeName, Func<string, Props> entityProps, ClusterShardingSettings settings, string[] coordinatorPath, IMessageExtractor extractor, object handOffStopMessage, IPinnedShards pinned)
    {
        _typeName = typeName;
        _entityProps = entityProps;
        _settings = settings;
        _coordinatorPath = coordinatorPath;
        _extractor = extractor;
        _handOffStopMessage = handOffStopMessage;
        _pinned = pinned;
        _members = RoleMembers.None(settings.Role, settings.CoordinatorSingletonSettings.ConsiderAppVersion);
        _gauge = ShardingMetrics.Region(typeName, _cluster.SelfAddress.ToString());
        _buffer = new MessageBuffer(settings.TuningParameters.BufferSize, _gauge);
    }

    /// <summary>Set by the runtime.</summary>
    public ITimerScheduler Timers { get; set; }

    private IActorRef Coordinator => _ledger.Coordinator;

    private bool IsProxy => _entityProps is null;

    internal static Props Props(
        string typeName, Func<string, Props> entityProps, ClusterShardingSettings settings, string[] coordinatorPath, IMessageExtractor extractor, object handOffStopMessage,
        IPinnedShards pinned = null) =>
        Actor.Props.CreateBy(new Producer(() => new ShardRegion(typeName, entityProps, settings, coordinatorPath, extractor, handOffStopMessage, pinned)));

    protected override void PreStart()
    {
        _cluster.Subscribe(Self, ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent));
        Timers.StartPeriodicTimer(Tick.Retry, Tick.Retry, _settings.TuningParameters.RetryInterval);
        if (!IsProxy) ShutDownWithTheNode();
        StartPinned();
    }

    protected override void PostStop()
    {
        _cluster.Unsubscribe(Self);
        ShardingMetrics.Gone(_gauge);
        foreach ((object message, IActorRef sender) in _buffer.TakeAll()) Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(static _ => Directive.Stop);

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case CoordinationMessage coordination: return OnCoordination(coordination);
            case Terminated terminated: OnTerminated(terminated); return true;
            case ShardIsEmpty empty: OnShardEmpty(empty); return true;
            case Tick.Retry: OnRetry(); return true;
            case Tick.Register:
                if (!_isRegistered) TryToRegister();
                return true;
            case RestartShard restart: OnRestartShard(restart.Shard); return true;
            case ClusterEvent.CurrentClusterState state: See(_members.With(state)); return true;
            case ClusterEvent.IMemberEvent change: OnMember(change); return true;
            case GracefulShutdown: OnGracefulShutdown(); return true;
            case PinnedShardFound found when _pinned is not null: OnPinnedFound(found); return true;
            case IShardRegionQuery query: return OnQuery(query);
            case IShardRegionCommand: return false;
            case ActorIdentity or Status.Failure: return false;
            default: Route(message, Sender); return true;
        }
    }

    private void Route(object message, IActorRef sender)
    {
        string entityId, shardId;
        try
        {
            entityId = EntityIdOf(message);
            shardId = string.IsNullOrEmpty(entityId) ? null : _extractor.ShardId(entityId, message);
        }
        catch (Exception e)
        {
            _log.Error(e, "{0}: the extractor failed for a message of type [{1}]", _typeName, message.GetType());
            shardId = entityId = null;
        }

        if (string.IsNullOrEmpty(shardId))
        {
            _log.Warning("{0}: a message of type [{1}] is for no entity; it goes to the dead letters.", _typeName, message.GetType());
            Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
            return;
        }

        IActorRef home = HomeOf(shardId);
        if (_pinned is not null && home is not null && !home.Equals(Self) && _buffer.Contains(shardId)) Flush(shardId);
        if (home is null) Keep(shardId, message, sender);
        else if (!home.Equals(Self)) home.Tell(message, sender);
        else if (_shards.TryGetValue(shardId, out HostedShard shard) && shard.Ref is not null) DeliverTo(shard.Ref, entityId, message, sender);
        else Keep(shardId, message, sender);
    }

    private string EntityIdOf(object message) => message switch
    {
        StartEntity start => start.EntityId,
        _ => _extractor.EntityId(message) ?? (message as ShardingEnvelope)?.EntityId,
    };

    private void DeliverTo(IActorRef shard, string entityId, object message, IActorRef sender)
    {
        if (message is StartEntity)
        {
            shard.Tell(new StartEntityInShard(entityId), sender);
            return;
        }

        // An envelope that the user's extractor does not know is ours to open.
        var content = message is ShardingEnvelope envelope && _extractor.EntityId(message) is null ? envelope.Message : _extractor.EntityMessage(message);
        shard.Tell(new DeliverToEntity(entityId, content), sender);
    }

    private void Keep(string shardId, object message, IActorRef sender)
    {
        var isFirst = !_buffer.Contains(shardId);
        if (!_buffer.TryAdd(shardId, message, sender))
        {
            if (!_dropping) _log.Warning("{0}: {1} messages wait for the homes of shards, which is the limit of buffer-size: more go to the dead letters.", _typeName, _buffer.Count);
            _dropping = true;
            ShardingMetrics.Dropped(_typeName);
            Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
        }
        else if (isFirst && !_homes.ContainsKey(shardId))
        {
            AskForHome(shardId);
        }
    }

    private void Flush(string shardId)
    {
        _dropping = false;
        foreach ((object message, IActorRef sender) in _buffer.Take(shardId)) Route(message, sender);
    }

    private void OnMember(ClusterEvent.IMemberEvent change)
    {
        Member member = change.Member;
        if (change is (ClusterEvent.MemberRemoved or ClusterEvent.MemberDowned) && member.UniqueAddress.Equals(_cluster.SelfUniqueAddress))
        {
            // Others start our entities as soon as we are removed.
            Context.Stop(Self);
            return;
        }

        if (change is ClusterEvent.MemberRemoved)
        {
            foreach (var shard in _homes.Where(h => h.Value.Path.Address.Equals(member.Address)).Select(static h => h.Key).ToArray()) LoseHome(shard);
            if (Coordinator is not null && Coordinator.Path.Address.Equals(member.Address)) LoseCoordinator();
        }

        See(_members.With(change));
        SeePinned(change);
    }

    /// <summary>Registers when another member is the oldest, and when this one becomes a member that may host.</summary>
    private void See(RoleMembers members)
    {
        UniqueAddress oldestBefore = _members.Oldest?.UniqueAddress;
        _members = members;
        if (!Equals(oldestBefore, members.Oldest?.UniqueAddress)) _isRegistered = false;
        if (!_isRegistered) Register();
    }

    /// <summary>Registers at the oldest member, and again with pauses that double up to the retry interval: the coordinator may not have started yet.</summary>
    private void Register()
    {
        _pause = FirstPause;
        TryToRegister();
    }

    private void TryToRegister()
    {
        if (_members.Oldest is not { } oldest) return;
        Timers.StartSingleTimer(Tick.Register, Tick.Register, _pause);
        _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, _settings.TuningParameters.RetryInterval.Ticks));
        IActorRef coordinator = _provider.ResolveActorRef(new RootActorPath(oldest.Address) / _coordinatorPath);
        if (IsProxy) coordinator.Tell(new RegisterProxy(), Self);
        else if (!_isShuttingDown || _shards.Count > 0) coordinator.Tell(new RegisterRegion(_cluster.SelfUniqueAddress, [.. _shards.Keys]), Self);
    }

    private void LoseCoordinator()
    {
        _ledger.LoseCoordinator();
        _isRegistered = false;
    }

    private void LoseHome(string shardId)
    {
        _homes.Remove(shardId);
        if (_buffer.Contains(shardId)) AskForHome(shardId);
    }

    private void AskForHome(string shardId)
    {
        if (_pinned is null) Coordinator?.Tell(new GetShardHome(shardId), Self);
    }

    private void OnRetry()
    {
        foreach (var shard in _buffer.Keys)
            if (!_homes.ContainsKey(shard)) AskForHome(shard);
        if (_pinned is not null) SendWaiting();
        MaybeRegisterAgain();
        if (_isShuttingDown) ContinueShutdown();
    }

    private void OnTerminated(Terminated terminated)
    {
        IActorRef actor = terminated.ActorRef;
        if (actor.Equals(Coordinator))
        {
            LoseCoordinator();
            Register();
        }
        else if (_shardIds.Remove(actor, out var shardId))
        {
            OnShardTerminated(shardId);
        }
        else
        {
            foreach (var shard in _homes.Where(h => h.Value.Equals(actor)).Select(static h => h.Key).ToArray()) LoseHome(shard);
        }
    }

    private void ShutDownWithTheNode()
    {
        IActorRef self = Self;
        Cluster cluster = _cluster;
        CoordinatedShutdown.Get(Context.System).AddTask(CoordinatedShutdown.PhaseClusterShardingShutdownRegion, $"region-shutdown-{_typeName}", async () =>
        {
            if (cluster.IsTerminated || cluster.SelfMember.Status == MemberStatus.Down) return Done.Instance;
            self.Tell(Sharding.GracefulShutdown.Instance);
            await self.WatchAsync().ConfigureAwait(false);
            return Done.Instance;
        });
    }

    private enum Tick
    {
        Retry,
        Register,
    }

    /// <summary>Starts an entity, if it does not run, without a message.</summary>
    public sealed class StartEntity : IClusterShardingSerializable, IEquatable<StartEntity>
    {
        public readonly string EntityId;

        public StartEntity(string entityId) => EntityId = entityId;

        public bool Equals(StartEntity other) => other is not null && EntityId == other.EntityId;

        public override bool Equals(object obj) => Equals(obj as StartEntity);

        public override int GetHashCode() => EntityId.GetHashCode();

        public override string ToString() => $"StartEntity({EntityId})";
    }

    /// <summary>The pause after a shard failed has passed.</summary>
    private sealed record RestartShard(string Shard) : INoSerializationVerificationNeeded;

    /// <summary>Makes regions, whose constructor is not for others.</summary>
    private sealed class Producer(Func<ShardRegion> make) : IIndirectActorProducer
    {
        public Type ActorType => typeof(ShardRegion);

        public ActorBase Produce() => make();

        public void Release(ActorBase actor)
        {
        }
    }
}
