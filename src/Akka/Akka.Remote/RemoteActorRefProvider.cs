#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Event;
using Akka.Remote.Transport;

namespace Akka.Remote;

/// <summary>A provider that reaches other systems.</summary>
public interface IRemoteActorRefProvider : IActorRefProvider
{
    RemoteSettings RemoteSettings { get; }

    /// <summary>Watches other systems for the actors of this one.</summary>
    IActorRef RemoteWatcher { get; }

    RemoteTransport Transport { get; }

    /// <summary>True if the address is one of this system's.</summary>
    bool HasAddress(Address address);

    /// <summary>Finds an actor; of another system, without asking it.</summary>
    IActorRef InternalResolveActorRef(string path);

    /// <summary>Ignores an incarnation of a system until it restarts; null for the one that is known.</summary>
    void Quarantine(Address address, int? uid);

    /// <inheritdoc cref="Quarantine(Address, int?)"/>
    /// <param name="reason">For the log: who wants it, and why.</param>
    internal void Quarantine(Address address, int? uid, string reason);

    /// <summary>Finds the actor of a path in a message from outside.</summary>
    IInternalActorRef ResolveActorRefWithLocalAddress(string path, Address localAddress);
}

/// <summary>The provider of a system with a network: akka.actor.provider = remote.</summary>
public class RemoteActorRefProvider : IRemoteActorRefProvider
{
    /// <summary>A longer path is not looked at: paths from outside are walked recursively.</summary>
    internal const int MaxPathLength = 4096;
    private readonly LocalActorRefProvider _local;
    private readonly EventStream _eventStream;

    public RemoteActorRefProvider(string systemName, Settings settings, EventStream eventStream)
    {
        settings.InjectTopLevelFallback(ConfigurationFactory.FromResource("Akka.Remote.Configuration.Remote.conf", typeof(RemoteActorRefProvider).Assembly));
        Settings = settings;
        _eventStream = eventStream;
        RemoteSettings = new RemoteSettings(settings.Config);
        Deployer = new Deployer(settings);
        _local = new LocalActorRefProvider(systemName, settings, eventStream, Deployer, null);
    }

    public IActorRef DeadLetters => _local.DeadLetters;

    public Address DefaultAddress => Transport.DefaultAddress;

    public Deployer Deployer { get; protected set; }

    public LocalActorRef Guardian => _local.Guardian;

    public IActorRef IgnoreRef => _local.IgnoreRef;

    public RemoteSettings RemoteSettings { get; }

    public IActorRef RemoteWatcher { get; private set; }

    public IInternalActorRef RootGuardian => _local.RootGuardian;

    public ActorPath RootPath => _local.RootPath;

    public Akka.Serialization.Information SerializationInformation { get; private set; }

    public Settings Settings { get; }

    public LocalActorRef SystemGuardian => _local.SystemGuardian;

    public IInternalActorRef TempContainer => _local.TempContainer;

    public Task TerminationTask => _local.TerminationTask;

    public RemoteTransport Transport { get; private set; }

    public IInternalActorRef ActorOf(
        ActorSystemImpl system, Props props, IInternalActorRef supervisor, ActorPath path, bool systemService, Deploy deploy, bool lookupDeploy, bool async) =>
        _local.ActorOf(system, props, supervisor, path, systemService, deploy, lookupDeploy, async);

    public FutureActorRef<T> CreateFutureRef<T>(TaskCompletionSource<T> tcs) => new(tcs, null, this);

    public Address GetExternalAddressFor(Address address)
    {
        if (HasAddress(address)) return RootPath.Address;
        return address.HasGlobalScope ? Transport.LocalAddressForRemote(address) : null;
    }

    public bool HasAddress(Address address) => address.Equals(RootPath.Address) || Transport.Addresses.Contains(address);

    public virtual void Init(ActorSystemImpl system)
    {
        _local.Init(system);
        Transport = new Remoting(system, this);
        Transport.Start();
        SerializationInformation = new Akka.Serialization.Information(Transport.DefaultAddress, system);
        RemoteWatcher = CreateRemoteWatcher(system);
        system.SystemActorOf(RemoteSettings.ConfigureDispatcher(Props.Create(() => new RemotingTerminator(Transport))), "remoting-terminator");
        ((Remoting)Transport).Open();
    }

