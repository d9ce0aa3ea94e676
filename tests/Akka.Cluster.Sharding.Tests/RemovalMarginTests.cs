using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using static Akka.Cluster.Sharding.Tests.ShardingSupport;

namespace Akka.Cluster.Sharding.Tests;

public sealed class RemovalMarginTests
{
    [Fact]
    public async Task Shards_of_a_lost_member_get_a_new_home_when_the_margin_has_passed()
    {
        (IActorRef region, Address lost, long since, TestCluster cluster) = await Lose("akka.cluster.down-removal-margin = 2s");
        await using TestCluster owned = cluster;

        Address[] homes = await Where(region, Names(30));

        Assert.DoesNotContain(lost, homes);
        Assert.True(Stopwatch.GetElapsedTime(since) >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Shards_of_a_member_whose_process_has_ended_get_a_new_home_at_once()
    {
        (IActorRef region, Address lost, _, TestCluster cluster) = await Lose("akka.cluster { down-removal-margin = 60s, down-removal-margin-after-process-end = off }");
        await using TestCluster owned = cluster;

        Assert.DoesNotContain(lost, await Where(region, Names(30)));
    }

    /// <summary>A cluster of three that has entities everywhere and loses its youngest member, which does not run the coordinator.</summary>
    private static async Task<(IActorRef Region, Address Lost, long Since, TestCluster Cluster)> Lose(string hocon)
    {
        TestCluster cluster = await TestCluster.Start(3, hocon);
        IActorRef[] regions = StartRegions(cluster, new RunningSet());
        await ShardingTests.KnowsRegions(regions[0], 3);
        Assert.Contains(AddressOf(cluster[2]), await Where(regions[0], Names(30)));
        var since = Stopwatch.GetTimestamp();
        await TestCluster.Crash(cluster[2]);
        await TestCluster.Sees(cluster[0], 2);
        return (regions[0], AddressOf(cluster[2]), since, cluster);
    }
}
