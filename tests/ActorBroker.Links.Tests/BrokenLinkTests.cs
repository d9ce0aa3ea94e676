using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>Links that break, and what is taken for the end of a process.</summary>
public sealed class BrokenLinkTests
{
    [Fact]
    public async Task Messages_go_both_ways()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair();

        Assert.True(one.Links.Send(two.Id, TestMessages.Small(1, 1)));
        Assert.True(two.Links.Send(one.Id, TestMessages.Answer(2, 2)));

        await two.Gets(sender: 1, count: 1);
        await one.Gets(sender: 2, count: 1);
        Assert.Equal(TestMessages.Small(1, 1), two.Receiver.Messages.Single().Message);
        Assert.Equal(TestMessages.Answer(2, 2), one.Receiver.Messages.Single().Message);
    }

    [Fact]
    public async Task A_message_to_nobody_is_dropped_and_its_payload_given_back()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);

        Assert.False(one.Links.Send(new NodeId(9), nodes.Push(1, 1, 100)));
    }

    [Fact]
    public async Task A_cut_link_is_made_again_and_its_process_has_not_ended()
    {
        await using var nodes = new TestNodes();
        var (one, two) = (nodes.Start(1), nodes.Start(2));
        using var proxy = new CutProxy(two.Address);
        one.SetPeers((two.Id, proxy.Address));
        await one.Hears<LinkUp>();

        proxy.Cut();

        await one.Hears<LinkBroken>();
        await one.Hears<LinkUp>(times: 2);
        Assert.Empty(one.Receiver.Heard<LinkProcessEnded>());
        Assert.Equal(one.Receiver.Heard<LinkUp>()[0].Incarnation, one.Receiver.Heard<LinkUp>()[1].Incarnation);
    }

    [Fact]
    public async Task Messages_stay_in_order_across_cuts()
    {
        await using var nodes = new TestNodes();
        var (one, two) = (nodes.Start(1), nodes.Start(2));
        using var proxy = new CutProxy(two.Address);
        one.SetPeers((two.Id, proxy.Address));
        await one.Hears<LinkUp>();
        var number = 0L;
        for (var cuts = 1; cuts <= 5; cuts++)
        {
            for (var i = 0; i < 2_000; i++)
            {
                one.Links.Send(two.Id, i % 100 == 0 ? nodes.Push(1, ++number, 3_000) : TestMessages.Small(1, ++number));
            }

            proxy.Cut();
            await one.Hears<LinkUp>(times: cuts + 1);
        }

        // The last one arrives on a connection that is whole: it is sent until it does.
        await Eventually.Holds(() => one.Links.Send(two.Id, TestMessages.Small(3, 1)) && two.Receiver.Numbers(sender: 3).Count > 0);
        var numbers = two.Receiver.Numbers(sender: 1);
        Assert.Equal(numbers.Distinct().Order(), numbers);
    }

    [Fact]
    public async Task An_address_that_refuses_after_a_break_is_the_end_of_its_process()
    {
        await using var nodes = new TestNodes();
        var (one, two) = (nodes.Start(1), nodes.Start(2));
        using var proxy = new CutProxy(two.Address);
        one.SetPeers((two.Id, proxy.Address));
        await one.Hears<LinkUp>();

        proxy.Dispose();

        await one.Hears<LinkProcessEnded>();
        Assert.False(one.Receiver.Heard<LinkProcessEnded>().Single().IsReplaced);
        Assert.True(one.Receiver.News.ToList().FindIndex(static news => news is LinkBroken) < one.Receiver.News.ToList().FindIndex(static news => news is LinkProcessEnded));
    }

    [Fact]
    public async Task An_address_that_refuses_from_the_beginning_is_no_end_of_a_process()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        var listener = new RawListener();
        listener.Dispose();

        one.SetPeers((new NodeId(2), listener.Address));

        using var clock = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Eventually.Holds(() => clock.IsCancellationRequested);
        Assert.Empty(one.Receiver.News);
    }

    [Fact]
    public async Task A_process_that_was_started_again_is_another_one()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var first = await listener.Welcome(TestNodes.Options(2, startedAtMs: 1_000));
        await one.Hears<LinkUp>();

        first.Dispose();
        using var second = await listener.Welcome(TestNodes.Options(2, startedAtMs: 2_000));

        await one.Hears<LinkUp>(times: 2);
        await one.Hears<LinkProcessEnded>();
        Assert.True(one.Receiver.Heard<LinkProcessEnded>().Single().IsReplaced);
    }

    [Fact]
    public async Task A_node_that_is_no_peer_any_more_is_left_without_news()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var two = await listener.Welcome(TestNodes.Options(2));
        await one.Hears<LinkUp>();

        one.SetPeers();

        Assert.True(two.IsClosedByPeer());
        Assert.False(one.Links.Send(new NodeId(2), TestMessages.Small(1, 1)));
        Assert.IsType<LinkUp>(Assert.Single(one.Receiver.News));
    }

    [Fact]
    public async Task A_silent_peer_is_asked_and_then_given_up()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { KeepAlive = TimeSpan.FromMilliseconds(100) });
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var silent = await listener.Welcome(TestNodes.Options(2));

        Assert.Equal([(byte)'K'], silent.ReadFrame());
        await one.Hears<LinkBroken>();

        Assert.Contains("silent", one.Receiver.Heard<LinkBroken>()[0].Reason);
    }

    [Fact]
    public async Task Idle_nodes_keep_their_link()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { KeepAlive = TimeSpan.FromSeconds(2) });
        using var clock = new CancellationTokenSource(TimeSpan.FromSeconds(7));

        await Eventually.Holds(() => clock.IsCancellationRequested);

        Assert.Empty(one.Receiver.Heard<LinkBroken>());
        Assert.Empty(two.Receiver.Heard<LinkBroken>());
    }
}
