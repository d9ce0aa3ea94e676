#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Makes and finds references.</summary>
public interface IActorRefProvider
{
    IActorRef DeadLetters { get; }

    /// <summary>Address that others reach the system at, if they can.</summary>
    Address DefaultAddress { get; }

    Deployer Deployer { get; }

    /// <summary>The user guardian.</summary>
    LocalActorRef Guardian { get; }

    IActorRef IgnoreRef { get; }

    IInternalActorRef RootGuardian { get; }

    ActorPath RootPath { get; }

    /// <summary>Address and system for serialisation.</summary>
    Serialization.Information SerializationInformation { get; }

    Settings Settings { get; }

    LocalActorRef SystemGuardian { get; }

    /// <summary>Parent of temporary references.</summary>
    IInternalActorRef TempContainer { get; }

    /// <summary>Completes when all actors have stopped.</summary>
    Task TerminationTask { get; }

    /// <summary>Makes an actor that has not started.</summary>
    IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy deploy, bool lookupDeploy, bool async);

    /// <summary>Makes the reference of an ask.</summary>
    FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs);

    /// <summary>Address at which <paramref name="address"/> sees this system; null if it cannot.</summary>
    Address GetExternalAddressFor(Address address);

    /// <summary>Called once, by the system.</summary>
    void Init(ActorSystemImpl system);

    /// <summary>Makes a temporary reference findable.</summary>
    void RegisterTempActor(IInternalActorRef actorRef, ActorPath path);

    /// <summary>Finds the actor of a path; a reference to the dead letters if there is none.</summary>
    IActorRef ResolveActorRef(string path);

    /// <inheritdoc cref="ResolveActorRef(string)"/>
    IActorRef ResolveActorRef(ActorPath actorPath);

    /// <summary>The root of the system at an address.</summary>
    IActorRef RootGuardianAt(Address address);

    /// <summary>A new path below /temp.</summary>
    ActorPath TempPath();

    void UnregisterTempActor(ActorPath path);
}

/// <summary>The provider of a system without a network.</summary>
public sealed class LocalActorRefProvider : IActorRefProvider
{
    private readonly Dictionary<string, IInternalActorRef> _extraNames = [];
    private readonly TaskCompletionSource<Status> _terminationPromise = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<ActorPath, IInternalActorRef> _deadLettersFactory;
    private RootGuardianActorRef _root;
    private VirtualPathContainer _temp;
    private long _tempNumber;

    public LocalActorRefProvider(string systemName, Settings settings, EventStream eventStream)
        : this(systemName, settings, eventStream, null, null)
    {
    }

    public LocalActorRefProvider(
        string systemName, Settings settings, EventStream eventStream, Deployer deployer, Func<ActorPath, IInternalActorRef> deadLettersFactory)
    {
        Settings = settings;
        EventStream = eventStream;
        Deployer = deployer ?? new Deployer(settings);
        RootPath = new RootActorPath(new Address("akka", systemName));
        Log = new BusLogging(eventStream, $"LocalActorRefProvider({RootPath.Address})", typeof(LocalActorRefProvider), DefaultLogMessageFormatter.Instance);
        _deadLettersFactory = deadLettersFactory ?? (path => new DeadLetterActorRef(this, path, eventStream));
        DeadLetters = _deadLettersFactory(RootPath / "deadLetters");
        IgnoreRef = new IgnoreActorRef(this);
        TempNode = RootPath / "temp";
    }

    public IActorRef DeadLetters { get; }

    public Address DefaultAddress => RootPath.Address;

    public Deployer Deployer { get; }

    public EventStream EventStream { get; }

    public LocalActorRef Guardian { get; private set; }

    public IActorRef IgnoreRef { get; }

    public ILoggingAdapter Log { get; }

    public IInternalActorRef RootGuardian => _root;

    public ActorPath RootPath { get; }

    public Serialization.Information SerializationInformation { get; private set; }

    public Settings Settings { get; }

    public LocalActorRef SystemGuardian { get; private set; }

    public IInternalActorRef TempContainer => _temp;

    public Task TerminationTask => _terminationPromise.Task;

    private ActorPath TempNode { get; }

