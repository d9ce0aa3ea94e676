#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Remembered entities: written before they start, started again with the shard.</summary>
internal sealed partial class Shard
{
    private const string MemoryName = "!remembered";

    private ImmutableArray<string> _remembered;

    /// <summary>Until the journal has told what it remembers, messages wait.</summary>
    private void Loading(object message)
    {
        switch (message)
        {
            case RememberedEntities.Loaded loaded:
                Become(OnReceive);
                StartRemembered(loaded.Entities);
                foreach (var entityId in _buffer.Keys.Where(id => !_entities.ContainsKey(id)).ToArray()) RememberStart(entityId);
                break;
            case DeliverToEntity deliver:
                if (!_buffer.TryAdd(deliver.EntityId, deliver.Message, Sender)) Drop(deliver.Message, Sender);
                break;
            case StartEntityInShard start:
                Self.Forward(start);
                break;
            case StopShard:
                // Nothing has started; what the former host handed over goes on to the next one.
                _isStopping = true;
                _remembered = _handedOver;
                foreach (var entityId in _buffer.Keys.ToArray())
                    foreach ((object waiting, IActorRef sender) in _buffer.Take(entityId)) Context.Parent.Tell(new ShardingEnvelope(entityId, waiting), sender);
                StopIfEmpty();
                break;
            default:
                OnReceive(message);
                break;
        }
    }

    private void StartRemembered(ImmutableArray<string> entities)
    {
        if (_isStopping) return;
        TuningParameters tuning = _settings.TuningParameters;
        var now = tuning.EntityRecoveryStrategy == "constant" ? Math.Min(Math.Max(1, tuning.EntityRecoveryConstantRateStrategyNumberOfEntities), entities.Length) : entities.Length;
        foreach (var entityId in entities.AsSpan()[..now])
            if (!_entities.TryGetValue(entityId, out Entity known) || known.State == EntityState.WaitingToRestart) StartAndFlush(entityId);
        if (now == entities.Length) return;
        foreach (var entityId in entities.AsSpan()[now..])
            if (!_entities.ContainsKey(entityId)) _entities[entityId] = new Entity { State = EntityState.WaitingToRestart };
        Timers.StartSingleTimer("start-some", new StartSome(entities[now..]), tuning.EntityRecoveryConstantRateStrategyFrequency);
    }

    private void RememberStart(string entityId)
    {
        _entities[entityId] = new Entity { State = EntityState.Remembering };
        _memory.Tell(new RememberedEntities.Start([entityId]));
    }

    private void OnRemembered(ImmutableArray<string> entities)
    {
        if (_isStopping) return;
        foreach (var entityId in entities)
            if (_entities.TryGetValue(entityId, out Entity entity) && entity.State == EntityState.Remembering) StartAndFlush(entityId);
    }

    private void OnRestart(string entityId)
    {
        if (!_isStopping && _entities.TryGetValue(entityId, out Entity entity) && entity.State == EntityState.WaitingToRestart) StartAndFlush(entityId);
    }

    /// <summary>The pause after an entity stopped by itself has passed.</summary>
    private sealed record RestartEntity(string EntityId) : INoSerializationVerificationNeeded;

    /// <summary>The next remembered entities may start.</summary>
    private sealed record StartSome(ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;
}
