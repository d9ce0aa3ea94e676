using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>A region, and the member that it is on.</summary>
/// <param name="Node">The member.</param>
/// <param name="Shards">What it hosts, in the order of allocation.</param>
/// <param name="IsShuttingDown">Whether it hands everything off.</param>
internal sealed record RegionEntry(UniqueAddress Node, ImmutableList<string> Shards, bool IsShuttingDown = false);

/// <summary>A shard on its way from one region to another.</summary>
/// <param name="From">The region that hosts it.</param>
/// <param name="Waiting">Regions and proxies that do not keep messages for it yet; when nobody is left the shard is stopped.</param>
internal sealed record Move(IActorRef From, ImmutableHashSet<IActorRef> Waiting);

/// <summary>What a coordinator knows; an immutable value. <see cref="CoordinatorCore"/> changes it.</summary>
internal sealed record CoordinatorState
{
    /// <summary>Orders coordinators: regions obey none with a smaller one than they promised.</summary>
    public required long Epoch { get; init; }

    /// <summary>Whether remembered shards are allocated without being asked for.</summary>
    public required bool Remembers { get; init; }

    /// <summary>False while members are asked what they host; nothing is allocated then.</summary>
    public bool IsActive { get; init; }

    /// <summary>All members with the role; true for those that may host (Up or Leaving).</summary>
    public ImmutableDictionary<UniqueAddress, bool> Members { get; init; } = ImmutableDictionary<UniqueAddress, bool>.Empty;

    /// <summary>Members that have answered.</summary>
    public ImmutableHashSet<UniqueAddress> Answered { get; init; } = [];

    public ImmutableDictionary<IActorRef, RegionEntry> Regions { get; init; } = ImmutableDictionary<IActorRef, RegionEntry>.Empty;

    /// <summary>The region of each shard that is allocated.</summary>
    public ImmutableDictionary<string, IActorRef> Homes { get; init; } = ImmutableDictionary<string, IActorRef>.Empty;

    /// <summary>The number of the last allocation.</summary>
    public long LastNumber { get; init; }

    /// <summary>The number of each allocation; shards that were found in a region have none.</summary>
    public ImmutableDictionary<string, long> Numbers { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Allocated shards whose region has not said yet that it hosts them.</summary>
    public ImmutableHashSet<string> Unconfirmed { get; init; } = [];

    public ImmutableDictionary<string, Move> Moves { get; init; } = ImmutableDictionary<string, Move>.Empty;

    /// <summary>Shards for which the strategy has been asked.</summary>
    public ImmutableHashSet<string> Allocating { get; init; } = [];

    /// <summary>Who wants to know where a shard is.</summary>
    public ImmutableDictionary<string, ImmutableHashSet<IActorRef>> Requesters { get; init; } = ImmutableDictionary<string, ImmutableHashSet<IActorRef>>.Empty;

    /// <summary>Entity ids that a former host handed over, until the next one has them.</summary>
    public ImmutableDictionary<string, ImmutableArray<string>> HandedOver { get; init; } = ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    public ImmutableHashSet<IActorRef> Proxies { get; init; } = [];

    /// <summary>Regions of members that are not Up yet.</summary>
    public ImmutableDictionary<IActorRef, RegisterRegion> Early { get; init; } = ImmutableDictionary<IActorRef, RegisterRegion>.Empty;

    /// <summary>Shards that should run somewhere even if nobody asks for them.</summary>
    public ImmutableHashSet<string> Known { get; init; } = [];

    /// <summary>Members that have not answered.</summary>
    public IEnumerable<UniqueAddress> Silent => Members.Keys.Where(m => !Answered.Contains(m));

    /// <summary>What the allocation strategy sees: regions that take shards, and what they have.</summary>
    public IImmutableDictionary<IActorRef, IImmutableList<string>> Allocations =>
        Regions.Where(static r => !r.Value.IsShuttingDown).ToImmutableDictionary(static r => r.Key, static r => (IImmutableList<string>)r.Value.Shards);

    /// <summary>The number of a shard's allocation; 0 if it was found in its region.</summary>
    public long NumberOf(string shard) => Numbers.GetValueOrDefault(shard);

    /// <summary>With a shard that a region hosts.</summary>
    public CoordinatorState WithHome(string shard, IActorRef region) => this with
    {
        Homes = Homes.SetItem(shard, region),
        Regions = Regions.SetItem(region, Regions[region] with { Shards = Regions[region].Shards.Contains(shard) ? Regions[region].Shards : Regions[region].Shards.Add(shard) }),
        Known = Remembers ? Known.Add(shard) : Known,
    };

    /// <summary>With a shard allocated nowhere.</summary>
    public CoordinatorState WithoutHome(string shard) => !Homes.TryGetValue(shard, out IActorRef? region) ? this : this with
    {
        Homes = Homes.Remove(shard),
        Regions = Regions.TryGetValue(region, out RegionEntry? entry) ? Regions.SetItem(region, entry with { Shards = entry.Shards.Remove(shard) }) : Regions,
        Unconfirmed = Unconfirmed.Remove(shard),
        Numbers = Numbers.Remove(shard),
        Moves = Moves.Remove(shard),
    };
}
