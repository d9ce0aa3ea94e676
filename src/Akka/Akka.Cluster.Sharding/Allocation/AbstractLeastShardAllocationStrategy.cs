#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding.Internal;

/// <summary>Allocates to the region with the fewest shards. Regions on members that leave, or that cannot be reached, get nothing new; newer application versions come first.</summary>
public abstract class AbstractLeastShardAllocationStrategy : IActorSystemDependentAllocationStrategy
{
    private Cluster _cluster;

    protected virtual ClusterEvent.CurrentClusterState ClusterState => _cluster.State;

    protected virtual Member SelfMember => _cluster.SelfMember;

    public void Start(ActorSystem system) => _cluster = Cluster.Get(system);

    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        ImmutableList<RegionEntry> regions = RegionEntriesFor(currentShardAllocations);
        return Task.FromResult(regions.IsEmpty ? null : MostSuitableRegion(regions).Item1);
    }

    public abstract Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress);

    /// <summary>False while members join or leave, or run different application versions: what moves now would soon move again.</summary>
    protected bool IsAGoodTimeToRebalance(IEnumerable<RegionEntry> regionEntries)
    {
        RegionEntry[] regions = [.. regionEntries];
        if (regions.Select(static r => r.Member.AppVersion).Distinct().Count() > 1) return false;
        ClusterEvent.CurrentClusterState state = ClusterState;
        return state.Members.All(static m => m.Status is MemberStatus.Up or MemberStatus.Down or MemberStatus.Removed) && state.Unreachable.Count == 0;
    }

    /// <summary>The region for the next shard, and what it hosts.</summary>
    protected (IActorRef, IImmutableList<string>) MostSuitableRegion(IEnumerable<RegionEntry> regionEntries)
    {
        RegionEntry best = regionEntries
            .OrderByDescending(static r => r.Member.Status == MemberStatus.Up)
            .ThenByDescending(static r => r.Member.AppVersion)
            .ThenBy(static r => r.ShardIds.Count)
            .First();
        return (best.Region, best.ShardIds);
    }

    /// <summary>The regions whose members are known and can be reached.</summary>
    protected ImmutableList<RegionEntry> RegionEntriesFor(IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        ClusterEvent.CurrentClusterState state = ClusterState;
        var byAddress = state.Members.ToDictionary(static m => m.Address);
        ImmutableList<RegionEntry>.Builder entries = ImmutableList.CreateBuilder<RegionEntry>();
        foreach ((IActorRef region, IImmutableList<string> shards) in currentShardAllocations)
        {
            Address address = region.Path.Address.HasLocalScope ? SelfMember.Address : region.Path.Address;
            if (byAddress.TryGetValue(address, out Member member) && !state.Unreachable.Contains(member)) entries.Add(new RegionEntry(region, member, shards));
        }

        return [.. entries.OrderBy(static e => e.Member.Address, Member.AddressOrdering)];
    }

    /// <summary>A region, its member and its shards.</summary>
    public sealed class RegionEntry
    {
        public RegionEntry(IActorRef region, Member member, IImmutableList<string> shardIds)
        {
            Region = region;
            Member = member;
            ShardIds = shardIds;
        }

        public Member Member { get; }

        public IActorRef Region { get; }

        public IImmutableList<string> ShardIds { get; }
    }
}

/// <summary>Moves at most so many shards in a round; regions that have more than their share give the surplus away.</summary>
internal sealed class RoundLimitedAllocationStrategy(int absoluteLimit, double relativeLimit) : AbstractLeastShardAllocationStrategy
{
    public override Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress)
    {
        IImmutableSet<string> none = ImmutableHashSet<string>.Empty;
        // One round at a time, so that counts are not of shards on their way.
        if (rebalanceInProgress.Count > 0) return Task.FromResult(none);
        ImmutableList<RegionEntry> regions = RegionEntriesFor(currentShardAllocations);
        if (regions.Count < 2 || !IsAGoodTimeToRebalance(regions)) return Task.FromResult(none);
        var total = regions.Sum(static r => r.ShardIds.Count);
        var limit = Math.Max(1, Math.Min((int)(relativeLimit * total), absoluteLimit));
        return Task.FromResult<IImmutableSet<string>>([.. Surplus(regions, total).Take(limit)]);
    }

    private static IEnumerable<string> Surplus(ImmutableList<RegionEntry> regions, int total)
    {
        var share = (total + regions.Count - 1) / regions.Count;
        string[] above = [.. regions.SelectMany(r => r.ShardIds.Take(Math.Max(0, r.ShardIds.Count - share)))];
        if (above.Length > 0) return above;
        // Nobody has too many, but somebody may have two fewer than another.
        var missing = regions.Count(r => r.ShardIds.Count < share - 1);
        return missing == 0 ? [] : regions.Where(r => r.ShardIds.Count == share).Take(missing).Select(static r => r.ShardIds[0]);
    }
}
