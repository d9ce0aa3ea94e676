using System.Diagnostics;
using Akka.Actor;
using Akka.Cluster.TestSupport;

namespace Akka.Cluster.Tools.Tests;

public sealed class RemovalMarginTests
{
    [Fact]
    public async Task The_next_instance_starts_when_the_margin_of_the_lost_member_has_passed()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3, "akka.cluster.down-removal-margin = 2s");
        IActorRef[] proxies = [.. cluster.All.Select(s => SingletonTests.StartSingleton(s, running))];
        await SingletonTests.Where(proxies[2]);

        var lost = Stopwatch.GetTimestamp();
        await TestCluster.Crash(cluster[0]);
        await SingletonTests.Until(proxies[2], SingletonTests.AddressOf(cluster[1]));

        Assert.True(Stopwatch.GetElapsedTime(lost) >= TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task Nothing_is_waited_for_when_the_process_of_the_lost_member_has_ended()
    {
        var running = new RunningSet();
        await using TestCluster cluster = await TestCluster.Start(3, "akka.cluster { down-removal-margin = 60s, down-removal-margin-after-process-end = off }");
        IActorRef[] proxies = [.. cluster.All.Select(s => SingletonTests.StartSingleton(s, running))];
        await SingletonTests.Where(proxies[2]);

        await TestCluster.Crash(cluster[0]);

        await SingletonTests.Until(proxies[2], SingletonTests.AddressOf(cluster[1]));
    }
}
