using static Akka.Cluster.Tests.Cores;

namespace Akka.Cluster.Tests;

public sealed class ReachabilityTests
{
    [Fact]
    public void A_subject_is_unreachable_while_one_observer_says_so()
    {
        Reachability table = Reachability.Empty.Unreachable(Node('a'), Node('c')).Unreachable(Node('b'), Node('c')).Reachable(Node('a'), Node('c'));

        Assert.False(table.IsReachable(Node('c')));
        Assert.True(table.IsReachable(Node('a'), Node('c')));
        Assert.True(table.Reachable(Node('b'), Node('c')).IsAllReachable);
    }

    [Fact]
    public void The_same_opinion_again_is_no_change()
    {
        Reachability table = Reachability.Empty.Unreachable(Node('a'), Node('c'));

        Assert.Same(table, table.Unreachable(Node('a'), Node('c')));
        Assert.Same(Reachability.Empty, Reachability.Empty.Reachable(Node('a'), Node('c')));
    }

    [Fact]
    public void Silence_says_nothing_new_of_a_process_that_has_ended()
    {
        Reachability table = Reachability.Empty.Terminated(Node('a'), Node('c'));

        Assert.Same(table, table.Unreachable(Node('a'), Node('c')));
        Assert.True(table.IsTerminated(Node('c')));
        Assert.True(table.Reachable(Node('a'), Node('c')).IsAllReachable);
    }

    [Fact]
    public void Of_two_tables_the_newer_row_of_each_observer_wins_in_either_order()
    {
        Reachability older = Reachability.Empty.Unreachable(Node('a'), Node('c')).Unreachable(Node('b'), Node('d'));
        Reachability newer = older.Reachable(Node('a'), Node('c'));
        Reachability other = older.Unreachable(Node('b'), Node('c'));
        HashSet<UniqueAddress> members = [Node('a'), Node('b'), Node('c'), Node('d')];

        foreach (Reachability merged in (Reachability[])[newer.Merge(members, other), other.Merge(members, newer)])
        {
            Assert.True(merged.IsReachable(Node('a'), Node('c')));
            Assert.False(merged.IsReachable(Node('b'), Node('c')));
            Assert.False(merged.IsReachable(Node('b'), Node('d')));
            Assert.Equal(2, merged.Versions[Node('a')]);
        }
    }

    [Fact]
    public void A_merge_forgets_who_is_no_member()
    {
        Reachability table = Reachability.Empty.Unreachable(Node('a'), Node('c')).Unreachable(Node('b'), Node('d'));

        Reachability merged = table.Merge(new HashSet<UniqueAddress> { Node('a'), Node('d') }, Reachability.Empty);

        Assert.True(merged.IsAllReachable);
        Assert.Equal([Node('a')], merged.Versions.Keys);
    }

    [Fact]
    public void Opinions_of_a_member_that_is_down_do_not_count()
    {
        MembershipState state = Agreed('a', Member('a'), Member('b', MemberStatus.Down), Member('c')).With(r => r.Unreachable(Node('b'), Node('c')));

        Assert.Empty(state.Unreachable);
        Assert.True(state.HasConvergence(new HashSet<UniqueAddress>()));
    }

    [Fact]
    public void A_ring_gives_each_node_as_many_watchers()
    {
        UniqueAddress[] nodes = [.. Enumerable.Range(0, 20).Select(i => Node((char)('a' + i)))];

        var watchers = nodes.SelectMany(n => HeartbeatRing.Receivers(n, nodes, _ => false, 5)).GroupBy(n => n).ToDictionary(g => g.Key, g => g.Count());

        Assert.Equal(20, watchers.Count);
        Assert.All(watchers.Values, count => Assert.Equal(5, count));
    }

    [Fact]
    public void Unreachable_nodes_on_the_ring_do_not_use_up_the_watched_ones()
    {
        UniqueAddress[] nodes = [.. Enumerable.Range(0, 10).Select(i => Node((char)('a' + i)))];
        IReadOnlySet<UniqueAddress> before = HeartbeatRing.Receivers(nodes[0], nodes, _ => false, 3);

        IReadOnlySet<UniqueAddress> after = HeartbeatRing.Receivers(nodes[0], nodes, before.Contains, 3);

        Assert.Equal(6, after.Count);
        Assert.Superset(before.ToHashSet(), after.ToHashSet());
    }
}
