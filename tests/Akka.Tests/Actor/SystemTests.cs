using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Tests.Actor;

/// <summary>What belongs to the system as a whole: its end, shutdown phases, extensions, serialisation, dispatchers, mailboxes.</summary>
public sealed class SystemTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task The_phases_of_the_shutdown_run_in_order_and_end_the_system()
    {
        ActorSystem system = Start();
        var ran = new ConcurrentQueue<string>();
        CoordinatedShutdown shutdown = CoordinatedShutdown.Get(system);
        foreach (var phase in (string[])[CoordinatedShutdown.PhaseServiceStop, CoordinatedShutdown.PhaseBeforeServiceUnbind, CoordinatedShutdown.PhaseServiceUnbind])
        {
            shutdown.AddTask(phase, "note", () =>
            {
                ran.Enqueue(phase);
                return Task.FromResult(Done.Instance);
            });
        }

        await system.Terminate().WaitAsync(Patience);
        Assert.Equal(["before-service-unbind", "service-unbind", "service-stop"], ran);
        Assert.Same(CoordinatedShutdown.ActorSystemTerminateReason.Instance, shutdown.ShutdownReason);
    }

    [Fact]
    public async Task A_task_that_fails_or_hangs_does_not_hold_the_shutdown_up()
    {
        ActorSystem system = Start("akka.coordinated-shutdown.phases.service-stop.timeout = 20ms");
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceStop, "hang", () => new TaskCompletionSource<Done>().Task);
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceUnbind, "fail", () => throw new InvalidOperationException("on purpose"));
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task Termination_callbacks_run_last_added_first_after_all_actors()
    {
        ActorSystem system = Start();
        var ran = new ConcurrentQueue<string>();
        system.ActorOf(Props.Create(() => new Last(ran)));
        system.RegisterOnTermination(() => ran.Enqueue("first added"));
        system.RegisterOnTermination(() => ran.Enqueue("last added"));
        await system.Terminate().WaitAsync(Patience);
        Assert.Equal(["actor", "last added", "first added"], ran);
    }

    [Fact]
    public async Task An_extension_is_made_once()
    {
        ActorSystem system = Start();
        var made = Enumerable.Range(0, 8).AsParallel().Select(_ => new CountingExtensionId().Get(system)).Distinct().ToList();
        Assert.Single(made);
        Assert.True(system.HasExtension<CountingExtension>());
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task References_strings_and_bytes_survive_serialisation_and_nothing_else_does_unasked()
    {
        ActorSystem system = Start();
        IActorRef actor = system.ActorOf(Props.Empty, "me");
        foreach (var value in (object[])["text", 42, 42L, new byte[] { 1, 2 }, actor])
        {
            Serialization.Serializer serializer = system.Serialization.FindSerializerFor(value);
            Assert.Equal(value, system.Serialization.Deserialize(
                serializer.ToBinary(value), serializer.Identifier, Serialization.Serialization.ManifestFor(serializer, value)));
        }

        Assert.Throws<System.Runtime.Serialization.SerializationException>(() => system.Serialization.FindSerializerFor(new Uri("http://localhost")));
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_serialiser_from_the_configuration_gets_its_settings_and_messages_pass_through_it()
    {
        ActorSystem system = Start($$"""
            akka.actor {
              serialize-messages = on
              serializers.point = "{{typeof(PointSerializer).AssemblyQualifiedName}}"
              serialization-bindings { "{{typeof(Point).AssemblyQualifiedName}}" = point }
              serialization-settings.point.offset = 100
            }
            """);
        IActorRef echo = system.ActorOf(Props.Create(() => new Echo()));
        // Once on the way there and not on the way back: an ask's reference has no mailbox.
        Assert.Equal(new Point(101), await echo.Ask<Point>(new Point(1), Patience));
        await system.Terminate().WaitAsync(Patience);
    }

    [Theory]
    [InlineData("pinned", "type = PinnedDispatcher")]
    [InlineData("forked", "type = ForkJoinDispatcher\ndedicated-thread-pool.thread-count = 1")]
    [InlineData("own", "type = Dispatcher\nexecutor = fork-join-executor\nfork-join-executor.parallelism-max = 8")]
    [InlineData("deadline", "type = Dispatcher\nthroughput = 1000\nthroughput-deadline-time = 1ms")]
    public async Task Every_kind_of_dispatcher_runs_actors(string id, string settings)
    {
        ActorSystem system = Start($"{id} {{ {settings} }}");
        IActorRef echo = system.ActorOf(Props.Create(() => new Echo()).WithDispatcher(id));
        for (var i = 0; i < 100; i++) Assert.Equal(i, await echo.Ask<int>(i, Patience));
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_bounded_mailbox_sends_what_does_not_fit_to_the_dead_letters()
    {
        ActorSystem system = Start("""
            small { mailbox-type = "Akka.Dispatch.BoundedMailbox", mailbox-capacity = 2, mailbox-push-timeout-time = 0s }
            """);
        using var gate = new ManualResetEventSlim();
        var lost = new TaskCompletionSource<int>();
        IActorRef listener = system.ActorOf(Props.Create(() => new DeadLetterCounter(lost, 3)));
        system.EventStream.Subscribe(listener, typeof(DeadLetter));
        IActorRef actor = system.ActorOf(Props.Create(() => new Gated(gate)).WithMailbox("small"));
        actor.Tell("block");
        await WaitFor(() => ((ActorRefWithCell)actor).Underlying.NumberOfMessages == 0);
        for (var i = 0; i < 5; i++) actor.Tell(i);
        Assert.Equal(3, await lost.Task.WaitAsync(Patience));
        gate.Set();
        await system.Terminate().WaitAsync(Patience);
    }

    [Theory]
    [InlineData(typeof(LowestFirst))]
    [InlineData(typeof(StableLowestFirst))]
    public async Task A_priority_mailbox_delivers_the_lowest_number_first(Type mailbox)
    {
        ActorSystem system = Start($"prio.mailbox-type = \"{mailbox.AssemblyQualifiedName}\"");
        using var gate = new ManualResetEventSlim();
        var seen = new ConcurrentQueue<object>();
        IActorRef actor = system.ActorOf(Props.Create(() => new Gated(gate, seen)).WithMailbox("prio"));
        actor.Tell("block");
        await WaitFor(() => ((ActorRefWithCell)actor).Underlying.NumberOfMessages == 0);
        foreach (var number in (int[])[3, 1, 2, 1, 3]) actor.Tell(number);
        gate.Set();
        await WaitFor(() => seen.Count == 5);
        Assert.Equal([1, 1, 2, 3, 3], seen.Cast<int>());
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public async Task A_deployment_section_sets_the_dispatcher_of_a_path()
    {
        ActorSystem system = Start("""
            mine.type = PinnedDispatcher
            akka.actor.deployment { "/parent/*" { dispatcher = mine } }
            """);
        IActorRef parent = system.ActorOf(Props.Create(() => new ParentOf(Props.Create(() => new Threaded()))), "parent");
        IActorRef child = await parent.Ask<IActorRef>("child", Patience);
        Assert.StartsWith("mine", await child.Ask<string>("thread", Patience));
        await system.Terminate().WaitAsync(Patience);
    }

    [Fact]
    public void A_dispatcher_that_is_not_configured_is_named()
    {
        using ActorSystem system = Start();
        var error = Assert.Throws<ConfigurationException>(() => system.ActorOf(Props.Empty.WithDispatcher("nowhere")));
        Assert.Contains("nowhere", error.ToString());
    }

    [Fact]
    public async Task Real_timers_fire_and_an_idle_system_has_no_timer_thread()
    {
        ActorSystem system = Start();
        var fired = new TaskCompletionSource();
        system.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(30), fired.SetResult);
        await fired.Task.WaitAsync(Patience);
        await system.Terminate().WaitAsync(Patience);
        Assert.Throws<SchedulerException>(() => system.Scheduler.Advanced.ScheduleOnce(TimeSpan.FromMilliseconds(30), static () => { }));
    }

    private static ActorSystem Start(string config = "") =>
        ActorSystem.Create("system", ConfigurationFactory.ParseString(config).WithFallback("akka.loglevel = OFF\nakka.stdout-loglevel = OFF\nakka.log-dead-letters = off"));

    private static async Task WaitFor(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (!condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public sealed record Point(int X);

    public sealed class PointSerializer(ExtendedActorSystem system, Config settings) : Serialization.SerializerWithStringManifest(system)
    {
        public override int Identifier => 4711;

        public override string Manifest(object o) => "P";

        public override byte[] ToBinary(object obj) => BitConverter.GetBytes(((Point)obj).X);

        public override object FromBinary(byte[] bytes, string manifest) => new Point(BitConverter.ToInt32(bytes) + settings.GetInt("offset"));
    }

    public sealed class LowestFirst(Settings settings, Config config) : Dispatch.UnboundedPriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => message is int number ? number : 0;
    }

    public sealed class StableLowestFirst(Settings settings, Config config) : Dispatch.UnboundedStablePriorityMailbox(settings, config)
    {
        protected override int PriorityGenerator(object message) => message is int number ? number : 0;
    }

    private sealed class CountingExtension : IExtension;

    private sealed class CountingExtensionId : ExtensionIdProvider<CountingExtension>
    {
        public override CountingExtension CreateExtension(ExtendedActorSystem system) => new();
    }

    private sealed class Echo : ReceiveActor
    {
        public Echo() => ReceiveAny(message => Sender.Tell(message));
    }

    private sealed class Last(ConcurrentQueue<string> ran) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => ran.Enqueue("actor");
    }

    private sealed class DeadLetterCounter(TaskCompletionSource<int> done, int expected) : UntypedActor
    {
        private int count;

        protected override void OnReceive(object message)
        {
            if (message is DeadLetter { Message: int } && ++count == expected) done.SetResult(count);
        }
    }

    private sealed class Gated(ManualResetEventSlim gate, ConcurrentQueue<object>? seen = null) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is "block") gate.Wait();
            else seen?.Enqueue(message);
        }
    }

    private sealed class ParentOf(Props child) : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(Context.ActorOf(child));
    }

    private sealed class Threaded : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(Thread.CurrentThread.Name ?? "");
    }
}
