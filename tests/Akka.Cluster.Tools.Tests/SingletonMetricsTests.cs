using Akka.Actor;
using Akka.Cluster.TestSupport;
using Akka.Cluster.Tools.Singleton;

namespace Akka.Cluster.Tools.Tests;

public sealed class SingletonMetricsTests
{
    [Fact]
    public async Task States_starts_and_hand_overs_are_measured()
    {
        using var meter = new MeterReader("Akka.Cluster.Tools");
        await using TestCluster cluster = await TestCluster.Start(2);
        IActorRef[] proxies = [.. cluster.All.Select(s => SingletonTests.StartSingleton(s, new RunningSet(), manager: "measured"))];
        await SingletonTests.Where(proxies[1]);
        const string Manager = "manager=akka://test/user/measured";

        Assert.Equal(1, meter.Read("akka.cluster.singleton.starts", Manager));
        Assert.NotNull(meter.Read("akka.cluster.singleton.state", Manager));
        await TestCluster.Leave(cluster[0]).WaitAsync(TestCluster.Patience);
        await SingletonTests.Until(proxies[1], SingletonTests.AddressOf(cluster[1]));

        Assert.Equal(2, meter.Read("akka.cluster.singleton.starts", Manager));
        Assert.Equal(1, meter.Read("akka.cluster.singleton.handovers", Manager));
    }

    [Fact]
    public async Task Messages_that_proxies_hold_and_drop_are_measured()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        using var meter = new MeterReader("Akka.Cluster.Tools");
        IActorRef proxy = cluster[0].ActorOf(ClusterSingletonProxy.Props("/user/nobody", ClusterSingletonProxySettings.Create(cluster[0]).WithBufferSize(3)));

        for (var i = 0; i < 5; i++) proxy.Tell(i);

        await TestCluster.Eventually(() => meter.Read("akka.cluster.singleton.proxy.dropped") >= 2 && meter.Read("akka.cluster.singleton.proxy.buffered") >= 3);
    }
}
