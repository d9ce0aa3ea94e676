using ActorBroker.Actors.Runtime;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using Akka.Actor;
using Akka.Event;
using Akka.Persistence;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Stands for the controller: keeps one <see cref="ControllerActor"/> running below it, and is whom everybody talks to. While none serves, because it recovers, or
/// waits for a majority, commands wait here, up to a limit, and it is remembered who wants metadata; so that a controller that waits for long is not buried under what
/// it will have to answer, and can be asked what it waits for.
/// Messages: <see cref="ControllerCommand"/>, <see cref="SubscribeMetadata"/>, <see cref="MetadataApplied"/>, passed on; <see cref="DescribeQuorum"/>,
/// <see cref="AddQuorumVoter"/> and <see cref="RemoveQuorumVoter"/>, which the journal answers at any time.
/// Supervision: a controller that stopped, since it lost the quorum, is started again: the first time at once, since an old promise may have been all; then another
/// controller gets its time, and each time more of it. An I/O error stops the node, since nothing may change that is not on disk. Other errors are the parent's.
/// </summary>
public sealed class ControllerSupervisor : ReceiveActor, IWithTimers
{
    private const string ChildName = "core";

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ControllerSetup setup;
    private readonly IActorRef journal;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly Queue<(ControllerCommand Command, IActorRef Sender)> early = new();
    private readonly Dictionary<IActorRef, SubscribeMetadata> earlySubscribers = [];
    private IActorRef controller = ActorRefs.Nobody;
    private bool isServing;
    private long? servingSince;
    private int pauses;

    public ControllerSupervisor(ControllerSetup setup)
    {
        this.setup = setup;
        ControllerPersistence.Of(Context.System).Provide(setup);
        journal = Persistence.Instance.Apply(Context.System).JournalFor(ControllerPersistence.Journal);
        Receive<DescribeQuorum>(OnDescribe);
        Receive<AddQuorumVoter>(journal.Forward);
        Receive<RemoveQuorumVoter>(journal.Forward);
        Receive<ControllerCommand>(command => OnCommand(command, Sender));
        Receive<SubscribeMetadata>(OnSubscribe);
        Receive<MetadataApplied>(OnApplied);
        Receive<ControllerActor.Serves>(_ => OnServes());
        Receive<Terminated>(OnTerminated);
        Receive<DeadLetter>(OnDeadLetter);
        Receive<StartAgain>(_ => Start());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record StartAgain
    {
        public static StartAgain Instance { get; } = new();
    }

    public static Props Create(ControllerSetup setup) => ActorProps.Of(() => new ControllerSupervisor(setup));

    internal static VerdictReply Refusal(string reason) => new(new Verdict(MetadataError.NotController, $"Try again: {reason}."));

    internal static VerdictReply TooMany(int waiting) => Refusal($"{waiting} commands wait for the controller already");

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));
        Start();
    }

    protected override void PostStop()
    {
        Context.System.EventStream.Unsubscribe(Self);
        while (early.TryDequeue(out var waiting))
        {
            waiting.Sender.Tell(Refusal("the controller stops"), Self);
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(error =>
    {
        if (error is not IOException)
        {
            return Directive.Escalate;
        }

        log.Error(error, "the metadata journal cannot be used: the node stops");
        _ = Context.System.Terminate();
        return Directive.Stop;
    });

    private void Start()
    {
        controller = Context.Watch(Context.ActorOf(ControllerActor.Create(setup), ChildName));
    }

    private void OnServes()
    {
        isServing = true;
        servingSince = setup.Time.GetTimestamp();
        foreach (var (subscriber, request) in earlySubscribers)
        {
            controller.Tell(request, subscriber);
        }

        earlySubscribers.Clear();
        while (early.TryDequeue(out var waiting))
        {
            controller.Tell(waiting.Command, waiting.Sender);
        }
    }

    private void OnTerminated(Terminated terminated)
    {
        if (!terminated.ActorRef.Equals(controller))
        {
            return;
        }

        if (servingSince is { } since && setup.Time.GetElapsedTime(since) > LongestPause)
        {
            pauses = 0;
        }

        (isServing, servingSince) = (false, null);
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, setup.Tick.Ticks * pauses * 10));
        log.Info("the controller is started again in {0:0.0} s", pause.TotalSeconds);
        if (pauses++ == 0)
        {
            Start();
        }
        else
        {
            Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, pause);
        }
    }

    private void OnDescribe(DescribeQuorum command)
    {
        if (isServing)
        {
            controller.Forward(command);
        }
        else
        {
            journal.Tell(new QuorumJournal.DescribeJournal(false, []), Sender);
        }
    }

    private void OnCommand(ControllerCommand command, IActorRef sender)
    {
        if (isServing)
        {
            controller.Tell(command, sender);
        }
        else if (early.Count < setup.MaxWaiting)
        {
            early.Enqueue((command, sender));
        }
        else
        {
            sender.Tell(TooMany(early.Count), Self);
        }
    }

    private void OnSubscribe(SubscribeMetadata request)
    {
        if (isServing)
        {
            controller.Forward(request);
        }
        else if (earlySubscribers.Count < setup.MaxWaiting)
        {
            earlySubscribers[Sender] = request;
        }
    }

    private void OnApplied(MetadataApplied applied)
    {
        if (isServing)
        {
            controller.Forward(applied);
        }
    }

    /// <summary>A command that lay in the mailbox of a controller that stopped was not decided: it waits for the next one.</summary>
    private void OnDeadLetter(DeadLetter letter)
    {
        if (letter.Message is ControllerCommand command && letter.Recipient.Path.Parent.Equals(Self.Path))
        {
            isServing &= !letter.Recipient.Equals(controller);
            OnCommand(command, letter.Sender);
        }
    }
}
