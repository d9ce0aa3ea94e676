using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

/// <summary>Brokers that come and go: after the limit, others are preferred as leaders until they have stayed.</summary>
public sealed class FlappingBrokerTests
{
    private const int Limit = 3;
    private const long WindowMs = 60_000;
    private const long PauseMs = 10_000;
    private const long MaxPauseMs = 40_000;

    private static readonly ControllerOptions Options = Clusters.Options with { Flapping = new FlappingRule(Limit, WindowMs, PauseMs, MaxPauseMs) };

    private readonly TestController controller = TestController.With(3, Options);

    [Fact]
    public void A_broker_that_was_lost_less_often_gets_its_leaders_back_at_once()
    {
        Flap(1, Limit - 1);
        controller.ProposeIsr([1, 2, 3]);

        Assert.Equal(1, Balance());
    }

    [Fact]
    public void One_that_comes_and_goes_gets_them_back_when_it_has_stayed()
    {
        Flap(1, Limit);
        controller.ProposeIsr([1, 2, 3]);

        controller.NowMs += PauseMs - 1;
        Assert.Equal(0, Balance());
        Assert.Equal("leader 2 isr 1,2,3", controller.Partition().Form());

        controller.NowMs += 1;
        Assert.Equal(1, Balance());
        Assert.Equal("leader 1 isr 1,2,3", controller.Partition().Form());
    }

    [Fact]
    public void The_time_that_it_has_to_stay_doubles_up_to_a_bound()
    {
        foreach (var pause in new[] { PauseMs, 2 * PauseMs, MaxPauseMs, MaxPauseMs })
        {
            Flap(1, controller.Core.Steadiness.Breaks(new(1)) == 0 ? Limit : 1);
            Assert.Equal(pause, controller.Core.Steadiness.PauseMs(new(1)));
            controller.NowMs += pause - 1;
            Assert.False(IsSteady(1));
        }

        controller.NowMs += 1;
        Assert.True(IsSteady(1));
    }

    [Fact]
    public void Losses_that_are_far_apart_are_not_in_a_row()
    {
        for (var i = 0; i < 3 * Limit; i++)
        {
            Flap(1, 1);
            controller.NowMs += WindowMs + 1;
        }

        Assert.True(IsSteady(1));
        Assert.Equal(1, controller.Core.Steadiness.Breaks(new(1)));
    }

    [Fact]
    public void Who_stays_is_elected_before_it()
    {
        Flap(2, Limit);
        controller.ProposeIsr([1, 2, 3]);

        controller.Fence(1);

        Assert.Equal("leader 3 isr 2,3", controller.Partition().Form());
    }

    [Fact]
    public void It_leads_where_nobody_else_can()
    {
        Flap(2, Limit);
        controller.ProposeIsr([1, 2]);
        controller.Create("alone", [[2]]);

        controller.Fence(1);

        Assert.Equal("leader 2 isr 2", controller.Partition().Form());
        Assert.Equal("leader 2 isr 2", controller.Partition("alone").Form());
        Flap(2, 1);
        Assert.Equal("leader 2 isr 2", controller.Partition("alone").Form());
    }

    [Fact]
    public void It_stays_leader_when_another_one_comes_in_sync()
    {
        Flap(1, Limit - 1);
        controller.ProposeIsr([2, 1]);
        controller.Elect(ElectionType.Preferred);
        controller.ProposeIsr([1]);
        Flap(1, 1);
        Assert.Equal("leader 1 isr 1", controller.Partition().Form());

        controller.ProposeIsr([1, 2]);

        Assert.Equal("leader 1 isr 1,2", controller.Partition().Form());
    }

    [Fact]
    public void A_person_may_elect_it()
    {
        Flap(1, Limit);
        controller.ProposeIsr([1, 2, 3]);

        Assert.True(controller.Elect(ElectionType.Preferred).IsOk);
    }

    [Fact]
    public void A_new_topic_is_led_by_who_stays()
    {
        Flap(1, Limit);

        controller.Create("new", [[1, 2]]);

        Assert.Equal("leader 2 isr 1,2", controller.Partition("new").Form());
    }

    [Fact]
    public void Orderly_stops_do_not_count()
    {
        for (var i = 0; i < 2 * Limit; i++)
        {
            StopInOrder(1);
            controller.Start(1);
        }

        Assert.Equal(0, controller.Core.Steadiness.Breaks(new(1)));
    }

    [Fact]
    public void A_process_that_is_back_before_it_was_missed_was_lost_as_well()
    {
        for (var i = 0; i < Limit; i++)
        {
            controller.NowMs += Options.BrokerSessionTimeoutMs;
            controller.Start(1);
        }

        Assert.False(IsSteady(1));
    }

    [Fact]
    public void With_a_limit_of_zero_nobody_is_unsteady()
    {
        var without = TestController.With(2, Options with { Flapping = new FlappingRule(0, WindowMs, PauseMs, MaxPauseMs) });
        for (var i = 0; i < 10; i++)
        {
            without.Fence(1);
            without.Beat(1);
        }

        Assert.True(without.Core.Steadiness.IsSteady(new(1), without.NowMs));
    }

    private bool IsSteady(int id) => controller.Core.Steadiness.IsSteady(new(id), controller.NowMs);

    private int Balance() => controller.Do<BalanceLeadersReply>(new BalanceLeaders()).Moved;

    private void Flap(int id, int times)
    {
        for (var i = 0; i < times; i++)
        {
            controller.Fence(id);
            controller.Beat(id);
        }
    }

    private void StopInOrder(int id)
    {
        for (var i = 0; i < 3 && !controller.Beat(id, wantShutdown: true).ShouldShutdown; i++)
        {
            controller.Beat(2);
            controller.Beat(3);
        }

        Assert.True(controller.Broker(id).Fenced);
    }
}
