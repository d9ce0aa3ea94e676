using Akka.Actor;

namespace Akka.Tests.Actor;

/// <summary>What everything else stands on, without the TestKit.</summary>
public sealed class CoreTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private ActorSystem system = null!;

    public Task InitializeAsync()
    {
        system = ActorSystem.Create("core", "akka.loglevel = OFF");
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => system.Terminate().WaitAsync(Patience);

    [Fact]
    public async Task An_actor_answers_an_ask()
    {
        IActorRef echo = system.ActorOf(Props.Create(() => new Echo()), "echo");
        Assert.Equal("hello", await echo.Ask<string>("hello", Patience));
    }

    [Fact]
    public async Task Messages_of_many_senders_all_arrive_and_each_senders_in_order()
    {
        IActorRef counter = system.ActorOf(Props.Create(() => new OrderChecker()));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++) counter.Tell((sender, i), ActorRefs.NoSender);
        })));
        Assert.Equal(200_000, await counter.Ask<int>("count", Patience));
    }

    [Fact]
    public async Task A_failing_actor_is_restarted_behind_its_reference()
    {
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo()));
        actor.Tell("fail", ActorRefs.NoSender);
        Assert.Equal("again", await actor.Ask<string>("again", Patience));
    }

    [Fact]
    public async Task A_stopped_actor_is_reported_to_its_watcher()
    {
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo()));
        Assert.True(await actor.GracefulStop(Patience));
        using var limit = new CancellationTokenSource(Patience);
        Assert.True(await actor.WatchAsync(limit.Token));
    }

    [Fact]
    public async Task A_name_is_free_again_after_its_actor_has_stopped()
    {
        IActorRef first = system.ActorOf(Props.Create(() => new Echo()), "named");
        Assert.Throws<InvalidActorNameException>(() => system.ActorOf(Props.Create(() => new Echo()), "named"));
        await first.GracefulStop(Patience);
        // The name goes back when the supervisor has learned of the end, which is after the watchers may have.
        using var limit = new CancellationTokenSource(Patience);
        IActorRef? second = null;
        while (second is null)
        {
            limit.Token.ThrowIfCancellationRequested();
            try
            {
                second = system.ActorOf(Props.Create(() => new Echo()), "named");
            }
            catch (InvalidActorNameException)
            {
                await Task.Yield();
            }
        }

        Assert.NotEqual(first, second);
        Assert.Equal(first.Path, second.Path);
    }

    [Fact]
    public async Task The_tree_stops_from_the_leaves()
    {
        IActorRef parent = system.ActorOf(Props.Create(() => new Parent()), "parent");
        IActorRef child = await parent.Ask<IActorRef>("child", Patience);
        Assert.True(await parent.GracefulStop(Patience));
        using var limit = new CancellationTokenSource(Patience);
        Assert.True(await child.WatchAsync(limit.Token));
    }

    [Fact]
    public async Task A_selection_finds_actors_by_path_and_pattern()
    {
        IActorRef a = system.ActorOf(Props.Create(() => new Echo()), "sel-a");
        Assert.Equal(a, await system.ActorSelection("/user/sel-a").ResolveOne(Patience));
        Assert.Equal(a, await system.ActorSelection("akka://core/user/sel-?").ResolveOne(Patience));
        await Assert.ThrowsAsync<ActorNotFoundException>(() => system.ActorSelection("/user/nobody").ResolveOne(Patience));
    }

    [Fact]
    public async Task An_asynchronous_handler_keeps_sender_and_order()
    {
        IActorRef actor = system.ActorOf(Props.Create(() => new Asynchronous()));
        Task<int>[] answers = [.. Enumerable.Range(0, 20).Select(i => actor.Ask<int>(i, Patience))];
        for (var i = 0; i < 20; i++) Assert.Equal(i, await answers[i]);
        Assert.Equal(Enumerable.Range(0, 20), await actor.Ask<int[]>("seen", Patience));
    }

    [Fact]
    public void The_tree_can_be_printed()
    {
        system.ActorOf(Props.Create(() => new Echo()), "printed");
        Assert.Contains("printed", ((ExtendedActorSystem)system).PrintTree());
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo()
        {
            Receive<string>(text => text == "fail", _ => throw new InvalidOperationException("on purpose"));
            ReceiveAny(message => Sender.Tell(message));
        }
    }

    private sealed class OrderChecker : UntypedActor
    {
        private readonly int[] next = new int[4];

        protected override void OnReceive(object message)
        {
            if (message is not (int sender, int number)) Sender.Tell(next.Sum());
            else if (next[sender] == number) next[sender]++;
        }
    }

    private sealed class Parent : ReceiveActor
    {
        public Parent() => Receive<string>(_ => Sender.Tell(Context.ActorOf(Props.Create(() => new Echo()))));
    }

    private sealed class Asynchronous : ReceiveActor
    {
        private readonly List<int> seen = [];

        public Asynchronous()
        {
            ReceiveAsync<int>(async number =>
            {
                await Task.Yield();
                seen.Add(number);
                await Task.Run(static () => { });
                Sender.Tell(number);
            });
            Receive<string>(_ => Sender.Tell(seen.ToArray()));
        }
    }
}
