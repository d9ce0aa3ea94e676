using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote.Tests;

public sealed class ProcessTests
{
    [Fact]
    public async Task The_reset_connections_of_a_killed_process_are_told_before_the_failure_detector_notices()
    {
        await using var node = Node.Start("left", "akka.remote.watch-failure-detector.acceptable-heartbeat-pause = 60s");
        using PeerProcess peer = await PeerProcess.Start("right");
        IActorRef echo = await Resolve(node, peer);
        Assert.Equal("up", await echo.Ask<string>("up", Node.Patience));
        Channel<object> gone = Subscribe(node, typeof(DisassociatedEvent));

        peer.Kill();

        Assert.Equal(peer.Address, ((DisassociatedEvent)await TalkingTests.Next(gone)).RemoteAddress);
    }

    [Fact]
    public async Task Actors_of_a_killed_process_count_as_dead()
    {
        await using var node = Node.Start("left");
        using PeerProcess peer = await PeerProcess.Start("right");
        IActorRef echo = await Resolve(node, peer);
        Task<bool> died = echo.WatchAsync();
        Assert.Equal("up", await echo.Ask<string>("up", Node.Patience));

        peer.Kill();

        Assert.True(await died.WaitAsync(Node.Patience));
    }

    [Fact]
    public async Task A_process_that_was_paused_for_too_long_stays_quarantined_when_it_goes_on()
    {
        await using var node = Node.Start("left");
        using PeerProcess peer = await PeerProcess.Start("right");
        IActorRef echo = await Resolve(node, peer);
        Channel<object> quarantined = Subscribe(node, typeof(QuarantinedEvent));
        Task<bool> died = echo.WatchAsync();
        Assert.Equal("up", await echo.Ask<string>("up", Node.Patience));

        peer.Pause();
        Assert.True(await died.WaitAsync(Node.Patience));
        Assert.Equal(peer.Address, ((QuarantinedEvent)await TalkingTests.Next(quarantined)).Address);
        peer.Continue();

        Channel<object> dropped = Subscribe(node, typeof(Dropped));
        echo.Tell("late", ActorRefs.NoSender);
        Assert.Contains("quarantined", ((Dropped)await TalkingTests.Next(dropped)).Reason);
    }

    [Fact]
    public async Task A_paused_process_that_comes_back_in_time_loses_nothing()
    {
        await using var node = Node.Start("left", "akka.remote.watch-failure-detector.acceptable-heartbeat-pause = 60s");
        using PeerProcess peer = await PeerProcess.Start("right");
        IActorRef echo = await Resolve(node, peer);

        peer.Pause();
        Task<int>[] asks = [.. Enumerable.Range(0, 1000).Select(i => echo.Ask<int>(i, Node.Patience))];
        peer.Continue();

        Assert.Equal(Enumerable.Range(0, 1000), await Task.WhenAll(asks));
    }

    private static Task<IActorRef> Resolve(Node node, PeerProcess peer) =>
        node.System.ActorSelection($"{peer.Address}/user/echo").ResolveOne(Node.Patience);

    private static Channel<object> Subscribe(Node node, Type type)
    {
        var heard = Channel.CreateUnbounded<object>();
        node.System.EventStream.Subscribe(node.System.ActorOf(Props.Create(() => new Collector(heard.Writer))), type);
        return heard;
    }
}
