using ActorBroker.Actors.Membership;
using Akka.Actor;
using Akka.Cluster;

namespace ActorBroker.Actors.Tests.Membership;

public sealed class PromptDowningTests
{
    /// <summary>Nodes 1 to 3 are voters, the others brokers only.</summary>
    private const int Voters = 3;

    private static readonly TimeSpan StableAfter = TimeSpan.FromMilliseconds(700);

    [Fact]
    public void A_member_whose_process_has_ended_is_downed_at_once_by_every_node_with_a_majority_of_the_voters()
    {
        foreach (var self in new[] { 1, 2, 5 })
        {
            var downing = Downing();
            downing.HasEnded(Node(3));

            Assert.Equal([3], Ids(downing.Decide(View(self, members: [1, 2, 3, 4, 5]), At(0))));
        }
    }

    [Fact]
    public void Four_of_five_brokers_that_ended_are_downed_since_the_voters_are_there()
    {
        var downing = Downing();
        foreach (var broker in new[] { 4, 5, 6, 7 })
        {
            downing.HasEnded(Node(broker));
        }

        Assert.Equal(4, downing.Decide(View(1, members: [1, 2, 3, 4, 5, 6, 7, 8]), At(0)).Length);
    }

    [Fact]
    public void Without_a_majority_of_the_voters_nobody_is_downed()
    {
        var downing = Downing();
        downing.HasEnded(Node(2));
        downing.HasEnded(Node(3));
        downing.HasEnded(Node(4));

        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3, 4, 5, 6, 7, 8]), At(60_000)));
    }

    [Fact]
    public void Voters_that_were_removed_before_still_count()
    {
        var downing = Downing();
        downing.HasEnded(Node(2));

        Assert.Empty(downing.Decide(View(1, members: [1, 2]), At(60_000)));
    }

    [Fact]
    public void Voters_that_are_not_heard_are_not_reached()
    {
        var downing = Downing();
        downing.HasEnded(Node(4));

        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3, 4], unreachable: [2, 3]), At(60_000)));
    }

    [Fact]
    public void One_of_two_voters_downs_nobody()
    {
        var downing = new PromptDowning([Node(1).Address, Node(2).Address], StableAfter);
        downing.HasEnded(Node(2));

        Assert.Empty(downing.Decide(View(1, members: [1, 2]), At(60_000)));
    }

    [Fact]
    public void Silent_members_are_downed_by_the_leader_when_they_have_been_the_same_for_a_while()
    {
        var downing = Downing();
        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3, 4], unreachable: [4]), At(0)));
        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3, 4], unreachable: [3, 4]), At(600)));
        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3, 4], unreachable: [3, 4]), At(1_200)));

        Assert.Equal([3, 4], Ids(downing.Decide(View(1, members: [1, 2, 3, 4], unreachable: [3, 4]), At(1_300))));
    }

    [Fact]
    public void A_member_that_is_heard_again_is_not_downed()
    {
        var downing = Downing();
        downing.Decide(View(1, members: [1, 2, 3], unreachable: [3]), At(0));
        downing.Decide(View(1, members: [1, 2, 3]), At(500));

        Assert.Empty(downing.Decide(View(1, members: [1, 2, 3], unreachable: [3]), At(900)));
        Assert.True(downing.IsWaiting);
    }

    [Fact]
    public void Of_two_voters_that_do_not_hear_each_other_the_first_one_downs_the_other_when_the_leader_cannot()
    {
        var (leader, second, third) = (Downing(), Downing(), Downing());
        foreach (var ms in new[] { 0, 870 })
        {
            Assert.Empty(leader.Decide(View(1, members: [1, 2, 3], unreachable: [2, 3]), At(ms)));
            Assert.Empty(second.Decide(View(2, members: [1, 2, 3], unreachable: [3], isLeader: false), At(ms)));
            Assert.Empty(third.Decide(View(3, members: [1, 2, 3], unreachable: [2], isLeader: false), At(ms)));
        }

        Assert.Equal([3], Ids(second.Decide(View(2, members: [1, 2, 3], unreachable: [3], isLeader: false), At(875))));
        Assert.Empty(third.Decide(View(3, members: [1, 2, 3], unreachable: [2], isLeader: false), At(1_040)));
    }

    [Fact]
    public void A_broker_that_does_not_lead_downs_no_silent_member()
    {
        var downing = Downing();
        downing.Decide(View(5, members: [1, 2, 3, 4, 5], unreachable: [4], isLeader: false), At(0));

        Assert.Empty(downing.Decide(View(5, members: [1, 2, 3, 4, 5], unreachable: [4], isLeader: false), At(60_000)));
    }

    [Fact]
    public void What_is_no_member_any_more_is_forgotten()
    {
        var downing = Downing();
        Assert.True(downing.HasEnded(Node(3)));
        Assert.False(downing.HasEnded(Node(3)));
        downing.Decide(View(1, members: [1, 2]), At(0));

        Assert.False(downing.IsWaiting);
        Assert.False(downing.IsKnownToHaveEnded(Node(3)));
    }

    private static PromptDowning Downing() => new(Enumerable.Range(1, Voters).Select(voter => Node(voter).Address), StableAfter);

    private static UniqueAddress Node(int id) => new(new Address("akka.tcp", "test", "127.0.0.1", 1_000 + id), id);

    private static int[] Ids(IEnumerable<UniqueAddress> nodes) => [.. nodes.Select(node => node.Uid).Order()];

    private static MembershipView View(int self, int[] members, int[]? unreachable = null, bool isLeader = true) =>
        new([.. members.Select(Node)], [.. (unreachable ?? []).Select(Node)], Node(self).Address, isLeader);

    private static TimeSpan At(int ms) => TimeSpan.FromMilliseconds(ms);
}
