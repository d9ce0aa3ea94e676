using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;

namespace Akka.Tests.Actor;

/// <summary>What the context offers: watching, stash, behaviours, timers in virtual time, selection, event stream.</summary>
public sealed class ActorFeatureTests : TestKit.Xunit2.TestKit
{
    private static readonly Config Settings = ConfigurationFactory
        .ParseString("""
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            akka.loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
            akka.loglevel = WARNING
            """)
        .WithFallback(DefaultConfig);

    public ActorFeatureTests()
        : base(Settings)
    {
    }

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void WatchWith_delivers_the_message_of_the_watcher()
    {
        IActorRef watched = Sys.ActorOf(Props.Create(() => new Forwarder(TestActor)));
        Sys.ActorOf(Props.Create(() => new WatchingWith(watched, TestActor)));
        ExpectMsg("watching");
        watched.Tell(PoisonPill.Instance);
        ExpectMsg("it died");
    }

    [Fact]
    public void An_unwatch_takes_back_a_Terminated_that_is_queued()
    {
        IActorRef watched = Sys.ActorOf(Props.Create(() => new Forwarder(TestActor)));
        TestActorRef<Unwatcher> watcher = ActorOfAsTestActorRef<Unwatcher>(Props.Create(() => new Unwatcher(watched, TestActor)));
        Watch(watched);
        watched.Tell(PoisonPill.Instance);
        ExpectTerminated(watched);
        watcher.Tell("end");
        ExpectMsg("end");
    }

    [Fact]
    public void Watching_an_actor_that_is_gone_answers_at_once()
    {
        IActorRef gone = Sys.ActorOf(Props.Create(() => new Forwarder(TestActor)));
        Watch(gone);
        gone.Tell(PoisonPill.Instance);
        ExpectTerminated(gone);
        Watch(gone);
        Assert.False(ExpectTerminated(gone).ExistenceConfirmed);
    }

