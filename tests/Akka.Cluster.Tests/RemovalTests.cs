using Akka.Actor;
using AkkaExtensions.Membership;
using static Akka.Cluster.Tests.Cores;

namespace Akka.Cluster.Tests;

/// <summary>What is known of a removed member's process, and so how long others leave its work alone.</summary>
public sealed class RemovalTests
{
    private static readonly IReadOnlySet<UniqueAddress> Nobody = new HashSet<UniqueAddress>();

    [Fact]
    public void A_member_that_all_found_ended_is_known_to_have_ended_when_it_is_removed()
    {
        MembershipState removed = Removed(r => r.Terminated(Node('a'), Node('c')).Terminated(Node('b'), Node('c')));

        Assert.Equal("c", string.Concat(removed.Ended.Names()));
    }

    [Fact]
    public void A_member_that_somebody_found_silent_is_not_known_to_have_ended()
    {
        Assert.Empty(Removed(r => r.Terminated(Node('a'), Node('c')).Unreachable(Node('b'), Node('c'))).Ended);
        Assert.Empty(Removed(r => r.Unreachable(Node('a'), Node('c'))).Ended);
    }

    [Fact]
    public void The_opinion_of_a_member_that_is_down_itself_says_nothing()
    {
        MembershipState down = Agreed('a', Member('a'), Member('b', MemberStatus.Down), Member('c', MemberStatus.Down))
            .With(r => r.Unreachable(Node('a'), Node('b')).Unreachable(Node('a'), Node('c')).Terminated(Node('b'), Node('c')));

        Assert.Empty(down.Next(MembershipChange.Lead(down, Settings(), Nobody, nowMs: 1)!).Ended);
    }

    [Fact]
    public void It_is_known_through_later_changes_until_the_tombstone_is_forgotten()
    {
        MembershipState removed = Removed(r => r.Terminated(Node('a'), Node('c')));

        MembershipState later = removed.Next(removed.Gossip.ChangedBy(Node('b')));
        MembershipState forgotten = later.Next(later.Gossip.PruneTombstones(beforeMs: 2));

        Assert.Equal("c", string.Concat(later.Ended.Names()));
        Assert.Empty(forgotten.Ended);
    }

    [Theory]
    [InlineData("off", 0)]
    [InlineData("on", 5)]
    public async Task The_margin_of_a_member_whose_process_ended_is_what_the_configuration_says(string afterProcessEnd, int seconds)
    {
        await using ClusterNodes nodes = await ClusterNode.StartCluster(3, $"akka.cluster {{ split-brain-resolver.stable-after-process-end = 100ms, down-removal-margin-after-process-end = {afterProcessEnd} }}");
        UniqueAddress lost = nodes[2].Cluster.SelfUniqueAddress;
        TimeSpan margin = TimeSpan.FromSeconds(5);

        await nodes[2].Crash();
        await ClusterNode.AllSee(nodes.Take(2), [.. nodes.Take(2)]);

        foreach (ClusterNode node in nodes.Take(2))
            Assert.True(RemovalMargins.Get(node.System).MarginFor(lost, margin) == TimeSpan.FromSeconds(seconds), node.Describe());
        Assert.Equal(margin, RemovalMargins.Get(nodes[0].System).MarginFor(nodes[1].Cluster.SelfUniqueAddress, margin));
    }

    /// <summary>What a leads to when c is down and cannot be reached.</summary>
    private static MembershipState Removed(Func<Reachability, Reachability> opinions)
    {
        MembershipState down = Agreed('a', Member('a'), Member('b'), Member('c', MemberStatus.Down)).With(opinions);
        return down.Next(MembershipChange.Lead(down, Settings(), Nobody, nowMs: 1)!);
    }
}