    public IActorRef InternalResolveActorRef(string path) => ResolveActorRef(path);

    public void Quarantine(Address address, int? uid) => Transport.Quarantine(address, uid);

    void IRemoteActorRefProvider.Quarantine(Address address, int? uid, string reason) => Transport.Quarantine(address, uid, reason);

    public void RegisterTempActor(IInternalActorRef actorRef, ActorPath path) => _local.RegisterTempActor(actorRef, path);

    public IActorRef ResolveActorRef(string path) =>
        path.Length <= MaxPathLength && ActorPath.TryParse(path, out ActorPath parsed) ? ResolveActorRef(parsed) : DeadLetters;

    public IActorRef ResolveActorRef(ActorPath actorPath) => Resolve(actorPath, Transport.DefaultAddress);

    public IInternalActorRef ResolveActorRefWithLocalAddress(string path, Address localAddress) =>
        (IInternalActorRef)(path.Length <= MaxPathLength && ActorPath.TryParse(path, out ActorPath parsed) ? Resolve(parsed, localAddress) : DeadLetters);

    public IActorRef RootGuardianAt(Address address)
    {
        if (HasAddress(address)) return RootGuardian;
        return address.HasGlobalScope ? CreateRemoteRef(new RootActorPath(address), Transport.LocalAddressForRemote(address)) : DeadLetters;
    }

    public ActorPath TempPath() => _local.TempPath();

    public void UnregisterTempActor(ActorPath path) => _local.UnregisterTempActor(path);

    /// <summary>Makes the reference of another system's actor.</summary>
    protected virtual IInternalActorRef CreateRemoteRef(ActorPath actorPath, Address localAddress) =>
        new RemoteActorRef(Transport, localAddress, actorPath, ActorRefs.Nobody, Props.None, Deploy.None);

    /// <summary>Starts the actor that watches other systems.</summary>
    protected virtual IActorRef CreateRemoteWatcher(ActorSystemImpl system) => system.SystemActorOf(
        RemoteSettings.ConfigureDispatcher(Akka.Remote.RemoteWatcher.Props(
            CreateRemoteWatcherFailureDetector(system),
            RemoteSettings.WatchHeartBeatInterval,
            RemoteSettings.WatchUnreachableReaperInterval,
            RemoteSettings.WatchHeartbeatExpectedResponseAfter)),
        "remote-watcher");

    /// <summary>Makes the failure detectors of that actor.</summary>
    protected DefaultFailureDetectorRegistry<Address> CreateRemoteWatcherFailureDetector(ActorSystem system) =>
        new(() => FailureDetectorLoader.Load(RemoteSettings.WatchFailureDetectorImplementationClass, RemoteSettings.WatchFailureDetectorConfig, system));

    private IActorRef Resolve(ActorPath path, Address localAddress)
    {
        Address address = path.Address;
        if (address.Equals(RootPath.Address)) return _local.ResolveActorRef(path);
        if (Transport.Addresses.Contains(address)) return _local.ResolveActorRef(Rebase(path));
        return address.HasGlobalScope ? CreateRemoteRef(path, localAddress) : new EmptyLocalActorRef(this, path, _eventStream);
    }

    /// <summary>The same path as this system writes it for itself, without host and port.</summary>
    private ActorPath Rebase(ActorPath path)
    {
        ActorPath own = RootPath / path.Elements;
        return path.Uid == 0 ? own : own.WithUid(path.Uid);
    }
}

/// <summary>Stops the transport after the user's actors, before the system's.</summary>
internal sealed class RemotingTerminator : UntypedActor
{
    private readonly RemoteTransport _transport;

    public RemotingTerminator(RemoteTransport transport) => _transport = transport;

    protected override void PreStart() =>
        ((ExtendedActorSystem)Context.System).Provider.SystemGuardian.Tell(Dispatch.SysMsg.RegisterTerminationHook.Instance, Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Dispatch.SysMsg.TerminationHook:
                _transport.Shutdown().PipeTo(Self, Sender, static () => Done.Instance);
                break;
            case Done or Status.Failure:
                Sender.Tell(Dispatch.SysMsg.TerminationHookDone.Instance, Self);
                Context.Stop(Self);
                break;
        }
    }
}
