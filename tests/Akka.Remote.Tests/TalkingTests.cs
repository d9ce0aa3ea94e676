using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;

namespace Akka.Remote.Tests;

public sealed class TalkingTests
{
    [Fact]
    public async Task An_ask_across_systems_is_answered()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");

        IActorRef echo = await left.Find(right, "/user/echo");

        Assert.Equal("hello", await echo.Ask<string>("hello", Node.Patience));
        Assert.Equal(42L, await echo.Ask<long>(42L, Node.Patience));
        Assert.False(((IInternalActorRef)echo).IsLocal);
    }

    [Fact]
    public async Task A_reference_in_a_message_points_back_to_its_own_system()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef own = left.System.ActorOf(Props.Create(() => new Echo()), "own");

        IActorRef echo = await left.Find(right, "/user/echo");

        Assert.Same(own, await echo.Ask<IActorRef>(own, Node.Patience));
    }

    [Fact]
    public async Task A_selection_with_a_wildcard_reaches_another_system()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        var heard = Channel.CreateUnbounded<object>();
        for (var i = 0; i < 3; i++) right.System.ActorOf(Props.Create(() => new Collector(heard.Writer)), $"c{i}");

        left.System.ActorSelection($"{right.Address}/user/c*").Tell("all");

        for (var i = 0; i < 3; i++) Assert.Equal("all", await Next(heard));
    }

    [Fact]
    public async Task Nobody_at_a_path_is_answered_with_nobody()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");

        await Assert.ThrowsAsync<ActorNotFoundException>(() => left.Find(right, "/user/nobody"));
    }

    [Fact]
    public async Task Messages_of_a_pair_stay_in_order_whatever_their_size()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        var heard = Channel.CreateUnbounded<object>();
        right.System.ActorOf(Props.Create(() => new Collector(heard.Writer)), "c");
        IActorRef collector = await left.Find(right, "/user/c");

        for (var i = 0; i < 2000; i++) collector.Tell(i % 50 == 0 ? new string('x', 100_000) + i : i, ActorRefs.NoSender);

        for (var i = 0; i < 2000; i++)
        {
            object message = await Next(heard);
            Assert.Equal(i, message is string text ? int.Parse(text.TrimStart('x')) : (int)message);
        }
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_dropped_at_the_sender_and_others_pass()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        var dropped = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(dropped.Writer))), typeof(Dropped));

        echo.Tell(new string('x', 3 * 1024 * 1024), ActorRefs.NoSender);

        Assert.Contains("maximum-frame-size", ((Dropped)await Next(dropped)).Reason);
        Assert.Equal("after", await echo.Ask<string>("after", Node.Patience));
    }

    [Fact]
    public async Task Payloads_arrive_whole_and_their_owners_are_released()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        var heard = Channel.CreateUnbounded<object>();
        right.System.ActorOf(Props.Create(() => new Collector(heard.Writer)), "c");
        IActorRef collector = await left.Find(right, "/user/c");
        var random = new Random(7);
        int[] sizes = [0, 1, 4095, 4096, 65_536, 300_000, 1_048_576];

        foreach (var size in sizes)
        {
            byte[] bytes = new byte[size];
            random.NextBytes(bytes);
            var owner = new Released();
            collector.Tell(new Blob(bytes, owner), ActorRefs.NoSender);
            using var blob = (Blob)await Next(heard);
            Assert.True(blob.Bytes.Span.SequenceEqual(bytes));
            await owner.Task.WaitAsync(Node.Patience);
        }
    }

    [Fact]
    public async Task A_message_without_a_serialiser_is_dropped_and_others_pass()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");

        echo.Tell(new Version(1, 2), ActorRefs.NoSender);

        Assert.Equal("after", await echo.Ask<string>("after", Node.Patience));
    }

    [Fact]
    public async Task Untrusted_mode_drops_what_may_do_harm()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right", "akka.remote { untrusted-mode = on, trusted-selection-paths = [\"/user/echo\"] }");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef local = right.System.ActorOf(Props.Create(() => new Echo()), "hidden");
        IActorRef echo = ((ExtendedActorSystem)left.System).Provider.ResolveActorRef($"{right.Address}/user/echo");
        IActorRef hidden = ((ExtendedActorSystem)left.System).Provider.ResolveActorRef($"{right.Address}/user/hidden");

        hidden.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        left.System.Stop(hidden);

        Assert.Equal("a", await echo.Ask<string>("a", Node.Patience));
        Assert.Equal("b", await left.System.ActorSelection($"{right.Address}/user/echo").Ask<string>("b", Node.Patience));
        Assert.Equal("c", await local.Ask<string>("c", Node.Patience));
    }

    internal static async Task<object> Next(Channel<object> channel) => await channel.Reader.ReadAsync().AsTask().WaitAsync(Node.Patience);

    private sealed class Released : TaskCompletionSource, IDisposable
    {
        public void Dispose() => TrySetResult();
    }
}
