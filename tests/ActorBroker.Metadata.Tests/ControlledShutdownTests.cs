namespace ActorBroker.Metadata.Tests;

public sealed class ControlledShutdownTests
{
    [Fact]
    public void Leaders_move_away_first_and_the_broker_may_stop_when_the_others_know()
    {
        var controller = TestController.With(2);

        var first = controller.Beat(1, wantShutdown: true);
        var moved = controller.Partition().Form();
        var moveVersion = controller.Image.Version;
        var second = controller.Beat(1, wantShutdown: true);
        controller.Beat(2, version: moveVersion);
        var third = controller.Beat(1, wantShutdown: true);

        Assert.Equal("leader 2 isr 2", moved);
        Assert.Equal((false, false, true), (first.ShouldShutdown, second.ShouldShutdown, third.ShouldShutdown));
        Assert.True(controller.Broker(1) is { Fenced: true, InControlledShutdown: true });
    }

    [Fact]
    public void A_broker_that_leads_nothing_may_stop_at_once()
    {
        var controller = TestController.With(2);

        var reply = controller.Beat(2, wantShutdown: true);

        Assert.True(reply is { ShouldShutdown: true, IsFenced: true });
        Assert.Equal("leader 1 isr 1", controller.Partition().Form());
    }

    [Fact]
    public void The_last_broker_may_stop_too()
    {
        var controller = TestController.With(1);

        controller.Beat(1, wantShutdown: true);

        Assert.True(controller.Beat(1, wantShutdown: true).ShouldShutdown);
        Assert.Equal("leader -1 elr 1 last 1", controller.Partition().Form());
    }

    [Fact]
    public void A_broker_that_has_stopped_may_start_again_at_once()
    {
        var controller = TestController.With(1);
        controller.Beat(1, wantShutdown: true);
        controller.Beat(1, wantShutdown: true);

        controller.Start(1);

        Assert.Equal("leader 1 isr 1", controller.Partition().Form());
        Assert.Equal(LeaderRecoveryState.Recovered, controller.Partition().LeaderRecoveryState);
    }
}
