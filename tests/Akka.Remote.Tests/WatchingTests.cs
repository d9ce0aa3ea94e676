using System.Threading.Channels;
using Akka.Actor;

namespace Akka.Remote.Tests;

public sealed class WatchingTests
{
    [Fact]
    public async Task Others_can_stop_an_actor_of_the_user_and_none_of_the_systems_own()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        Task<bool> died = echo.WatchAsync();

        foreach (var path in (string[])["/system/remote-watcher", "/system", "/user", "/user/echo"])
            ((IInternalActorRef)left.Transport.Provider.ResolveActorRef(right.Address + path)).Stop();

        Assert.True(await died.WaitAsync(Node.Patience));
        IActorRef watcher = left.Transport.Provider.ResolveActorRef($"{right.Address}/system/remote-watcher");
        await watcher.Ask<RemoteWatcher.HeartbeatRsp>(RemoteWatcher.Heartbeat.Instance, Node.Patience);
        Assert.False(right.System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task A_watcher_hears_of_a_remote_actors_end()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        IActorRef local = right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        Channel<object> heard = Watch(left, echo);
        Assert.Equal("up", await echo.Ask<string>("up", Node.Patience));

        right.System.Stop(local);

        Assert.Equal(echo, Assert.IsType<Terminated>(await TalkingTests.Next(heard)).ActorRef);
    }

    [Fact]
    public async Task A_watch_of_an_actor_that_is_gone_is_answered()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        IActorRef local = right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        await local.GracefulStop(Node.Patience);

        Channel<object> heard = Watch(left, echo);

        Assert.False(Assert.IsType<Terminated>(await TalkingTests.Next(heard)).ExistenceConfirmed);
    }

    [Fact]
    public async Task When_a_whole_system_falls_silent_its_actors_count_as_dead_and_it_is_quarantined()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        var quarantined = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(quarantined.Writer))), typeof(QuarantinedEvent));
        Channel<object> heard = Watch(left, echo);
        Assert.Equal("up", await echo.Ask<string>("up", Node.Patience));
        var uid = AddressUidExtension.Uid(right.System);

        await right.Transport.Shutdown();

        Assert.True(Assert.IsType<Terminated>(await TalkingTests.Next(heard)).AddressTerminated);
        Assert.Equal(uid, ((QuarantinedEvent)await TalkingTests.Next(quarantined)).Uid);
    }

    [Fact]
    public async Task A_system_that_restarts_at_the_same_address_is_another_one()
    {
        await using var left = Node.Start("left", "akka.remote.retry-gate-closed-for = 100ms");
        IActorRef old;
        Address address;
        Channel<object> heard;
        int uid;
        await using (var right = Node.Start("right"))
        {
            address = right.Address;
            uid = AddressUidExtension.Uid(right.System);
            right.System.ActorOf(Props.Create(() => new Echo()), "echo");
            old = await left.Find(right, "/user/echo");
            heard = Watch(left, old);
            Assert.Equal("up", await old.Ask<string>("up", Node.Patience));
        }

        await using var again = Node.Start("right", $"akka.remote.dot-netty.tcp.port = {address.Port}");
        Assert.Equal(address, again.Address);
        Assert.NotEqual(uid, AddressUidExtension.Uid(again.System));
        again.System.ActorOf(Props.Create(() => new Echo()), "echo");

        Assert.IsType<Terminated>(await TalkingTests.Next(heard));
        IActorRef fresh = await FindAgain(left, again);
        Assert.NotEqual(old, fresh);
        await Assert.ThrowsAsync<AskTimeoutException>(() => old.Ask<string>("old", TimeSpan.FromMilliseconds(300)));
        Assert.Equal("new", await fresh.Ask<string>("new", Node.Patience));
    }

    [Fact]
    public async Task The_notice_of_an_actors_end_comes_after_its_last_messages()
    {
        const int Blobs = 300;
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Leaver(Blobs)), "leaver");
        IActorRef leaver = await left.Find(right, "/user/leaver");
        var heard = Channel.CreateUnbounded<object>();
        IActorRef watcher = left.System.ActorOf(Props.Create(() => new Collector(heard.Writer)));
        watcher.Tell(leaver, ActorRefs.NoSender);

        leaver.Tell("go", watcher);

        List<object> received = [];
        await foreach (object message in heard.Reader.ReadAllAsync(new CancellationTokenSource(Node.Patience).Token))
        {
            received.Add(message);
            (message as Blob)?.Dispose();
            if (message is Terminated) break;
        }

        Assert.Equal(Blobs, received.Count(m => m is Blob));
    }

    /// <summary>Says much, and is gone.</summary>
    private sealed class Leaver(int blobs) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            for (var i = 0; i < blobs; i++) Sender.Tell(new Blob(new byte[64 * 1024]), Self);
            Context.Stop(Self);
        }
    }

    private static async Task<IActorRef> FindAgain(Node left, Node right)
    {
        using var limit = new CancellationTokenSource(Node.Patience);
        while (true)
        {
            try
            {
                return await left.System.ActorSelection($"{right.Address}/user/echo").ResolveOne(TimeSpan.FromMilliseconds(300), limit.Token);
            }
            catch (ActorNotFoundException) when (!limit.IsCancellationRequested)
            {
                // The first messages may still go into the old connection.
            }
        }
    }

    private static Channel<object> Watch(Node node, IActorRef subject)
    {
        var heard = Channel.CreateUnbounded<object>();
        var terminated = Channel.CreateUnbounded<object>();
        IActorRef watcher = node.System.ActorOf(Props.Create(() => new Collector(heard.Writer)));
        watcher.Tell(subject, ActorRefs.NoSender);
        _ = Task.Run(async () =>
        {
            await foreach (object message in heard.Reader.ReadAllAsync())
                if (message is Terminated) terminated.Writer.TryWrite(message);
        });
        return terminated;
    }
}
