#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>What a region does for the coordinator: it obeys one at a time, and never an older one again.</summary>
public sealed partial class ShardRegion
{
    private readonly HostingLedger _ledger = new();
    private readonly Dictionary<string, HostedShard> _shards = [];
    private readonly Dictionary<IActorRef, string> _shardIds = [];
    private readonly Dictionary<string, ImmutableArray<string>> _handedOff = [];

    // With remembered entities: a new coordinator, whose journal may be empty, learns from here which shards there are.
    private readonly HashSet<string> _heardOf = [];

    private bool OnCoordination(CoordinationMessage message)
    {
        switch (message)
        {
            case ShardHome home: OnShardHome(home); return true;
            case CollectShards collect: OnCollect(collect); return true;
            case RegisterAck ack: OnRegistered(ack); return true;
            case HostShard host: if (Obeys(host.Epoch)) Host(host); return true;
            case BeginHandOff begin: if (Obeys(begin.Epoch)) OnBeginHandOff(begin.Shard); return true;
            case HandOff handOff: if (Obeys(handOff.Epoch)) OnHandOff(handOff); return true;
            default: return false;
        }
    }

    private bool Obeys(long epoch) => _ledger.Obeys(Sender, epoch);

    /// <summary>Promises to obey no older coordinator, and tells what runs here.</summary>
    private void OnCollect(CollectShards collect)
    {
        IActorRef before = Coordinator;
        if (!_ledger.TryPromise(Sender, collect.Epoch))
        {
            Sender.Tell(new EpochRefused(_ledger.Promised), Self);
            return;
        }

        WatchInsteadOf(before);
        Sender.Tell(new ShardsCollected(_cluster.SelfUniqueAddress, collect.Epoch, Self, [.. _shards.Keys], [.. _heardOf]), Self);
    }

    private void OnRegistered(RegisterAck ack)
    {
        IActorRef before = Coordinator;
        if (!_ledger.TryRegister(Sender, ack.Epoch)) return;
        WatchInsteadOf(before);
        _isRegistered = true;
        Timers.Cancel(Tick.Register);
        foreach (var shard in _buffer.Keys)
            if (!_homes.ContainsKey(shard)) AskForHome(shard);
        if (_isShuttingDown) ContinueShutdown();
    }

    private void WatchInsteadOf(IActorRef before)
    {
        if (Coordinator.Equals(before)) return;
        if (before is not null) Context.Unwatch(before);
        Context.Watch(Coordinator);
    }

    private void OnShardHome(ShardHome home)
    {
        // An own home is hosted on HostShard only, which came before.
        if (_pinned is not null || !Sender.Equals(Coordinator) || home.Region.Equals(Self) || _shards.ContainsKey(home.Shard)) return;
        _handedOff.Remove(home.Shard);
        _homes[home.Shard] = home.Region;
        if (_settings.RememberEntities) _heardOf.Add(home.Shard);
        Context.Watch(home.Region);
        Flush(home.Shard);
    }

    private void Host(HostShard host)
    {
        if (IsProxy || (_pinned is not null && !IsPinnedHere(host.Shard))) return;
        HostingLedger.Answer answer = _ledger.Host(host.Shard, host.Number);
        if (answer == HostingLedger.Answer.Ignore) return;
        if (!_shards.TryGetValue(host.Shard, out HostedShard shard))
        {
            _shards[host.Shard] = shard = new HostedShard();
            _handedOff.Remove(host.Shard);
            if (_settings.RememberEntities) _heardOf.Add(host.Shard);
            StartShard(host.Shard, shard, host.Entities);
        }

        if (!shard.IsStopping) Coordinator.Tell(new ShardStarted(host.Shard, host.Number), Self);
    }

