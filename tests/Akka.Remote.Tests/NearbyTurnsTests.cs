using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using AkkaExtensions.Dispatch;

namespace Akka.Remote.Tests;

public sealed class NearbyTurnsTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ActorSystem system = ActorSystem.Create("nearby", ConfigurationFactory.ParseString("""
        akka { loglevel = ERROR, stdout-loglevel = OFF }
        nearby { type = Dispatcher, executor = "AkkaExtensions.Dispatch.NearbyExecutor, Akka" }
        """));

    private readonly Channel<(string Actor, object Message, int Thread)> handled = Channel.CreateUnbounded<(string, object, int)>();
    private readonly NearbyTurns turns = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public async Task A_thread_takes_the_turns_that_it_gathered_after_all_was_handed_over()
    {
        var actors = await Start(2);
        var thread = 0;
        OnThread(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            turns.Begin();
            foreach (var message in new[] { 1, 2 })
            {
                foreach (var actor in actors) actor.Tell(message);
            }

            Assert.False(handled.Reader.TryRead(out _));
            turns.TakeAll();
        });

        List<(string, object, int)> all = [];
        while (handled.Reader.TryRead(out var next)) all.Add(next);
        Assert.Equal([("a0", 1, thread), ("a0", 2, thread), ("a1", 1, thread), ("a1", 2, thread)], all);
    }

    [Fact]
    public async Task Turns_of_many_actors_are_shared_with_the_pool()
    {
        var actors = await Start(12);
        var thread = 0;
        OnThread(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            turns.Begin();
            foreach (var actor in actors) actor.Tell("x");
            turns.TakeAll();
        });

        var here = 0;
        for (var i = 0; i < actors.Length; i++) here += (await Next()).Thread == thread ? 1 : 0;
        Assert.Equal(4, here);
    }

    [Fact]
    public async Task After_a_slow_turn_the_others_are_the_pools()
    {
        var actors = await Start(3);
        var thread = 0;
        using var ended = new ManualResetEventSlim();
        OnThread(() =>
        {
            thread = Environment.CurrentManagedThreadId;
            turns.Begin();

            // Held for long beyond what is slow, as by a disk.
            actors[0].Tell((Action)(() => SpinWait.SpinUntil(static () => false, 20)));
            actors[1].Tell("gathered");
            turns.TakeAll();
            turns.Begin();
            actors[2].Tell("later");
            ended.Wait(Patience);
            turns.TakeAll();
        }, () =>
        {
            // Neither needs the thread to go on.
            for (var i = 0; i < 3; i++)
            {
                var (actor, _, on) = Next().GetAwaiter().GetResult();
                Assert.Equal(actor == "a0", on == thread);
            }

            ended.Set();
        });
    }

    [Fact]
    public async Task Without_a_thread_that_gathers_actors_run_in_the_pool()
    {
        var actors = await Start(1);

        actors[0].Tell("x");

        Assert.Equal("x", (await Next()).Message);
    }

    private async Task<IActorRef[]> Start(int count)
    {
        var actors = Enumerable.Range(0, count).Select(i => system.ActorOf(Props.Create(() => new Recorder(handled.Writer)).WithDispatcher("nearby"), $"a{i}")).ToArray();
        foreach (var actor in actors) await actor.Ask<ActorIdentity>(new Identify(null), Patience);
        return actors;
    }

    private async Task<(string Actor, object Message, int Thread)> Next() => await handled.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private static void OnThread(Action run, Action? meanwhile = null)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                run();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        meanwhile?.Invoke();
        Assert.True(thread.Join(Patience));
        Assert.Null(failure);
    }

    private sealed class Recorder(ChannelWriter<(string, object, int)> to) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            (message as Action)?.Invoke();
            to.TryWrite((Self.Path.Name, message, Environment.CurrentManagedThreadId));
        }
    }
}
