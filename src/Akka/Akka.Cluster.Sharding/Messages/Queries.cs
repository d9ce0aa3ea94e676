#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>Marks what sharding sends between nodes.</summary>
public interface IClusterShardingSerializable
{
}

/// <summary>What a region does for its user.</summary>
public interface IShardRegionCommand
{
}

/// <summary>What a region can be asked.</summary>
public interface IShardRegionQuery
{
}

/// <summary>Told by an entity to its parent: stop me with that message; messages that arrive meanwhile start me again.</summary>
public sealed class Passivate : IShardRegionCommand
{
    /// <param name="stopMessage">Told to the entity, which must stop on it.</param>
    public Passivate(object stopMessage) => StopMessage = stopMessage;

    public object StopMessage { get; }
}

/// <summary>Told to a region: hand all shards off to other regions, then stop.</summary>
public sealed class GracefulShutdown : IShardRegionCommand
{
    public static readonly GracefulShutdown Instance = new();

    private GracefulShutdown()
    {
    }
}

/// <summary>Asks a region where regions are; the answer is <see cref="CurrentRegions"/>.</summary>
public sealed class GetCurrentRegions : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetCurrentRegions Instance = new();

    private GetCurrentRegions()
    {
    }

    public override string ToString() => "GetCurrentRegions";
}

/// <summary>Addresses of all regions of a type.</summary>
public sealed class CurrentRegions : IClusterShardingSerializable, IEquatable<CurrentRegions>
{
    public readonly IImmutableSet<Address> Regions;

    public CurrentRegions(IImmutableSet<Address> regions) => Regions = regions;

    public bool Equals(CurrentRegions other) => other is not null && Regions.SetEquals(other.Regions);

    public override bool Equals(object obj) => Equals(obj as CurrentRegions);

    public override int GetHashCode() => Regions.Count;

    public override string ToString() => $"CurrentRegions({string.Join(", ", Regions)})";
}

/// <summary>Asks a region for the number of entities in its shards; the answer is <see cref="ShardRegionStats"/>.</summary>
public sealed class GetShardRegionStats : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetShardRegionStats Instance = new();

    private GetShardRegionStats()
    {
    }

    public override string ToString() => "GetShardRegionStats";
}

/// <summary>Entities by shard, and the shards that did not answer in time.</summary>
public sealed class ShardRegionStats : IClusterShardingSerializable, IEquatable<ShardRegionStats>
{
    public readonly IImmutableSet<string> Failed;

    public readonly IImmutableDictionary<string, int> Stats;

    public ShardRegionStats(IImmutableDictionary<string, int> stats)
        : this(stats, ImmutableHashSet<string>.Empty)
    {
    }

    public ShardRegionStats(IImmutableDictionary<string, int> stats, IImmutableSet<string> failed)
    {
        Stats = stats;
        Failed = failed;
    }

    public bool Equals(ShardRegionStats other) => other is not null && Failed.SetEquals(other.Failed)
        && Stats.Count == other.Stats.Count && Stats.All(s => other.Stats.TryGetValue(s.Key, out var count) && count == s.Value);

    public override bool Equals(object obj) => Equals(obj as ShardRegionStats);

    public override int GetHashCode() => HashCode.Combine(Stats.Count, Failed.Count);

    public override string ToString() => $"ShardRegionStats({string.Join(", ", Stats.Select(static s => $"{s.Key}: {s.Value}"))})";
}

/// <summary>Asks a region for the statistics of all regions; the answer is <see cref="ClusterShardingStats"/>.</summary>
public sealed class GetClusterShardingStats : IClusterShardingSerializable, IShardRegionQuery, IEquatable<GetClusterShardingStats>
{
    public readonly TimeSpan Timeout;

    /// <param name="timeout">How long to wait for regions; those that are late are left out.</param>
    public GetClusterShardingStats(TimeSpan timeout) => Timeout = timeout;

    public bool Equals(GetClusterShardingStats other) => other is not null && Timeout == other.Timeout;

    public override bool Equals(object obj) => Equals(obj as GetClusterShardingStats);

    public override int GetHashCode() => Timeout.GetHashCode();

    public override string ToString() => $"GetClusterShardingStats({Timeout})";
}

/// <summary>Statistics by the address of the region.</summary>
public sealed class ClusterShardingStats : IClusterShardingSerializable, IEquatable<ClusterShardingStats>
{
    public readonly IImmutableDictionary<Address, ShardRegionStats> Regions;

    public ClusterShardingStats(IImmutableDictionary<Address, ShardRegionStats> regions) => Regions = regions;

    public bool Equals(ClusterShardingStats other) => other is not null && Regions.Count == other.Regions.Count
        && Regions.All(r => other.Regions.TryGetValue(r.Key, out ShardRegionStats stats) && stats.Equals(r.Value));

    public override bool Equals(object obj) => Equals(obj as ClusterShardingStats);

    public override int GetHashCode() => Regions.Count;

    public override string ToString() => $"ClusterShardingStats({string.Join(", ", Regions.Select(static r => $"{r.Key}: {r.Value}"))})";
}

/// <summary>Asks a region for its shards and entities; the answer is <see cref="CurrentShardRegionState"/>.</summary>
public sealed class GetShardRegionState : IClusterShardingSerializable, IShardRegionQuery
{
    public static readonly GetShardRegionState Instance = new();

    private GetShardRegionState()
    {
    }

    public override string ToString() => "GetShardRegionState";
}

/// <summary>The shards of a region, and those that did not answer in time.</summary>
public sealed class CurrentShardRegionState : IClusterShardingSerializable, IEquatable<CurrentShardRegionState>
{
    public readonly IImmutableSet<string> Failed;

    public readonly IImmutableSet<ShardState> Shards;

    public CurrentShardRegionState(IImmutableSet<ShardState> shards)
        : this(shards, ImmutableHashSet<string>.Empty)
    {
    }

    public CurrentShardRegionState(IImmutableSet<ShardState> shards, IImmutableSet<string> failed)
    {
        Shards = shards;
        Failed = failed;
    }

    public bool Equals(CurrentShardRegionState other) => other is not null && Shards.SetEquals(other.Shards) && Failed.SetEquals(other.Failed);

    public override bool Equals(object obj) => Equals(obj as CurrentShardRegionState);

    public override int GetHashCode() => HashCode.Combine(Shards.Count, Failed.Count);

    public override string ToString() => $"CurrentShardRegionState({string.Join(", ", Shards)})";
}

/// <summary>The entities that run in a shard.</summary>
public sealed class ShardState : IClusterShardingSerializable, IEquatable<ShardState>
{
    public readonly IImmutableSet<string> EntityIds;

    public readonly string ShardId;

    public ShardState(string shardId, IImmutableSet<string> entityIds)
    {
        ShardId = shardId;
        EntityIds = entityIds;
    }

    public bool Equals(ShardState other) => other is not null && ShardId == other.ShardId && EntityIds.SetEquals(other.EntityIds);

    public override bool Equals(object obj) => Equals(obj as ShardState);

    public override int GetHashCode() => HashCode.Combine(ShardId, EntityIds.Count);

    public override string ToString() => $"ShardState({ShardId}: {string.Join(", ", EntityIds)})";
}
