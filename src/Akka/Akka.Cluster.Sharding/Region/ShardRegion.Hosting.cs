#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;

namespace Akka.Cluster.Sharding;

/// <summary>What a region does for the coordinator: it obeys one at a time, and never an older one again.</summary>
public sealed partial class ShardRegion
{
    private readonly Dictionary<string, HostedShard> _shards = [];
    private readonly Dictionary<IActorRef, string> _shardIds = [];
    private readonly Dictionary<string, ImmutableArray<string>> _handedOff = [];

    private bool OnCoordination(CoordinationMessage message)
    {
        switch (message)
        {
            case ShardHome home: OnShardHome(home); return true;
            case CollectShards collect: OnCollect(collect); return true;
            case RegisterAck ack: OnRegistered(ack); return true;
            case HostShard host: if (Obeys(host.Epoch)) Host(host); return true;
            case BeginHandOff begin: if (Obeys(begin.Epoch)) OnBeginHandOff(begin.Shard); return true;
            case HandOff handOff: if (Obeys(handOff.Epoch)) OnHandOff(handOff.Shard); return true;
            default: return false;
        }
    }

    private bool Obeys(long epoch) => epoch == _promised && Sender.Equals(_coordinator);

    /// <summary>Promises to obey no older coordinator, and tells what runs here.</summary>
    private void OnCollect(CollectShards collect)
    {
        if (collect.Epoch < _promised || (collect.Epoch == _promised && !Sender.Equals(_coordinator)))
        {
            Sender.Tell(new EpochRefused(_promised), Self);
            return;
        }

        Follow(Sender, collect.Epoch);
        ImmutableArray<string> known = _settings.RememberEntities ? [.. _homes.Keys.Union(_shards.Keys)] : [];
        Sender.Tell(new ShardsCollected(_cluster.SelfUniqueAddress, collect.Epoch, Self, [.. _shards.Keys], known), Self);
    }

    private void OnRegistered(RegisterAck ack)
    {
        if (ack.Epoch < _promised || (ack.Epoch == _promised && _coordinator is not null && !Sender.Equals(_coordinator))) return;
        Follow(Sender, ack.Epoch);
        _isRegistered = true;
        Timers.Cancel(Tick.Register);
        foreach (var shard in _buffer.Keys)
            if (!_homes.ContainsKey(shard)) _coordinator.Tell(new GetShardHome(shard), Self);
        if (_isShuttingDown) ContinueShutdown();
    }

    private void Follow(IActorRef coordinator, long epoch)
    {
        _promised = epoch;
        if (coordinator.Equals(_coordinator)) return;
        if (_coordinator is not null) Context.Unwatch(_coordinator);
        _coordinator = Context.Watch(coordinator);
    }

    private void OnShardHome(ShardHome home)
    {
        // An own home is hosted on HostShard only, which came before.
        if (!Sender.Equals(_coordinator) || home.Region.Equals(Self) || _shards.ContainsKey(home.Shard)) return;
        _handedOff.Remove(home.Shard);
        _homes[home.Shard] = home.Region;
        Context.Watch(home.Region);
        Flush(home.Shard);
    }

    private void Host(HostShard host)
    {
        if (IsProxy) return;
        if (!_shards.TryGetValue(host.Shard, out HostedShard shard))
        {
            _shards[host.Shard] = shard = new HostedShard();
            _handedOff.Remove(host.Shard);
            StartShard(host.Shard, shard, host.Entities);
        }

        if (!shard.IsStopping) _coordinator.Tell(new ShardStarted(host.Shard), Self);
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
        _homes.Remove(shardId);
        _coordinator.Tell(new BeginHandOffAck(shardId), Self);
    }

    private void OnHandOff(string shardId)
    {
        if (!_shards.TryGetValue(shardId, out HostedShard shard))
        {
            _coordinator.Tell(new ShardStopped(shardId, _handedOff.GetValueOrDefault(shardId)), Self);
            return;
        }

        _homes.Remove(shardId);
        StopHosted(shardId, shard);
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
        if (_homes.TryGetValue(shardId, out IActorRef home) && home.Equals(Self)) _homes.Remove(shardId);
        _gauge.Shards = _shards.Count;
        _coordinator?.Tell(new ShardStopped(shardId, _handedOff.GetValueOrDefault(shardId)), Self);
        if (_isShuttingDown && _shards.Count == 0) Context.Stop(Self);
        else if (_buffer.Contains(shardId)) _coordinator?.Tell(new GetShardHome(shardId), Self);
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
        else if (_coordinator is not null)
        {
            _coordinator.Tell(new GracefulShutdownRequest(), Self);
        }
        else
        {
            // Nobody arranges the move; the next coordinator finds that nothing runs here.
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
