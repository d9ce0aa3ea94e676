using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class FullBrokerTests
{
    [Fact]
    public void A_full_leader_gives_way_and_its_broker_stays()
    {
        var controller = TestController.With(3, null, ("min.insync.replicas", "2"));

        Assert.False(controller.Beat(1, isFull: true).IsFenced);

        Assert.Equal("leader 2 isr 2,3", controller.Partition().Form());
    }

    [Fact]
    public void It_stays_in_sync_where_the_minimum_needs_it()
    {
        var controller = TestController.With(2, null, ("min.insync.replicas", "2"));

        controller.Beat(1, isFull: true);

        Assert.Equal("leader 2 isr 1,2", controller.Partition().Form());
    }

    [Fact]
    public void It_goes_on_to_lead_where_nobody_else_can()
    {
        var controller = TestController.With(3);
        controller.Create("alone", [[1]]);
        controller.Fence(3);
        controller.Beat(2, isFull: true);

        controller.Beat(1, isFull: true);

        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());
        Assert.Equal("leader 1 isr 1", controller.Partition("alone").Form());
        Assert.Empty(controller.LastEvents);
    }

    [Fact]
    public void Others_are_elected_before_it_and_it_rather_than_nobody()
    {
        var controller = TestController.With(3);
        controller.Beat(2, isFull: true);

        controller.Fence(1);
        Assert.Equal("leader 3 isr 2,3", controller.Partition().Form());

        controller.Fence(3);
        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
    }

    [Fact]
    public void It_is_not_preferred_before_it_has_room_again()
    {
        var controller = TestController.With(3);
        controller.Beat(1, isFull: true);
        controller.ProposeIsr([1, 2, 3]);

        Assert.Equal(0, controller.Do<BalanceLeadersReply>(new BalanceLeaders()).Moved);
        Assert.Equal(MetadataError.PreferredLeaderNotAvailable, controller.Elect(ElectionType.Preferred).Error);
        Assert.Equal("leader 2 isr 1,2,3", controller.Partition().Form());

        controller.Beat(1);
        Assert.Equal(1, controller.Do<BalanceLeadersReply>(new BalanceLeaders()).Moved);
        Assert.Equal("leader 1 isr 1,2,3", controller.Partition().Form());
    }

    [Fact]
    public void Who_comes_in_sync_takes_over_from_it()
    {
        var controller = TestController.With(2);
        controller.ProposeIsr([1]);
        controller.Beat(1, isFull: true);
        Assert.Equal("leader 1 isr 1", controller.Partition().Form());

        controller.ProposeIsr([1, 2]);

        Assert.Equal("leader 2 isr 1,2", controller.Partition().Form());
    }
}
