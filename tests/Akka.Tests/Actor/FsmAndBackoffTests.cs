using Akka.Actor;
using Akka.Configuration;
using Akka.Pattern;
using Akka.TestKit;

namespace Akka.Tests.Actor;

/// <summary>State machines and backoff supervisors, in virtual time.</summary>
public sealed class FsmAndBackoffTests : TestKit.Xunit2.TestKit
{
    private static readonly Config Settings = ConfigurationFactory
        .ParseString("""
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            """)
        .WithFallback(DefaultConfig);

    public FsmAndBackoffTests()
        : base(Settings)
    {
    }

    private enum Door
    {
        Closed,
        Open,
    }

    private TestScheduler Clock => (TestScheduler)Sys.Scheduler;

    [Fact]
    public void A_machine_tells_its_transitions_to_subscribers()
    {
        IActorRef door = Sys.ActorOf(Props.Create(() => new DoorMachine(TestActor)));
        door.Tell(new FSMBase.SubscribeTransitionCallBack(TestActor));
        ExpectMsg(new FSMBase.CurrentState<Door>(door, Door.Closed));
        door.Tell("open");
        Assert.Equal(["from Closed to Open", "opened 1"], FishStrings(2));
        door.Tell("open");
        door.Tell("close");
        Assert.Equal("from Open to Closed", FishStrings(1)[0]);
    }

    [Fact]
    public void A_state_times_out()
    {
        IActorRef door = Sys.ActorOf(Props.Create(() => new DoorMachine(TestActor)));
        door.Tell("open");
        Assert.Equal(2, FishStrings(2).Count);
        Clock.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal("from Open to Closed", FishStrings(1)[0]);
    }

    [Fact]
    public void A_machine_says_why_it_ended()
    {
        IActorRef door = Sys.ActorOf(Props.Create(() => new DoorMachine(TestActor)));
        Watch(door);
        door.Tell("burn");
        ExpectMsg("ended: Failure(fire)");
        ExpectTerminated(door);
    }

    [Fact]
    public void A_test_reference_shows_and_sets_the_state()
    {
        var door = new TestFSMRef<DoorMachine, Door, int>(Sys, Props.Create(() => new DoorMachine(TestActor)));
        Assert.Equal(Door.Closed, door.StateName);
        door.SetState(Door.Open, 5);
        Assert.Equal((Door.Open, 5), (door.StateName, door.StateData));
        Assert.True(door.IsStateTimerActive());
    }

    [Fact]
    public void A_child_that_stops_is_started_again_after_growing_waits()
    {
        Props child = Props.Create(() => new Fragile(TestActor));
        IActorRef supervisor = Sys.ActorOf(BackoffSupervisor.Props(
            Backoff.OnStop(child, "child", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 0).WithManualReset()));
        ExpectMsg("started");
        foreach (var wait in (int[])[1, 2, 4, 8, 10])
        {
            supervisor.Tell("stop");
            ExpectMsg("stopped");
            AwaitCondition(() => Child(supervisor) is null);
            Clock.Advance(TimeSpan.FromSeconds(wait) - TimeSpan.FromMilliseconds(1));
            ExpectNoMsg(TimeSpan.FromMilliseconds(1));
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            ExpectMsg("started");
        }
    }

    [Fact]
    public void A_child_that_fails_is_started_again_after_the_wait()
    {
        Props child = Props.Create(() => new Fragile(TestActor));
        IActorRef supervisor = Sys.ActorOf(BackoffSupervisor.Props(
            Backoff.OnFailure(child, "child", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), 0, 1).WithManualReset()));
        ExpectMsg("started");
        supervisor.Tell("fail");
        ExpectMsg("stopped");
        AwaitCondition(() => Child(supervisor) is null);
        Clock.Advance(TimeSpan.FromSeconds(1));
        ExpectMsg("started");
        Watch(supervisor);
        supervisor.Tell("fail");
        ExpectMsg("stopped");
        ExpectTerminated(supervisor);
    }

    private static IActorRef? Child(IActorRef supervisor) =>
        supervisor.Ask<BackoffSupervisor.CurrentChild>(BackoffSupervisor.GetCurrentChild.Instance, TimeSpan.FromSeconds(5)).Result.Ref;

    private List<string> FishStrings(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => FishForMessage<string>(static _ => true))];

    private sealed class DoorMachine : FSM<Door, int>
    {
        public DoorMachine(IActorRef report)
        {
            StartWith(Door.Closed, 0);
            When(Door.Closed, fsmEvent => fsmEvent.FsmEvent is "open" ? GoTo(Door.Open).Using(fsmEvent.StateData + 1) : null);
            When(Door.Open, fsmEvent => fsmEvent.FsmEvent is "close" or StateTimeout ? GoTo(Door.Closed) : null, TimeSpan.FromSeconds(10));
            WhenUnhandled(fsmEvent => fsmEvent.FsmEvent is "burn" ? Stop(new Failure("fire")) : Stay());
            OnTransition((from, to) =>
            {
                report.Tell($"from {from} to {to}");
                if (to == Door.Open) report.Tell($"opened {NextStateData}");
            });
            OnTermination(stop => report.Tell($"ended: {stop.Reason}"));
            Initialize();
        }
    }

    private sealed class Fragile : ReceiveActor
    {
        private readonly IActorRef report;

        public Fragile(IActorRef report)
        {
            this.report = report;
            Receive<string>(static text => text == "stop", _ => Context.Stop(Self));
            Receive<string>(static text => text == "fail", static _ => throw new InvalidOperationException("boom"));
        }

        protected override void PreStart() => report.Tell("started");

        protected override void PostStop() => report.Tell("stopped");
    }
}
