#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>
/// Runs the entities of one shard, its children: starts them with their first message, passivates them, restarts remembered ones. It stops when its region says so
/// and all entities have stopped. Entities that fail are restarted, as by the default strategy.
/// </summary>
internal sealed partial class Shard : UntypedActor, IWithTimers
{
    private readonly string _typeName;
    private readonly string _shardId;
    private readonly Func<string, Props> _entityProps;
    private readonly ClusterShardingSettings _settings;
    private readonly object _handOffStopMessage;
    private readonly ImmutableArray<string> _handedOver;
    private readonly RegionGauge _gauge;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<string, Entity> _entities = [];
    private readonly Dictionary<IActorRef, string> _ids = [];
    private readonly MessageBuffer _buffer;
    private IActorRef _memory;
    private bool _isStopping;
    private bool _dropping;

    public Shard(
        string typeName, string shardId, Func<string, Props> entityProps, ClusterShardingSettings settings, object handOffStopMessage, ImmutableArray<string> handedOver, RegionGauge gauge)
    {
        _typeName = typeName;
        _shardId = shardId;
        _entityProps = entityProps;
        _settings = settings;
        _handOffStopMessage = handOffStopMessage;
        _handedOver = handedOver;
        _gauge = gauge;
        _buffer = new MessageBuffer(settings.TuningParameters.BufferSize, gauge);
    }

    public ITimerScheduler Timers { get; set; }

    protected override void PreStart()
    {
        if (_settings.RememberEntities)
        {
            _memory = Context.Watch(Context.ActorOf(RememberedEntities.Props(_typeName, _shardId, _handedOver, _settings), MemoryName));
            Become(Loading);
        }

        if (_settings.ShouldPassivateIdleEntities)
        {
            var every = TimeSpan.FromTicks(Math.Max(_settings.PassivateIdleEntityAfter.Ticks / 2, TimeSpan.TicksPerMillisecond));
            Timers.StartPeriodicTimer(Tick.Idle, Tick.Idle, every);
        }
    }

