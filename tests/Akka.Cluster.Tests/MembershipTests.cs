using System.Threading.Channels;
using Akka.Actor;

namespace Akka.Cluster.Tests;

public sealed class MembershipTests
{
    [Fact]
    public async Task A_node_that_joins_itself_forms_a_cluster()
    {
        await using var node = ClusterNode.Start("akka.cluster { roles = [backend], app-version = \"1.2.3\" }");

        await node.Cluster.JoinAsync(node.Address);

        Assert.True(node.Cluster.IsUp);
        Assert.Equal(node.Address, node.Cluster.State.Leader);
        Assert.Equal(node.Address, node.Cluster.State.RoleLeader("backend"));
        Assert.Equal("1.2.3", node.Cluster.SelfMember.AppVersion.Version);
    }

    [Fact]
    public async Task Three_systems_form_one_cluster()
    {
        ClusterNode[] nodes = await ClusterNode.StartCluster(3);

        Assert.Single(nodes.Select(n => n.Cluster.State.Leader).Distinct());
        Assert.Equal([1, 2, 3], nodes[0].Cluster.State.Members.Select(m => m.UpNumber).Order());
        foreach (ClusterNode node in nodes) await node.DisposeAsync();
    }
}
