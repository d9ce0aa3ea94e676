#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>What a region can be asked. Answers that need others are put together outside the actor.</summary>
public sealed partial class ShardRegion
{
    private bool OnQuery(IShardRegionQuery query)
    {
        IActorRef sender = Sender;
        switch (query)
        {
            case GetCurrentRegions:
                if (Coordinator is not null) Coordinator.Forward(query);
                else sender.Tell(new CurrentRegions(ImmutableHashSet<Address>.Empty));
                return true;
            case GetShardRegionState:
                AskShards().PipeTo(sender, Self, static answers => new CurrentShardRegionState(
                    [.. answers.Where(static a => a.State is not null).Select(static a => a.State)], FailedOf(answers)));
                return true;
            case GetShardRegionStats:
                AskShards().PipeTo(sender, Self, static answers => StatsOf(answers));
                return true;
            case GetClusterShardingStats stats:
                AskRegions(Coordinator, stats.Timeout).PipeTo(sender, Self);
                return true;
            default:
                return false;
        }
    }

    private static ImmutableHashSet<string> FailedOf(ShardAnswer[] answers) => [.. answers.Where(static a => a.State is null).Select(static a => a.Shard)];

    private static ShardRegionStats StatsOf(ShardAnswer[] answers) => new(
        answers.Where(static a => a.State is not null).ToImmutableDictionary(static a => a.Shard, static a => a.State.EntityIds.Count), FailedOf(answers));

    private Task<ShardAnswer[]> AskShards()
    {
        TimeSpan timeout = _settings.ShardRegionQueryTimeout;
        return Task.WhenAll(_shards.Select(s => AskShard(s.Key, s.Value.Ref, timeout)));
    }

    private static async Task<ShardAnswer> AskShard(string shardId, IActorRef shard, TimeSpan timeout)
    {
        if (shard is null) return new ShardAnswer(shardId, null);
        try
        {
            return new ShardAnswer(shardId, await shard.Ask<ShardState>(new GetShardState(), timeout).ConfigureAwait(false));
        }
        catch (AskTimeoutException)
        {
            return new ShardAnswer(shardId, null);
        }
    }

    private async Task<ClusterShardingStats> AskRegions(IActorRef coordinator, TimeSpan timeout)
    {
        if (coordinator is null) return new ClusterShardingStats(ImmutableDictionary<Address, ShardRegionStats>.Empty);
        string[] path = [.. Self.Path.Elements];
        IActorRefProvider provider = _provider;
        CurrentRegions regions = await coordinator.Ask<CurrentRegions>(Sharding.GetCurrentRegions.Instance, timeout).ConfigureAwait(false);
        var stats = await Task.WhenAll(regions.Regions.Select(async address =>
        {
            IActorRef region = provider.ResolveActorRef(new RootActorPath(address) / RegionPath(path));
            try
            {
                return (address, await region.Ask<ShardRegionStats>(Sharding.GetShardRegionStats.Instance, timeout).ConfigureAwait(false));
            }
            catch (AskTimeoutException)
            {
                return (address, null);
            }
        })).ConfigureAwait(false);
        return new ClusterShardingStats(stats.Where(static s => s.Item2 is not null).ToImmutableDictionary(static s => s.address, static s => s.Item2));
    }

    /// <summary>A proxy has its own name beside the region's.</summary>
    private string[] RegionPath(string[] own) => [.. own[..^1], ClusterSharding.NameOf(_typeName)];

    private sealed record ShardAnswer(string Shard, ShardState State);
}
