using ActorBroker.Actors.Bootstrap;
using ActorBroker.Model;

namespace ActorBroker.Actors.Tests.Bootstrap;

public sealed class BootstrapBallotTests
{
    private static readonly NodeId[] Voters = [new(1), new(2), new(3)];

    [Fact]
    public void The_lowest_of_all_begins_as_soon_as_a_majority_supports_it()
    {
        var first = Ballot(1);
        first.OnSupport(new(2), new(1), At(50));
        Assert.False(first.Begins(At(50)));

        first.OnHeard(new(3), At(60));

        Assert.True(first.Begins(At(60)));
    }

    [Fact]
    public void A_missing_voter_is_waited_for_and_then_done_without()
    {
        var second = Ballot(2);
        second.OnSupport(new(3), new(2), At(500));
        Assert.Equal(NodeId.None, second.Supported(At(500)));

        second.OnSupport(new(3), new(2), At(1_100));

        Assert.True(second.Begins(At(1_100)));
    }

    [Fact]
    public void A_minority_begins_nothing()
    {
        var alone = Ballot(1);

        Assert.False(alone.Begins(At(10_000)));
    }

    [Fact]
    public void A_choice_binds_for_a_while()
    {
        var third = Ballot(3);
        third.OnHeard(new(2), At(1_000));
        Assert.Equal(new NodeId(2), third.Supported(At(1_000)));
        third.OnHeard(new(1), At(1_100));

        Assert.Equal(new NodeId(2), third.Supported(At(2_900)));
        third.OnHeard(new(1), At(3_000));

        Assert.Equal(new NodeId(1), third.Supported(At(3_100)));
    }

    [Fact]
    public void Support_that_was_not_renewed_does_not_count()
    {
        var second = Ballot(2);
        second.OnSupport(new(3), new(2), At(1_000));

        Assert.False(second.Begins(At(2_500)));
    }

    [Fact]
    public void Nodes_that_are_no_voters_neither_begin_nor_count()
    {
        var broker = Ballot(7);
        broker.OnSupport(new(8), new(7), At(1_500));

        Assert.False(broker.Begins(At(1_500)));
    }

    private static BootstrapBallot Ballot(int self) => new(new NodeId(self), Voters, TimeSpan.Zero);

    private static TimeSpan At(int ms) => TimeSpan.FromMilliseconds(ms);
}
