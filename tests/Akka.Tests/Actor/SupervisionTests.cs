using Akka.Actor;
using Akka.Event;
using Akka.TestKit;

namespace Akka.Tests.Actor;

/// <summary>Failures, decisions about them, and the hooks around restarts.</summary>
public sealed class SupervisionTests : TestKit.Xunit2.TestKit
{
    public SupervisionTests()
        : base("akka.stdout-loglevel = OFF\nakka.loggers = []")
    {
    }

    [Fact]
    public void A_restart_calls_the_hooks_in_order_and_keeps_the_mailbox()
    {
        IActorRef child = Supervised(Directive.Restart);
        child.Tell("fail");
        child.Tell("next");
        Assert.Equal(["PreStart", "PreRestart fail", "PostRestart boom", "next"], ReceiveN(4).Cast<string>());
    }

    [Fact]
    public void A_resume_keeps_the_instance()
    {
        IActorRef child = Supervised(Directive.Resume);
        child.Tell("fail");
        child.Tell("next");
        Assert.Equal(["PreStart", "next"], ReceiveN(2).Cast<string>());
    }

    [Fact]
    public void A_stop_ends_the_child_and_its_watchers_learn()
    {
        IActorRef child = Supervised(Directive.Stop);
        ExpectMsg("PreStart");
        Watch(child);
        child.Tell("fail");
        ExpectMsg("PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void An_escalation_fails_the_supervisor()
    {
        IActorRef top = Sys.ActorOf(Props.Create(() => new Supervisor(TestActor, new OneForOneStrategy(_ => Directive.Stop))));
        top.Tell(Props.Create(() => new Supervisor(TestActor, new OneForOneStrategy(_ => Directive.Escalate))));
        var middle = ExpectMsg<IActorRef>();
        middle.Tell(Props.Create(() => new Probe(TestActor)));
        var child = ExpectMsg<IActorRef>();
        ExpectMsg("PreStart");
        Watch(middle);
        child.Tell("fail");
        ExpectMsg("PostStop");
        ExpectTerminated(middle);
    }

    [Fact]
    public void Too_many_restarts_stop_the_child()
    {
        IActorRef child = Supervised(new OneForOneStrategy(2, TimeSpan.FromMinutes(1), static _ => Directive.Restart));
        ExpectMsg("PreStart");
        Watch(child);
        for (var i = 0; i < 2; i++)
        {
            child.Tell("fail");
            ExpectMsg("PreRestart fail");
            ExpectMsg("PostRestart boom");
        }

        child.Tell("fail");
        ExpectMsg("PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void All_for_one_restarts_the_siblings()
    {
        IActorRef supervisor = Sys.ActorOf(Props.Create(() => new Supervisor(TestActor, new AllForOneStrategy(static _ => Directive.Restart))));
        IActorRef[] children = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            supervisor.Tell(Props.Create(() => new Probe(TestActor)));
            var child = ExpectMsg<IActorRef>();
            ExpectMsg("PreStart");
            return child;
        })];
        children[0].Tell("fail");
        var seen = ReceiveN(6).Cast<string>().ToList();
        Assert.Equal(3, seen.Count(static s => s == "PostRestart boom"));
        Assert.Single(seen, "PreRestart fail");
    }

    [Fact]
    public void A_constructor_that_throws_stops_the_actor()
    {
        IActorRef actor = Sys.ActorOf(Props.Create(() => new Unborn()));
        Watch(actor);
        ExpectTerminated(actor);
    }

    [Fact]
    public void Kill_stops_by_the_default_decision()
    {
        IActorRef child = Supervised(Akka.Actor.SupervisorStrategy.DefaultStrategy);
        ExpectMsg("PreStart");
        Watch(child);
        child.Tell(Kill.Instance);
        ExpectMsg("PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void An_unhandled_Terminated_is_a_death_pact()
    {
        IActorRef watched = Sys.ActorOf(Props.Create(() => new Probe(ActorRefs.Nobody)));
        IActorRef watcher = Sys.ActorOf(Props.Create(() => new Watcher(watched)));
        Watch(watcher);
        watched.Tell(PoisonPill.Instance);
        ExpectTerminated(watcher);
    }

    [Fact]
    public void A_failed_asynchronous_handler_is_a_failure()
    {
        IActorRef child = Supervised(Directive.Restart);
        child.Tell("fail later");
        child.Tell("next");
        Assert.Equal(["PreStart", "PreRestart fail later", "PostRestart boom", "next"], ReceiveN(4).Cast<string>());
    }

    [Fact]
    public void A_failed_strategy_escalates_to_the_grandparent()
    {
        var undecided = new OneForOneStrategy(static _ => throw new InvalidOperationException("no idea"));
        IActorRef middle = Sys.ActorOf(Props.Create(() => new Supervisor(TestActor, undecided)));
        middle.Tell(Props.Create(() => new Probe(TestActor)));
        var child = ExpectMsg<IActorRef>();
        ExpectMsg("PreStart");
        child.Tell("fail");
        // The guardian restarts the middle, which stops its child.
        ExpectMsg("PostStop");
    }

    private IActorRef Supervised(Directive directive) => Supervised(new OneForOneStrategy(_ => directive));

    private IActorRef Supervised(SupervisorStrategy strategy)
    {
        IActorRef supervisor = Sys.ActorOf(Props.Create(() => new Supervisor(TestActor, strategy)));
        supervisor.Tell(Props.Create(() => new Probe(TestActor)));
        return FishForMessage<IActorRef>(static _ => true);
    }

    private sealed class Supervisor(IActorRef report, SupervisorStrategy strategy) : UntypedActor
    {
        protected override SupervisorStrategy SupervisorStrategy() => strategy;

        protected override void OnReceive(object message)
        {
            if (message is Props props) report.Tell(Context.ActorOf(props));
        }
    }

    private sealed class Probe : ReceiveActor
    {
        private readonly IActorRef report;

        public Probe(IActorRef report)
        {
            this.report = report;
            Receive<string>(static text => text == "fail", static _ => throw new InvalidOperationException("boom"));
            ReceiveAsync<string>(static text => text == "fail later", static async _ =>
            {
                await Task.Yield();
                throw new InvalidOperationException("boom");
            });
            Receive<string>(text => report.Tell(text));
        }

        protected override void PreStart() => report.Tell("PreStart");

        protected override void PostStop() => report.Tell("PostStop");

        protected override void PreRestart(Exception reason, object message) => report.Tell($"PreRestart {message}");

        protected override void PostRestart(Exception reason) => report.Tell($"PostRestart {reason.Message}");
    }

    private sealed class Unborn : UntypedActor
    {
        public Unborn() => throw new InvalidOperationException("boom");

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef watched) => Context.Watch(watched);
    }
}
