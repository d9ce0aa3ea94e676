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
    public async Task Three_systems_form_one_cluster_and_count_their_age()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3);

        Assert.Single(nodes.Select(n => n.Cluster.State.Leader).Distinct());
        Assert.Equal([1, 2, 3], nodes[0].Cluster.State.Members.Select(m => m.UpNumber).Order());
        Assert.Equal(nodes[0].Address, nodes[0].Cluster.State.Members.Min(Member.AgeOrdering)!.Address);
    }

    [Fact]
    public async Task Nobody_is_up_before_enough_members_have_joined()
    {
        const string Least = "akka.cluster { min-nr-of-members = 2, role.backend.min-nr-of-members = 1 }";
        await using ClusterNodes nodes = new(ClusterNode.Start(Least));
        nodes[0].Cluster.Join(nodes[0].Address);
        nodes.Add(ClusterNode.StartAndJoin(nodes[0], Least));
        await ClusterNode.Eventually(() => nodes[0].Cluster.State.Members.Count == 2);
        Assert.All(nodes[0].Cluster.State.Members, m => Assert.Equal(MemberStatus.Joining, m.Status));

        nodes.Add(ClusterNode.StartAndJoin(nodes[0], Least + "\nakka.cluster.roles = [backend]"));

        await ClusterNode.AllSee(nodes, nodes);
    }

    [Fact]
    public async Task A_member_that_leaves_is_exiting_and_then_removed_and_its_system_ends()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3);
        UniqueAddress leaving = nodes[1].Cluster.SelfUniqueAddress;
        ChannelReader<object> heard = nodes[0].Subscribe(ClusterEvent.InitialStateAsSnapshot, typeof(ClusterEvent.IMemberEvent));
        Assert.IsType<ClusterEvent.CurrentClusterState>(await heard.ReadAsync());

        await nodes[1].Cluster.LeaveAsync().WaitAsync(ClusterNode.Patience);

        Assert.Equal(leaving, Assert.IsType<ClusterEvent.MemberLeft>(await heard.ReadAsync()).Member.UniqueAddress);
        Assert.Equal(leaving, Assert.IsType<ClusterEvent.MemberExited>(await heard.ReadAsync()).Member.UniqueAddress);
        var removed = Assert.IsType<ClusterEvent.MemberRemoved>(await heard.ReadAsync().AsTask().WaitAsync(ClusterNode.Patience));
        Assert.Equal(leaving, removed.Member.UniqueAddress);
        Assert.Equal(MemberStatus.Exiting, removed.PreviousStatus);
        await nodes[1].System.WhenTerminated.WaitAsync(ClusterNode.Patience);
        await ClusterNode.AllSee([nodes[0], nodes[2]], [nodes[0], nodes[2]]);
    }

    [Fact]
    public async Task All_members_can_leave_together()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3);

        Task[] ends = [.. nodes.Select(n => n.System.Terminate())];

        await Task.WhenAll(ends).WaitAsync(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_member_that_is_downed_by_hand_is_removed_and_its_system_ends()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3);

        nodes[0].Cluster.Down(nodes[2].Address);

        await nodes[2].System.WhenTerminated.WaitAsync(ClusterNode.Patience);
        Assert.True(nodes[2].Cluster.IsTerminated);
        await ClusterNode.AllSee([nodes[0], nodes[1]], [nodes[0], nodes[1]]);
    }

    [Fact]
    public async Task A_subscriber_that_wants_the_state_as_events_hears_how_it_came_about()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(2);

        ChannelReader<object> heard = nodes[1].Subscribe(ClusterEvent.InitialStateAsEvents, typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.LeaderChanged));

        HashSet<object> first = [await heard.ReadAsync(), await heard.ReadAsync()];
        Assert.Equal(nodes.Select(n => n.Address).ToHashSet(), first.Select(e => Assert.IsType<ClusterEvent.MemberUp>(e).Member.Address).ToHashSet());
        Assert.Equal(nodes[1].Cluster.State.Leader, Assert.IsType<ClusterEvent.LeaderChanged>(await heard.ReadAsync()).Leader);
    }

    [Fact]
    public async Task Code_registered_for_up_and_removed_runs_then()
    {
        await using var node = ClusterNode.Start();
        var up = new TaskCompletionSource();
        var removed = new TaskCompletionSource();
        node.Cluster.RegisterOnMemberUp(up.SetResult);
        node.Cluster.RegisterOnMemberRemoved(removed.SetResult);

        node.Cluster.Join(node.Address);
        await up.Task.WaitAsync(ClusterNode.Patience);
        Assert.False(removed.Task.IsCompleted);
        node.Cluster.Leave(node.Address);

        await removed.Task.WaitAsync(ClusterNode.Patience);
    }

    [Fact]
    public async Task A_joining_member_becomes_weakly_up_while_another_cannot_be_reached()
    {
        const string Weakly = "akka.cluster { allow-weakly-up-members = 300ms, split-brain-resolver.stable-after = 60s }";
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3, Weakly);
        await nodes[2].Crash();
        await ClusterNode.Eventually(() => nodes[0].Cluster.State.Unreachable.Count == 1 && nodes[1].Cluster.State.Unreachable.Count == 1);

        var late = ClusterNode.StartAndJoin(nodes[0], Weakly);
        nodes.Add(late);

        await ClusterNode.Eventually(() => late.Cluster.SelfMember.Status == MemberStatus.WeaklyUp, () => late.Describe());
        nodes[0].Cluster.Down(nodes[2].Address);
        await ClusterNode.Eventually(() => late.Cluster.IsUp, () => late.Describe());
    }

    [Fact]
    public async Task Twenty_systems_form_one_cluster()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(20);

        Assert.Equal(Enumerable.Range(1, 20), nodes[19].Cluster.State.Members.Select(m => m.UpNumber).Order());
    }
}