    public IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy deploy, bool lookupDeploy, bool async)
    {
        if (lookupDeploy && !systemService) deploy = Deployer.Lookup(path);
        if (deploy is not null) props = props.WithDeploy(deploy);
        MessageDispatcher dispatcher;
        MailboxType mailbox;
        try
        {
            dispatcher = props.Deploy.Dispatcher == Deploy.NoDispatcherGiven
                ? system.Dispatchers.DefaultGlobalDispatcher
                : system.Dispatchers.Lookup(props.Dispatcher);
            mailbox = system.MailboxTypeOf(props, dispatcher);
        }
        catch (Exception e)
        {
            throw new Configuration.ConfigurationException($"Configuration problem while creating [{path}] with dispatcher [{props.Dispatcher}] and mailbox [{props.Mailbox}]", e);
        }

        return new LocalActorRef(system, props, dispatcher, mailbox, supervisor, path);
    }

    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new(tcs, null, this);

    public Address GetExternalAddressFor(Address address) => address.Equals(RootPath.Address) ? address : null;

    public void Init(ActorSystemImpl system)
    {
        SerializationInformation = new Serialization.Information(DefaultAddress, system);
        MessageDispatcher dispatcher = system.Dispatchers.DefaultGlobalDispatcher;
        var mailbox = new UnboundedMailbox();
        var supervisor = new RootGuardianSupervisor((RootActorPath)RootPath, this, _terminationPromise, Log);
        _root = new RootGuardianActorRef(
            system,
            Props.CreateBy(new GuardianProducer(() => new GuardianActor(SupervisorStrategy.StoppingStrategy))),
            dispatcher, mailbox, supervisor, RootPath, (IInternalActorRef)DeadLetters, _extraNames);
        _root.Start();
        _temp = new VirtualPathContainer(this, TempNode, _root);
        _root.SetTempContainer(_temp);

        SupervisorStrategy strategy = SupervisorStrategyConfigurator.CreateConfigurator(Settings.SupervisorStrategyClass).Create();
        Guardian = StartGuardian(system, "user", Props.CreateBy(new GuardianProducer(() => new GuardianActor(strategy))));
        SystemGuardian = StartGuardian(system, "system", Props.Create(typeof(SystemGuardianActor), Guardian));
        _root.Cell.Watch(SystemGuardian);
    }

    /// <summary>Makes a reference findable at the root, by code that extends the runtime.</summary>
    public void RegisterExtraName(string name, IInternalActorRef actor) => _extraNames.Add(name, actor);

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _temp.Add(path.Name, actorRef);

    public IActorRef ResolveActorRef(string path) =>
        ActorPath.TryParse(path, out ActorPath parsed) ? ResolveActorRef(parsed) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath path)
    {
        if (!path.Root.Equals(RootPath)) return DeadLetters;
        if (path.Elements is ["ignore"]) return IgnoreRef;
        IReadOnlyList<string> elements = path.Elements;
        if (elements.Count == 0) return _root;
        IActorRef found = _root.GetChild(elements);
        return found is Nobody || (path.Uid != 0 && found.Path.Uid != path.Uid)
            ? new EmptyLocalActorRef(this, path, EventStream)
            : found;
    }

    public IActorRef RootGuardianAt(Address address) => address.Equals(RootPath.Address) ? _root : DeadLetters;

    public ActorPath TempPath() => TempNode / NameEncoding.Random(Interlocked.Increment(ref _tempNumber));

    public void UnregisterTempActor(ActorPath path) => _temp.Remove(path.Name);

    private LocalActorRef StartGuardian(ActorSystemImpl system, string name, Props props)
    {
        _root.Cell.ReserveChild(name);
        var guardian = new LocalActorRef(
            system, props, system.Dispatchers.DefaultGlobalDispatcher, new UnboundedMailbox(), _root, RootPath / name);
        _root.Cell.InitChild(guardian);
        guardian.Start();
        return guardian;
    }

    private sealed class GuardianProducer : IIndirectActorProducer
    {
        private readonly Func<ActorBase> _make;

        public GuardianProducer(Func<ActorBase> make) => _make = make;

        public Type ActorType => typeof(GuardianActor);

        public ActorBase Produce() => _make();

        public void Release(ActorBase actor)
        {
        }
    }
}
