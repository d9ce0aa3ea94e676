#nullable disable
using Akka.Actor;
using Akka.Event;
using AkkaExtensions.Sharding;

namespace Akka.Cluster.Sharding;

/// <summary>Shards that belong to nodes: this node's runs from the region's start to its end, and where the others are is asked of nobody.</summary>
public sealed partial class ShardRegion
{
    private readonly IPinnedShards _pinned;

    // Members that were removed: what is sent to their shards waits until they are back.
    private readonly HashSet<Address> _gone = [];
    private bool _mustRegisterAgain;

    private void StartPinned()
    {
        if (_pinned is null) return;
        Context.System.EventStream.Subscribe(Self, typeof(PinnedShardFound));
        if (_pinned.OwnShard is not { } own) return;
        _ledger.Host(own, 0);
        _shards[own] = new HostedShard();
        StartShard(own, _shards[own], default);
    }

    private bool IsPinnedHere(string shardId) => _pinned is not null && shardId == _pinned.OwnShard;

    /// <summary>Where a shard is; null while it is not known.</summary>
    private IActorRef HomeOf(string shardId)
    {
        _homes.TryGetValue(shardId, out IActorRef home);
        if (_pinned is null || IsPinnedHere(shardId)) return home;
        if (_pinned.AddressOf(shardId) is not { } address || _gone.Contains(address) || address.Equals(_cluster.SelfAddress)) return null;
        if (home is null || !home.Path.Address.Equals(address)) _homes[shardId] = home = _provider.ResolveActorRef(new RootActorPath(address) / Self.Path.Elements);
        return home;
    }

    /// <summary>What waits goes first, in its order.</summary>
    private void SendWaiting()
    {
        foreach (var shard in _buffer.Keys.ToArray())
            if (HomeOf(shard) is not null) Flush(shard);
    }

    private void OnPinnedFound(PinnedShardFound found)
    {
        _gone.Remove(found.Address);
        if (_buffer.Contains(found.ShardId) && HomeOf(found.ShardId) is not null) Flush(found.ShardId);
    }

    private void SeePinned(ClusterEvent.IMemberEvent change)
    {
        if (_pinned is null) return;
        if (change is ClusterEvent.MemberRemoved) _gone.Add(change.Member.Address);
        else if (change is not ClusterEvent.MemberDowned && _gone.Remove(change.Member.Address)) SendWaiting();
    }

    /// <summary>
    /// The coordinator still knows another home of the shard: a process of the same node that has ended and is not removed yet. The shard belongs here all the
    /// same; the region registers again until the coordinator agrees.
    /// </summary>
    private void KeepPinned(string shardId)
    {
        if (!_mustRegisterAgain) _log.Warning("{0}: shard [{1}] belongs to this node and is not handed off", _typeName, shardId);
        _mustRegisterAgain = true;
    }

    private void MaybeRegisterAgain()
    {
        if (!_mustRegisterAgain) return;
        _mustRegisterAgain = false;
        Register();
    }
}