    private void StartShard(string shardId, HostedShard shard, ImmutableArray<string> handedOver)
    {
        var entityProps = _entityProps;
        var (typeName, settings, stopMessage, gauge) = (_typeName, _settings, _handOffStopMessage, _gauge);
        shard.Ref = Context.Watch(Context.ActorOf(
            Actor.Props.Create(() => new Shard(typeName, shardId, entityProps, settings, stopMessage, handedOver, gauge)), Uri.EscapeDataString(shardId)));
        _shardIds[shard.Ref] = shardId;
        _homes[shardId] = Self;
        _gauge.Shards = _shards.Count;
        Flush(shardId);
    }

    private void OnBeginHandOff(string shardId)
    {
        if (!IsPinnedHere(shardId)) _homes.Remove(shardId);
        Coordinator.Tell(new BeginHandOffAck(shardId), Self);
    }

    private void OnHandOff(HandOff handOff)
    {
        if (IsPinnedHere(handOff.Shard) && !_isShuttingDown)
        {
            KeepPinned(handOff.Shard);
            return;
        }

        switch (_ledger.HandOff(handOff.Shard, handOff.Number))
        {
            case HostingLedger.Answer.Confirm:
                Coordinator.Tell(new ShardStopped(handOff.Shard, handOff.Number, _handedOff.GetValueOrDefault(handOff.Shard)), Self);
                break;
            case HostingLedger.Answer.Do:
                _homes.Remove(handOff.Shard);
                StopHosted(handOff.Shard, _shards[handOff.Shard]);
                break;
        }
    }

    private void StopHosted(string shardId, HostedShard shard)
    {
        shard.IsStopping = true;
        if (shard.Ref is not null) shard.Ref.Tell(new StopShard(), Self);
        else ShardIsGone(shardId);
    }

    private void OnShardEmpty(ShardIsEmpty empty)
    {
        if (!empty.Entities.IsDefault) _handedOff[empty.Shard] = empty.Entities;
    }

    private void OnShardTerminated(string shardId)
    {
        HostedShard shard = _shards[shardId];
        shard.Ref = null;
        if (shard.IsStopping)
        {
            ShardIsGone(shardId);
            return;
        }

        _log.Error("{0}: shard [{1}] has failed and starts again after {2}", _typeName, shardId, _settings.TuningParameters.ShardFailureBackoff);
        Timers.StartSingleTimer(new RestartShard(shardId), new RestartShard(shardId), _settings.TuningParameters.ShardFailureBackoff);
    }

    private void OnRestartShard(string shardId)
    {
        if (_shards.TryGetValue(shardId, out HostedShard shard) && shard is { Ref: null, IsStopping: false }) StartShard(shardId, shard, default);
    }

    private void ShardIsGone(string shardId)
    {
        _shards.Remove(shardId);
        var number = _ledger.Stopped(shardId);
        if (_homes.TryGetValue(shardId, out IActorRef home) && home.Equals(Self)) _homes.Remove(shardId);
        _gauge.Shards = _shards.Count;
        Coordinator?.Tell(new ShardStopped(shardId, number, _handedOff.GetValueOrDefault(shardId)), Self);
        if (_isShuttingDown && _shards.Count == 0) Context.Stop(Self);
        else if (_buffer.Contains(shardId)) AskForHome(shardId);
    }

    private void OnGracefulShutdown()
    {
        if (_isShuttingDown) return;
        _isShuttingDown = true;
        _log.Debug("{0}: region hands {1} shards off and stops", _typeName, _shards.Count);
        ContinueShutdown();
    }

    private void ContinueShutdown()
    {
        if (_shards.Count == 0)
        {
            Context.Stop(Self);
        }
        else if (Coordinator is not null && _pinned is null)
        {
            Coordinator.Tell(new GracefulShutdownRequest(), Self);
        }
        else
        {
            // Nobody arranges a move, or there is none; the next coordinator finds that nothing runs here.
            foreach ((string shardId, HostedShard shard) in _shards.ToArray()) StopHosted(shardId, shard);
        }
    }

    /// <summary>A shard of this region. Its actor is null while it waits to be started again.</summary>
    private sealed class HostedShard
    {
        public IActorRef Ref { get; set; }

        public bool IsStopping { get; set; }
    }
}
