#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit.Configs;
using Akka.TestKit.Internal;
using Akka.Util;

namespace Akka.TestKit;

/// <summary>
/// A test with a system and a test actor, whose messages the test expects. Durations are real time; they are multiplied by
/// akka.test.timefactor where a method says that it dilates.
/// </summary>
public abstract partial class TestKitBase : IActorRefFactory
{
    private static long testActorNumbers;

    private readonly ITestKitAssertions _assertions;
    private readonly TestQueue _queue = new();
    private MessageEnvelope _lastMessage = NullMessageEnvelope.Instance;
    private TimeSpan? _end;
    private bool _lastWasNoMsg;

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem system = null, string testActorName = null)
        : this(assertions, system, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(DefaultConfig)), null, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, ActorSystemSetup setup, string actorSystemName = null, string testActorName = null)
        : this(assertions, null, setup, actorSystemName, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, Config config, string actorSystemName = null, string testActorName = null)
        : this(assertions, null, ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config)), actorSystemName, testActorName)
    {
    }

    protected TestKitBase(ITestKitAssertions assertions, ActorSystem system, ActorSystemSetup config, string actorSystemName, string testActorName)
    {
        _assertions = assertions ?? throw new ArgumentNullException(nameof(assertions));
        Initialise(system, config, actorSystemName, testActorName);
    }

    /// <summary>The TestKit's defaults.</summary>
    public static Config DefaultConfig => TestConfigs.DefaultConfig;

    /// <summary>Logs as much as there is.</summary>
    public static Config FullDebugConfig => ConfigurationFactory.ParseString("""
        akka {
          loglevel = DEBUG
          actor.debug { receive = on, autoreceive = on, lifecycle = on, event-stream = on, unhandled = on, fsm = on }
        }
        """);

    /// <summary>Time since some moment.</summary>
    public static TimeSpan Now => MonotonicTime.Now;

    /// <summary>Expects and mutes log events.</summary>
    public EventFilterFactory EventFilter { get; private set; }

    /// <summary>True if messages wait.</summary>
    public bool HasMessages => !_queue.IsEmpty;

    /// <summary>The message that was taken last.</summary>
    public object LastMessage => _lastMessage.Message;

    /// <summary>Its sender.</summary>
    public IActorRef LastSender => _lastMessage.Sender;

    public ILoggingAdapter Log { get; private set; }

    /// <summary>Time that is left of the enclosing Within.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public TimeSpan Remaining => _end is { } end
        ? Max(end - Now)
        : throw new InvalidOperationException(@"Remaining may not be called outside of ""within""");

    /// <summary>Time that is left of the enclosing Within, or the default.</summary>
    public TimeSpan RemainingOrDefault => RemainingOr(Dilated(TestKitSettings.SingleExpectDefault));

    public ActorSystem Sys { get; private set; }

    /// <summary>Collects what is sent to it.</summary>
    public IActorRef TestActor { get; private set; }

    public TestKitSettings TestKitSettings { get; private set; }

    internal ITestKitAssertions Assertions => _assertions;

    public IActorRef ActorOf(Props props) => Sys.ActorOf(props);

    public IActorRef ActorOf(Props props, string name) => Sys.ActorOf(props, name);

    public IActorRef ActorOf<TActor>()
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>());

    public IActorRef ActorOf<TActor>(string name)
        where TActor : ActorBase, new() => Sys.ActorOf(Props.Create<TActor>(), name);

    public IActorRef ActorOf<TActor>(System.Linq.Expressions.Expression<Func<TActor>> factory)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory));

    public IActorRef ActorOf<TActor>(System.Linq.Expressions.Expression<Func<TActor>> factory, string name)
        where TActor : ActorBase => Sys.ActorOf(Props.Create(factory), name);

    public ActorSelection ActorSelection(ActorPath actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(string actorPath) => Sys.ActorSelection(actorPath);

    public ActorSelection ActorSelection(IActorRef anchorRef, string actorPath) => Sys.ActorSelection(anchorRef, actorPath);

    /// <summary>Creates a child of the test actor.</summary>
    public IActorRef ChildActorOf(Props props, string name, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        Wait(ChildActorOfAsync(props, name, supervisorStrategy, cancellationToken));

    public IActorRef ChildActorOf(Props props, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        Wait(ChildActorOfAsync(props, supervisorStrategy, cancellationToken));

    public IActorRef ChildActorOf(Props props, string name, CancellationToken cancellationToken = default) =>
        Wait(ChildActorOfAsync(props, name, cancellationToken));

    public IActorRef ChildActorOf(Props props, CancellationToken cancellationToken = default) => Wait(ChildActorOfAsync(props, cancellationToken));

    public Task<IActorRef> ChildActorOfAsync(Props props, string name, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        TestActor.Ask<IActorRef>(
            new TestActor.Spawn(props, new Option<string>(name), new Option<SupervisorStrategy>(supervisorStrategy)), TestKitSettings.DefaultTimeout, cancellationToken);

    public Task<IActorRef> ChildActorOfAsync(Props props, SupervisorStrategy supervisorStrategy, CancellationToken cancellationToken = default) =>
        ChildActorOfAsync(props, null, supervisorStrategy, cancellationToken);

    public Task<IActorRef> ChildActorOfAsync(Props props, string name, CancellationToken cancellationToken = default) =>
        ChildActorOfAsync(props, name, null, cancellationToken);

    public Task<IActorRef> ChildActorOfAsync(Props props, CancellationToken cancellationToken = default) =>
        ChildActorOfAsync(props, null, null, cancellationToken);

    /// <summary>Filters the log of another system.</summary>
    public EventFilterFactory CreateEventFilter(ActorSystem system) => new(this, system);

    /// <summary>Creates another test actor of this test's queue.</summary>
    public IActorRef CreateTestActor(string name) => CreateTestActor(Sys, name);

    public TestBarrier CreateTestBarrier(int count) => new(this, count);

    public virtual TestLatch CreateTestLatch(int count = 1) => new(Dilated, TestKitSettings.DefaultTimeout, count);

    /// <summary>Creates a probe: a test actor with a queue of its own.</summary>
    public virtual TestProbe CreateTestProbe(string name = null) => new(Sys, _assertions, name);

    public virtual TestProbe CreateTestProbe(ActorSystem system, string name = null) => new(system, _assertions, name);

    /// <summary>Multiplies by the time factor.</summary>
    public TimeSpan Dilated(TimeSpan duration) =>
        duration < TimeSpan.Zero ? duration : TimeSpan.FromTicks((long)(duration.Ticks * TestKitSettings.TestTimeFactor));

    /// <summary>A timeout, dilated, or the default.</summary>
    public TimeSpan GetTimeoutOrDefault(TimeSpan? timeout) => timeout is { } given ? Dilated(given) : TestKitSettings.DefaultTimeout;

    public void IgnoreMessages(Func<object, bool> shouldIgnoreMessage) =>
        TestActor.Tell(new TestActor.SetIgnore(message => shouldIgnoreMessage(message)), ActorRefs.NoSender);

    public void IgnoreMessages<TMsg>(Func<TMsg, bool> shouldIgnoreMessage) =>
        IgnoreMessages(message => message is TMsg typed && shouldIgnoreMessage(typed));

    public void IgnoreMessages<TMsg>() => IgnoreMessages(static message => message is TMsg);

    public void IgnoreNoMessages() => TestActor.Tell(new TestActor.SetIgnore(null), ActorRefs.NoSender);

    /// <summary>Time that is left of the enclosing Within, or the duration dilated.</summary>
    public TimeSpan RemainingOrDilated(TimeSpan? duration) => duration switch
    {
        null => RemainingOrDefault,
        { } given when given == Timeout.InfiniteTimeSpan => throw new ArgumentException("max duration cannot be infinite", nameof(duration)),
        { } given when given < TimeSpan.Zero => throw new ArgumentException("max duration cannot be negative", nameof(duration)),
        { } given => Dilated(given),
    };

    /// <summary>Reacts to the messages that the test actor receives.</summary>
    public void SetAutoPilot(AutoPilot pilot) => TestActor.Tell(new TestActor.SetAutoPilot(pilot), ActorRefs.NoSender);

    /// <summary>Stops the system and waits for it.</summary>
    /// <param name="duration">How long; five seconds at least.</param>
    /// <param name="verifySystemShutdown">Whether to fail if it takes longer.</param>
    public virtual void Shutdown(TimeSpan? duration = null, bool verifySystemShutdown = false) => Shutdown(Sys, duration, verifySystemShutdown);

    public IActorRef Unwatch(IActorRef actorToUnwatch)
    {
        TestActor.Tell(new TestActor.Unwatch(actorToUnwatch), ActorRefs.NoSender);
        return actorToUnwatch;
    }

    public Task<IActorRef> UnwatchAsync(IActorRef actorToUnwatch) => Task.FromResult(Unwatch(actorToUnwatch));

    public IActorRef Watch(IActorRef actorToWatch)
    {
        TestActor.Tell(new TestActor.Watch(actorToWatch), ActorRefs.NoSender);
        return actorToWatch;
    }

    public Task<IActorRef> WatchAsync(IActorRef actorToWatch) => Task.FromResult(Watch(actorToWatch));

    internal static T Wait<T>(Task<T> task) => task.ConfigureAwait(false).GetAwaiter().GetResult();

    internal static T Wait<T>(ValueTask<T> task) => task.AsTask().ConfigureAwait(false).GetAwaiter().GetResult();

    /// <summary>Time that is left of the enclosing Within, or the duration.</summary>
    protected TimeSpan RemainingOr(TimeSpan duration) => _end is { } end ? Max(end - Now) : duration;

    protected virtual void Shutdown(ActorSystem system, TimeSpan? duration = null, bool verifySystemShutdown = false)
    {
        system ??= Sys;
        TimeSpan wait = duration ?? Dilated(TimeSpan.FromSeconds(Math.Max(5, TestKitSettings.DefaultTimeout.TotalSeconds)));
        if (!system.Terminate().Wait(wait) && verifySystemShutdown)
            throw new TimeoutException($"Failed to stop [{system.Name}] within [{wait}]{Environment.NewLine}{((ExtendedActorSystem)system).PrintTree()}");
    }

    private static TimeSpan Max(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;

    private void Initialise(ActorSystem system, ActorSystemSetup setup, string actorSystemName, string testActorName)
    {
        if (system is null)
        {
            var bootstrap = setup.Get<BootstrapSetup>();
            Config config = bootstrap is { HasValue: true, Value.Config: { HasValue: true } given } ? given.Value : Config.Empty;
            system = ActorSystem.Create(actorSystemName ?? "test", setup.WithSetup(BootstrapSetup.Create().WithConfig(config.SafeWithFallback(DefaultConfig))));
        }

        Sys = system;
        system.RegisterExtension(new TestKitExtension());
        system.RegisterExtension(new TestKitAssertionsExtension(_assertions));
        TestKitSettings = TestKitExtension.For(system);
        EventFilter = new EventFilterFactory(this);
        Log = Logging.GetLogger(system, GetType());
        TestActor = CreateTestActor(system, testActorName ?? $"testActor{Interlocked.Increment(ref testActorNumbers)}");
        if (this is INoImplicitSender) return;

        // Inside the test, the test actor is the sender; also after an await.
        ActorCell cell = ((LocalActorRef)TestActor).Cell;
        InternalCurrentActorCellKeeper.Current = cell;
        SynchronizationContext.SetSynchronizationContext(new ActorCellKeepingSynchronizationContext(cell));
    }

    private IActorRef CreateTestActor(ActorSystem system, string name)
    {
        Props props = Props.CreateBy(new TestActorProducer(_queue)).WithDispatcher("akka.test.test-actor.dispatcher");
        return ((ExtendedActorSystem)system).SystemActorOf(props, name);
    }
}
