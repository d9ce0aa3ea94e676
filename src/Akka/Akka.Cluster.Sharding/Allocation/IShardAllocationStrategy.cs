#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster.Sharding.Internal;

namespace Akka.Cluster.Sharding;

/// <summary>Decides which region hosts a shard, and when shards move. It is called on the coordinator's node only, by one thread at a time.</summary>
public interface IShardAllocationStrategy : INoSerializationVerificationNeeded
{
    /// <summary>The region for a shard.</summary>
    /// <param name="requester">Who wants the shard; the system's ignoring reference if nobody does, as in a rebalance.</param>
    /// <param name="shardId">The shard.</param>
    /// <param name="currentShardAllocations">All regions that take shards, with what they host in the order of allocation. The coordinator's own region has no host in its address.</param>
    /// <returns>One of these regions. With null, or a failure, the shard waits, and the question comes again.</returns>
    Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations);

    /// <summary>The shards that should move now; they get their new homes from <see cref="AllocateShard"/>.</summary>
    /// <param name="currentShardAllocations">As above.</param>
    /// <param name="rebalanceInProgress">Shards that are moving already.</param>
    Task<IImmutableSet<string>> Rebalance(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress);
}

/// <summary>A strategy that is started before its first use.</summary>
public interface IStartableAllocationStrategy : IShardAllocationStrategy
{
    void Start();
}

/// <summary>A strategy that is given the system before its first use.</summary>
public interface IActorSystemDependentAllocationStrategy : IShardAllocationStrategy
{
    void Start(ActorSystem system);
}

/// <summary>Makes allocation strategies.</summary>
public static class ShardAllocationStrategy
{
    /// <summary>Allocates to the region with the fewest shards, and moves shards until the difference is at most one.</summary>
    /// <param name="absoluteLimit">Most shards that move in one round.</param>
    /// <param name="relativeLimit">Most part of all shards that moves in one round; at least one shard may.</param>
    public static IShardAllocationStrategy LeastShardAllocationStrategy(int absoluteLimit, double relativeLimit) =>
        new RoundLimitedAllocationStrategy(absoluteLimit, relativeLimit);
}

/// <summary>Allocates to the region with the fewest shards, and moves shards away from the fullest one.</summary>
public class LeastShardAllocationStrategy : AbstractLeastShardAllocationStrategy
{
    private readonly int _rebalanceThreshold;
    private readonly int _maxSimultaneousRebalance;

    /// <param name="rebalanceThreshold">Shards that the fullest region may have more than the emptiest.</param>
    /// <param name="maxSimultaneousRebalance">Most shards that move at a time.</param>
    public LeastShardAllocationStrategy(int rebalanceThreshold, int maxSimultaneousRebalance)
    {
        _rebalanceThreshold = rebalanceThreshold;
        _maxSimultaneousRebalance = maxSimultaneousRebalance;
    }

    public override Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
    {
        IImmutableSet<string> none = ImmutableHashSet<string>.Empty;
        if (rebalanceInProgress.Count >= _maxSimultaneousRebalance || currentShardAllocations.Count == 0) return Task.FromResult(none);
        ImmutableList<RegionEntry> regions = RegionEntriesFor(currentShardAllocations);
        if (!IsAGoodTimeToRebalance(regions)) return Task.FromResult(none);
        var fewest = regions.Min(r => Staying(r, rebalanceInProgress).Count());
        RegionEntry fullest = regions.MaxBy(r => Staying(r, rebalanceInProgress).Count());
        string[] candidates = [.. Staying(fullest, rebalanceInProgress)];
        var difference = candidates.Length - fewest;
        if (difference <= _rebalanceThreshold) return Task.FromResult(none);
        var count = Math.Min(Math.Max(1, difference - _rebalanceThreshold), _maxSimultaneousRebalance - rebalanceInProgress.Count);
        return Task.FromResult<IImmutableSet<string>>([.. candidates.Take(count)]);
    }

    private static IEnumerable<string> Staying(RegionEntry region, IImmutableSet<string> moving) => region.ShardIds.Where(s => !moving.Contains(s));
}