    protected override void PostStop()
    {
        _gauge.AddEntities(-_ids.Count);
        foreach ((object message, IActorRef sender) in _buffer.TakeAll()) Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case DeliverToEntity deliver: Deliver(deliver.EntityId, deliver.Message, Sender); break;
            case Passivate passivate: OnPassivate(Sender, passivate.StopMessage); break;
            case Terminated terminated: OnTerminated(terminated.ActorRef); break;
            case StartEntityInShard start: StartAsked(start.EntityId); break;
            case RememberedEntities.Started started: OnRemembered(started.Entities); break;
            case RestartEntity restart: OnRestart(restart.EntityId); break;
            case StartSome some: StartRemembered(some.Entities); break;
            case StopShard: OnStop(); break;
            case Tick.Idle: PassivateIdle(); break;
            case Tick.StopForcibly: StopForcibly(); break;
            case GetShardState: Sender.Tell(new ShardState(_shardId, _ids.Values.ToImmutableHashSet())); break;
            default: Unhandled(message); break;
        }
    }

    private static string NameOf(string entityId) => Uri.EscapeDataString(entityId);

    private void Deliver(string entityId, object message, IActorRef sender)
    {
        if (_entities.TryGetValue(entityId, out Entity entity) && entity.State == EntityState.Running)
        {
            entity.LastMessage = Context.System.Scheduler.MonotonicClock;
            entity.Ref.Tell(message, sender);
            return;
        }

        if (entity is null && !_isStopping && _memory is null)
        {
            Start(entityId).Tell(message, sender);
            return;
        }

        if (!_buffer.TryAdd(entityId, message, sender)) Drop(message, sender);
        else if (entity is null && !_isStopping) RememberStart(entityId);
        else if (entity is { State: EntityState.WaitingToRestart }) OnRestart(entityId);
    }

    private void StartAsked(string entityId)
    {
        if (_isStopping || _entities.ContainsKey(entityId)) return;
        if (_memory is null) Start(entityId);
        else RememberStart(entityId);
    }

    private IActorRef Start(string entityId)
    {
        IActorRef child = Context.Watch(Context.ActorOf(_entityProps(entityId), NameOf(entityId)));
        _entities[entityId] = new Entity { Ref = child, State = EntityState.Running, LastMessage = Context.System.Scheduler.MonotonicClock };
        _ids[child] = entityId;
        _gauge.AddEntities(1);
        return child;
    }

    private void StartAndFlush(string entityId)
    {
        IActorRef child = Start(entityId);
        foreach ((object message, IActorRef sender) in _buffer.Take(entityId)) child.Tell(message, sender);
        _dropping = false;
    }

    private void OnPassivate(IActorRef child, object stopMessage)
    {
        if (!_ids.TryGetValue(child, out var entityId)) return;
        Entity entity = _entities[entityId];
        if (entity.State != EntityState.Running) return;
        entity.State = EntityState.Passivating;
        child.Tell(stopMessage, Self);
    }

    private void PassivateIdle()
    {
        TimeSpan now = Context.System.Scheduler.MonotonicClock;
        foreach (Entity entity in _entities.Values)
        {
            if (entity.State == EntityState.Running && now - entity.LastMessage >= _settings.PassivateIdleEntityAfter) OnPassivate(entity.Ref, _handOffStopMessage);
        }
    }

    private void OnTerminated(IActorRef child)
    {
        if (child.Equals(_memory))
        {
            _log.Error("{0}: the journal of remembered entities of shard [{1}] failed; the shard starts again after {2}", _typeName, _shardId, _settings.TuningParameters.ShardFailureBackoff);
            Context.Stop(Self);
            return;
        }

        if (!_ids.Remove(child, out var entityId)) return;
        _gauge.AddEntities(-1);
        Entity entity = _entities[entityId];
        if (_isStopping)
        {
            _entities.Remove(entityId);
            StopIfEmpty();
        }
        else if (_buffer.Contains(entityId))
        {
            StartAndFlush(entityId);
        }
        else if (_memory is not null && entity.State == EntityState.Running)
        {
            // It was not asked to stop, so it is meant to run.
            entity.State = EntityState.WaitingToRestart;
            entity.Ref = null;
            Timers.StartSingleTimer(new RestartEntity(entityId), new RestartEntity(entityId), _settings.TuningParameters.EntityRestartBackoff);
        }
        else
        {
            _entities.Remove(entityId);
            _memory?.Tell(new RememberedEntities.Stop([entityId]));
        }
    }

    private void OnStop()
    {
        if (_isStopping) return;
        _isStopping = true;
        Timers.Cancel(Tick.Idle);
        // Messages that wait for an entity go back to the region, which keeps them for the next host.
        foreach (var entityId in _buffer.Keys.ToArray())
            foreach ((object message, IActorRef sender) in _buffer.Take(entityId)) Context.Parent.Tell(new ShardingEnvelope(entityId, message), sender);
        _remembered = _memory is null ? default : [.. _entities.Where(static e => e.Value.State != EntityState.Passivating).Select(static e => e.Key)];
        foreach (Entity entity in _entities.Values)
            if (entity.State == EntityState.Running) entity.Ref.Tell(_handOffStopMessage, Self);
        foreach (var entityId in _entities.Where(static e => e.Value.Ref is null).Select(static e => e.Key).ToArray()) _entities.Remove(entityId);
        Timers.StartSingleTimer(Tick.StopForcibly, Tick.StopForcibly, _settings.TuningParameters.HandOffTimeout);
        StopIfEmpty();
    }

    private void StopForcibly()
    {
        _log.Warning("{0}: {1} entities of shard [{2}] have not stopped after {3}; they are stopped without their message.", _typeName, _ids.Count, _shardId, _settings.TuningParameters.HandOffTimeout);
        foreach (IActorRef child in _ids.Keys) Context.Stop(child);
    }

    private void StopIfEmpty()
    {
        if (_ids.Count > 0) return;
        Context.Parent.Tell(new ShardIsEmpty(_shardId, _remembered));
        Context.Stop(Self);
    }

    private void Drop(object message, IActorRef sender)
    {
        if (!_dropping) _log.Warning("{0}: {1} messages wait in shard [{2}], which is its limit: more go to the dead letters.", _typeName, _buffer.Count, _shardId);
        _dropping = true;
        ShardingMetrics.Dropped(_typeName);
        Context.System.DeadLetters.Tell(new DeadLetter(message, sender, Self), sender);
    }

    private enum Tick
    {
        Idle,
        StopForcibly,
    }

    private enum EntityState
    {
        /// <summary>Its start is being written to the journal.</summary>
        Remembering,
        Running,
        Passivating,
        WaitingToRestart,
    }

    /// <summary>An entity that runs, or is about to.</summary>
    private sealed class Entity
    {
        public IActorRef Ref { get; set; }

        public EntityState State { get; set; }

        public TimeSpan LastMessage { get; set; }
    }
}
