using Akka.Cluster.TestSupport;

namespace Akka.Cluster.Tests;

public sealed class ClusterMetricsTests
{
    [Fact]
    public async Task Members_convergence_gossip_and_heartbeats_are_measured_for_each_node()
    {
        using var meter = new MeterReader("Akka.Cluster");
        await using ClusterNodes nodes = await ClusterNode.StartCluster(2);
        var node = $"node={nodes[0].Address}";

        await ClusterNode.Eventually(() => meter.Read("akka.cluster.convergence", node) == 1);
        Assert.Equal(2, meter.Read("akka.cluster.members", node, "status=Up"));
        Assert.Equal(0, meter.Read("akka.cluster.members", node, "status=Down"));
        Assert.Equal(0, meter.Read("akka.cluster.members.unreachable", node));
        await ClusterNode.Eventually(() => meter.Read("akka.cluster.gossip.received", node) > 0 && meter.Read("akka.cluster.gossip.sent", node) > 0 && meter.Read("akka.cluster.heartbeats.sent", node) > 0);
    }

    [Fact]
    public async Task A_member_that_cannot_be_reached_and_the_missing_convergence_are_measured()
    {
        using var meter = new MeterReader("Akka.Cluster");
        await using ClusterNodes nodes = await ClusterNode.StartCluster(2, "akka.cluster.split-brain-resolver.stable-after = 60s");
        var node = $"node={nodes[0].Address}";

        await nodes[1].Crash();

        await ClusterNode.Eventually(() => meter.Read("akka.cluster.members.unreachable", node) == 1 && meter.Read("akka.cluster.convergence", node) == 0 && meter.Read("akka.cluster.convergence.missing", node) > 0);
    }
}
