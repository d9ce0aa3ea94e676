using Akka.Cluster.TestSupport;
using static Akka.Cluster.Tests.Cores;

namespace Akka.Cluster.Tests;

public sealed class EagerGossipTests
{
    private static readonly HashSet<UniqueAddress> Nobody = [];

    /// <summary>Leader is a, and this node is c.</summary>
    private static readonly MembershipState Changed = new(Gossip([.. "abcdefgh".Select(name => Member(name))]).ChangedBy(Node('c')), Node('c'));

    [Fact]
    public void All_are_told_of_a_change_by_the_node_that_made_it() => Assert.Equal("abdefgh", Told(Changed, News.Own));

    [Fact]
    public void The_leader_alone_is_told_that_this_node_has_heard_of_a_change() => Assert.Equal("a", Told(Changed, News.Learnt));

    [Fact]
    public void Who_has_shown_that_it_lacks_something_is_told_too()
    {
        Assert.Equal("f", Told(Changed, News.None, 'f'));
        Assert.Equal("af", Told(Changed, News.Learnt, 'f'));
    }

    [Fact]
    public void Nobody_is_told_who_has_seen_it_or_cannot_be_reached_or_is_no_member()
    {
        MembershipState state = new(Changed.Gossip.SeenBy(Node('d')).SeenBy(Node('e')), Node('c'));

        Assert.Equal("abgh", Told(state.With(r => r.Unreachable(Node('c'), Node('f'))), News.Own, 'f', 'z'));
    }

    [Fact]
    public void In_a_large_cluster_some_are_told_by_each_who_hears_of_it()
    {
        const string large = "eager-gossip-to-all-members = 7, eager-gossip-fanout = 3";

        foreach (News news in (News[])[News.Own, News.Learnt]) Assert.InRange(Told(Changed, news, large).Length, 3, 4);
        Assert.Contains('a', Told(Changed, News.Learnt, large));
        Assert.Equal("", Told(Changed, News.None, large));
    }

    [Fact]
    public void Nobody_is_told_at_once_where_that_is_off() => Assert.Equal("f", Told(Changed, News.Own, "eager-gossip-fanout = 0", 'f'));

    [Fact]
    public async Task Changes_reach_all_without_the_interval_and_with_few_messages()
    {
        const int size = 6;
        using var meter = new MeterReader("Akka.Cluster");
        await using ClusterNodes nodes = await ClusterNode.StartCluster(size, "akka.cluster { gossip-interval = 1h, leader-actions-interval = 1h }");
        double Sent() => nodes.Sum(node => meter.Read("akka.cluster.gossip.sent", $"node={node.Address}") ?? 0);
        var before = Sent();

        nodes[2].Cluster.Leave(nodes[^1].Address);
        await ClusterNode.AllSee(nodes.SkipLast(1), [.. nodes.SkipLast(1)]);

        // Leaving, exiting, removed: each told to all, and by all to the leader; the leaving node says goodbye to all.
        Assert.InRange(Sent() - before, 1, 4 * 3 * size);
    }

    [Fact]
    public async Task A_cluster_that_is_too_large_to_tell_all_agrees_too()
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(4, "akka.cluster { eager-gossip-to-all-members = 2, eager-gossip-fanout = 1 }");

        nodes[2].Cluster.Leave(nodes[^1].Address);

        await ClusterNode.AllSee(nodes.SkipLast(1), [.. nodes.SkipLast(1)]);
    }

    private static string Told(MembershipState state, News news, params char[] behind) => Told(state, news, "", behind);

    private static string Told(MembershipState state, News news, string hocon, params char[] behind) => string.Concat(EagerGossip.Recipients(
        state, news, behind.Length == 0 ? Nobody : behind.Select(name => Node(name)).ToHashSet(), Settings(hocon.Length == 0 ? "" : $"akka.cluster {{ {hocon} }}"), new Random(1)).Names());
}
