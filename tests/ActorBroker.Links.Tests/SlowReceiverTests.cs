using System.Diagnostics;
using ActorBroker.Harness;

namespace ActorBroker.Links.Tests;

/// <summary>Receivers that take their time, keep what they got, or fail.</summary>
public sealed class SlowReceiverTests
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task A_peer_is_not_silent_while_what_it_said_is_handed_over()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { KeepAlive = KeepAlive });
        using var goOn = new ManualResetEventSlim();
        two.Receiver.Then = _ => goOn.Wait();

        one.Links.Send(two.Id, TestMessages.Small(1, 1));
        await two.Gets(1, 1);
        var clock = Stopwatch.StartNew();
        await Eventually.Holds(() => clock.Elapsed > KeepAlive * 10);
        goOn.Set();
        one.Links.Send(two.Id, TestMessages.Small(1, 2));

        await two.Gets(1, 2);
        Assert.Empty(two.Receiver.Heard<LinkBroken>());
    }

    [Fact]
    public async Task A_receiver_that_fails_costs_the_connection_and_not_the_process()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair();
        two.Receiver.Then = static message => _ = TestMessages.NumberOf(message) == 1 ? throw new InvalidOperationException("a bug") : 0;

        one.Links.Send(two.Id, TestMessages.Small(1, 1));

        await two.Hears<LinkBroken>();
        Assert.Contains("InvalidOperationException: a bug", two.Receiver.Heard<LinkBroken>()[0].Reason);
        await one.Hears<LinkUp>(2);
        await Eventually.Holds(() => one.Links.Send(two.Id, TestMessages.Small(1, 2)) && two.Receiver.Numbers(1).Contains(2));
    }

    [Fact]
    public async Task Small_payload_that_is_kept_does_not_keep_the_buffers_that_it_came_in()
    {
        const int rounds = 300;
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = 512 * 1024 });

        // Each round fills more than a buffer, and of each a few bytes are kept.
        for (var round = 0; round < rounds; round++)
        {
            await Eventually.Holds(() => one.Links.HasRoom(two.Id));
            Assert.True(one.Links.Send(two.Id, nodes.Push(1, round, 100)));
            for (var i = 0; i < 5; i++)
            {
                await Eventually.Holds(() => one.Links.HasRoom(two.Id));
                Assert.True(one.Links.Send(two.Id, nodes.Push(2, round, 60_000)));
            }

            var (small, large) = (round + 1, 5 * (round + 1));
            await Eventually.Holds(() => two.Receiver.Messages.Count == small + large);
            two.Receiver.LetGoLarge();
        }

        Assert.InRange(two.Links.BuffersInUse, 1, 16);
    }

    [Fact]
    public async Task A_node_that_cannot_be_reached_for_some_seconds_is_told_with_the_reason()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var listener = new RawListener();
        var address = listener.Address;
        listener.Dispose();

        one.SetPeers((new(2), address));

        await one.Hears<LinkUnreachable>();
        Assert.StartsWith($"there is no link to node 2 at {address}: ", one.Receiver.Heard<LinkUnreachable>()[0].Reason);
    }
}