    [Fact]
    public void Stashed_messages_come_back_in_front_in_their_order()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor)));
        actor.Tell(1);
        actor.Tell(2);
        actor.Tell("open");
        actor.Tell(3);
        Assert.Equal([1, 2, 3], ReceiveN(3).Cast<int>());
    }

    [Fact]
    public void What_a_failed_instance_stashed_reaches_the_next()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor)));
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() =>
        {
            actor.Tell(1);
            actor.Tell("fail");
            actor.Tell("open");
        });
        ExpectMsg(1);
    }

    [Fact]
    public void The_same_message_cannot_be_stashed_twice()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Stashing(TestActor)));
        EventFilter.Exception<IllegalActorStateException>().ExpectOne(() => actor.Tell(new Twice()));
    }

    [Fact]
    public void Behaviours_can_be_stacked()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Moody()));
        foreach (var mood in (string[])["how", "worse", "how", "worse", "how", "better", "how", "better", "how"]) actor.Tell(mood);
        Assert.Equal(["fine", "bad", "bad", "bad", "fine"], ReceiveN(5).Cast<string>());
    }

    [Fact]
    public void Timers_tick_in_virtual_time()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Ticking(TestActor)));
        ExpectMsg("ready");
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
        Clock.Advance(TimeSpan.FromHours(1));
        ExpectMsg("once");
        Clock.Advance(TimeSpan.FromMinutes(90));
        ExpectMsg("every");
        Clock.Advance(TimeSpan.FromHours(2));
        ExpectMsg("every");
        actor.Tell("cancel");
        ExpectMsg("cancelled");
        Clock.Advance(TimeSpan.FromHours(10));
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void A_message_of_a_replaced_timer_is_not_delivered()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Replacing(TestActor)));
        ExpectMsg("ready");
        // The actor blocks on purpose until both are done: its timer fires into the mailbox and is then replaced.
        var gate = new TestLatch();
        actor.Tell(gate);
        Clock.Advance(TimeSpan.FromSeconds(1));
        gate.Open();
        ExpectMsg("replaced");
        Clock.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg("new");
    }

    [Fact]
    public void The_receive_timeout_comes_when_no_message_does()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Impatient(TestActor)));
        actor.Tell("first");
        ExpectMsg("first");
        AwaitCondition(() =>
        {
            Clock.Advance(TimeSpan.FromSeconds(10));
            return HasMessages;
        });
        ExpectMsg("timeout");
    }

    [Fact]
    public void The_scheduler_tells_and_can_be_cancelled()
    {
        Sys.Scheduler.ScheduleTellOnce(TimeSpan.FromSeconds(1), TestActor, "once", ActorRefs.NoSender);
        ICancelable repeated = Sys.Scheduler.ScheduleTellRepeatedlyCancelable(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2), TestActor, "again", ActorRefs.NoSender);
        Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(["once", "again", "again"], ReceiveN(3).Cast<string>());
        repeated.Cancel();
        Clock.Advance(TimeSpan.FromSeconds(5));
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void A_wildcard_selection_reaches_all_children_that_fit()
    {
        foreach (var name in (string[])["w-1", "w-2", "other"]) Sys.ActorOf(Props.Create(() => new Forwarder(TestActor)), name);
        Sys.ActorSelection("/user/w-*").Tell("hello");
        Assert.Equal(["hello", "hello"], ReceiveN(2).Cast<string>());
        Sys.ActorSelection("user/oth?r").Tell("other");
        ExpectMsg("other");
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void A_selection_that_finds_nobody_is_a_dead_letter() =>
        EventFilter.DeadLetter<string>().ExpectOne(() => Sys.ActorSelection("/user/not/there").Tell("lost"));

    [Fact]
    public void A_message_to_a_stopped_actor_is_a_dead_letter()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Forwarder(TestActor)));
        Watch(actor);
        actor.Tell(PoisonPill.Instance);
        ExpectTerminated(actor);
        EventFilter.DeadLetter<string>().ExpectOne(() => actor.Tell("late"));
    }

    [Fact]
    public void The_event_stream_delivers_subtypes_and_forgets_stopped_subscribers()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(Animal));
        Sys.EventStream.Publish(new Dog("rex"));
        Assert.Equal("rex", ExpectMsg<Dog>().Name);
        Assert.True(Sys.EventStream.Unsubscribe(TestActor));
        Sys.EventStream.Publish(new Dog("rex"));
        ExpectNoMsg(TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void An_unhandled_message_is_published()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Moody()));
        actor.Tell(42);
        UnhandledMessage unhandled = ExpectMsg<UnhandledMessage>();
        Assert.Equal(42, unhandled.Message);
        Assert.Equal(actor, unhandled.Recipient);
    }

    [Fact]
    public async Task PipeTo_sends_results_and_failures()
    {
        await Task.FromResult(7).PipeTo(TestActor);
        ExpectMsg(7);
        await Task.FromException<int>(new InvalidOperationException("no")).PipeTo(TestActor);
        Assert.Equal("no", ExpectMsg<Status.Failure>().Cause.Message);
        await Task.FromResult(7).PipeTo(TestActor, success: static value => $"got {value}");
        ExpectMsg("got 7");
    }

    [Fact]
    public async Task An_ask_that_nobody_answers_times_out() =>
        await Assert.ThrowsAsync<AskTimeoutException>(() => Sys.ActorOf(Props.Empty).Ask<string>("?", TimeSpan.FromMilliseconds(20)));

    [Fact]
    public async Task A_failure_as_an_answer_fails_the_ask()
    {
        Task<int> asked = TestActor.Ask<int>("?", TimeSpan.FromSeconds(5));
        ExpectMsg("?");
        LastSender.Tell(new Status.Failure(new InvalidOperationException("no")));
        await Assert.ThrowsAsync<InvalidOperationException>(() => asked);
    }

    [Fact]
    public void A_probe_answers_and_an_auto_pilot_does_it_alone()
    {
        TestProbe probe = CreateTestProbe();
        probe.Ref.Tell("ping");
        probe.ExpectMsg("ping");
        probe.Reply("pong");
        ExpectMsg("pong");
        probe.SetAutoPilot(new DelegateAutoPilot((sender, _) =>
        {
            sender.Tell("auto");
            return AutoPilot.KeepRunning;
        }));
        probe.Ref.Tell("ping");
        ExpectMsg("auto");
    }

    private sealed class Twice
    {
        public bool Tried { get; set; }
    }

    private abstract record Animal(string Name);

    private sealed record Dog(string Name) : Animal(Name);

    private sealed class Forwarder : ReceiveActor
    {
        public Forwarder(IActorRef target) => ReceiveAny(target.Forward);
    }

    private sealed class WatchingWith : ReceiveActor
    {
        public WatchingWith(IActorRef watched, IActorRef report)
        {
            Context.WatchWith(watched, "it died");
            report.Tell("watching");
            Receive<string>(text => report.Tell(text));
        }
    }

    private sealed class Unwatcher : ReceiveActor
    {
        public Unwatcher(IActorRef watched, IActorRef report)
        {
            Context.Watch(watched);
            Context.Unwatch(watched);
            Receive<Terminated>(_ => report.Tell("must not come"));
            ReceiveAny(report.Forward);
        }
    }

    private sealed class Stashing : ReceiveActor, IWithUnboundedStash
    {
        public Stashing(IActorRef report)
        {
            Receive<string>(static text => text == "fail", static _ => throw new InvalidOperationException("boom"));
            Receive<Twice>(static twice => !twice.Tried, twice =>
            {
                // The first call succeeds, so the message comes back after the restart.
                twice.Tried = true;
                Stash.Stash();
                Stash.Stash();
            });
            Receive<string>(_ =>
            {
                Become(() => ReceiveAny(report.Forward));
                Stash.UnstashAll();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }

    private sealed class Moody : ReceiveActor
    {
        public Moody()
        {
            Receive<string>(static text => text == "how", _ => Sender.Tell("fine"));
            Receive<string>(static text => text == "worse", _ => BecomeStacked(Bad));
        }

        private void Bad()
        {
            Receive<string>(static text => text == "how", _ => Sender.Tell("bad"));
            Receive<string>(static text => text == "worse", _ => BecomeStacked(Bad));
            Receive<string>(static text => text == "better", _ => UnbecomeStacked());
        }
    }

    private sealed class Ticking : ReceiveActor, IWithTimers
    {
        private readonly IActorRef report;

        public Ticking(IActorRef report)
        {
            this.report = report;
            Receive<string>(static text => text == "cancel", _ =>
            {
                Timers.CancelAll();
                report.Tell("cancelled");
            });
            ReceiveAny(report.Forward);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartSingleTimer("a", "once", TimeSpan.FromHours(1));
            Timers.StartPeriodicTimer("b", "every", TimeSpan.FromHours(2));
            report.Tell("ready");
        }
    }

    private sealed class Replacing : ReceiveActor, IWithTimers
    {
        private readonly IActorRef report;

        public Replacing(IActorRef report)
        {
            this.report = report;
            Receive<TestLatch>(latch =>
            {
                latch.Ready();
                Timers.StartSingleTimer("key", "new", TimeSpan.FromSeconds(1));
                report.Tell("replaced");
            });
            ReceiveAny(report.Forward);
        }

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart()
        {
            Timers.StartSingleTimer("key", "old", TimeSpan.FromSeconds(1));
            report.Tell("ready");
        }
    }

    private sealed class Impatient : ReceiveActor
    {
        public Impatient(IActorRef report)
        {
            SetReceiveTimeout(TimeSpan.FromSeconds(10));
            Receive<ReceiveTimeout>(_ =>
            {
                SetReceiveTimeout(null);
                report.Tell("timeout");
            });
            ReceiveAny(report.Forward);
        }
    }
}
