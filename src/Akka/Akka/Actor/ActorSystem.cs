#nullable disable
using Akka.Actor.Internal;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A tree of actors with everything that they share. One for a process is the rule.</summary>
public abstract class ActorSystem : IActorRefFactory, IDisposable
{
    /// <summary>Takes messages to actors that have stopped, and publishes them.</summary>
    public abstract IActorRef DeadLetters { get; }

    public abstract Dispatchers Dispatchers { get; }

    public abstract EventStream EventStream { get; }

    /// <summary>Takes messages that nobody wants.</summary>
    public abstract IActorRef IgnoreRef { get; }

    public abstract ILoggingAdapter Log { get; }

    public abstract Mailboxes Mailboxes { get; }

    public abstract string Name { get; }

    public abstract IScheduler Scheduler { get; }

    public abstract Serialization.Serialization Serialization { get; }

    public abstract Settings Settings { get; }

    /// <summary>When the system started, on the monotonic clock.</summary>
    public TimeSpan StartTime { get; } = MonotonicTime.Now;

    /// <summary>How long the system has been running.</summary>
    public TimeSpan Uptime => MonotonicTime.Now - StartTime;

    /// <summary>Completes when the system has stopped.</summary>
    public abstract Task WhenTerminated { get; }

    /// <summary>Starts a system with a configuration in front of the reference configuration.</summary>
    public static ActorSystem Create(string name, Config config) => Start(name, config, ActorSystemSetup.Empty);

    /// <inheritdoc cref="Create(string, Config)"/>
    public static ActorSystem Create(string name, BootstrapSetup setup) => Create(name, ActorSystemSetup.Create(setup));

    /// <summary>Starts a system with what is given in code.</summary>
    public static ActorSystem Create(string name, ActorSystemSetup setup) => Start(
        name,
        setup.Get<BootstrapSetup>() is { HasValue: true, Value.Config: { HasValue: true } config } ? config.Value : ConfigurationFactory.Load(),
        setup);

    /// <summary>Starts a system with the reference configuration.</summary>
    public static ActorSystem Create(string name) => Start(name, ConfigurationFactory.Load(), ActorSystemSetup.Empty);

    public abstract IActorRef ActorOf(Props props, string name = null);

    public abstract ActorSelection ActorSelection(ActorPath actorPath);

    public abstract ActorSelection ActorSelection(string actorPath);

    /// <summary>Begins to stop the system, and does not wait.</summary>
    public void Dispose()
    {
        Terminate();
        GC.SuppressFinalize(this);
    }

    /// <summary>The extension of that id; null if it was not added.</summary>
    public abstract object GetExtension(IExtensionId extensionId);

    /// <summary>The extension of that type; null if it was not added.</summary>
    public abstract T GetExtension<T>()
        where T : class, IExtension;

    public abstract bool HasExtension(Type type);

    public abstract bool HasExtension<T>()
        where T : class, IExtension;

    /// <summary>Adds an extension, or gives the one that was added.</summary>
    public abstract object RegisterExtension(IExtensionId extension);

    /// <summary>Runs <paramref name="code"/> when all actors have stopped, last added first.</summary>
    public abstract void RegisterOnTermination(Action code);

    /// <summary>Stops an actor.</summary>
    public abstract void Stop(IActorRef actor);

    /// <summary>Stops all actors and the system, by way of the coordinated shutdown if so configured.</summary>
    public abstract Task Terminate();

    public abstract bool TryGetExtension(Type extensionType, out object extension);

    public abstract bool TryGetExtension<T>(out T extension)
        where T : class, IExtension;

    private static ActorSystem Start(string name, Config config, ActorSystemSetup setup)
    {
        var system = new ActorSystemImpl(name, config, setup, null);
        system.Start();
        return system;
    }
}

/// <summary>What extensions see of a system.</summary>
public abstract class ExtendedActorSystem : ActorSystem
{
    /// <summary>Supervisor of the actors at the top.</summary>
    public abstract IInternalActorRef Guardian { get; }

    /// <summary>Where relative selections start.</summary>
    public abstract IInternalActorRef LookupRoot { get; }

    public abstract IActorRefProvider Provider { get; }

    /// <summary>Supervisor of the system's own actors.</summary>
    public abstract IInternalActorRef SystemGuardian { get; }

    /// <summary>Stops at once, without the coordinated shutdown.</summary>
    public abstract void Abort();

    /// <summary>The tree of actors as text, one line for an actor.</summary>
    public abstract string PrintTree();

    /// <summary>Creates an actor below the system guardian.</summary>
    public abstract IActorRef SystemActorOf(Props props, string name = null);

    /// <inheritdoc cref="SystemActorOf(Props, string)"/>
    public abstract IActorRef SystemActorOf<TActor>(string name = null)
        where TActor : ActorBase, new();
}
