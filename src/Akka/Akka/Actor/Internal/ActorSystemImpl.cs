#nullable disable
using System.Collections.Concurrent;
using System.Text;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using Akka.Util;

namespace Akka.Actor.Internal;

/// <summary>The one implementation of actor systems.</summary>
public class ActorSystemImpl : ExtendedActorSystem
{
    private readonly ConcurrentDictionary<Type, Lazy<object>> _extensions = new();
    private readonly ConcurrentDictionary<(MessageDispatcher Dispatcher, string Mailbox, Type Actor), MailboxType> _mailboxTypes = new();
    private readonly TaskCompletionSource _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Stack<Action> _onTermination = new();
    private bool _terminationDone;

    public ActorSystemImpl(string name)
        : this(name, ConfigurationFactory.Load(), ActorSystemSetup.Empty)
    {
    }

    public ActorSystemImpl(string name, Config config, ActorSystemSetup setup, Option<Props>? guardianProps = null)
    {
        if (string.IsNullOrEmpty(name) || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || name[0] is '-' or '_')
            throw new ArgumentException($"Invalid ActorSystem name [{name}], must contain only word characters (i.e. [a-zA-Z0-9] plus non-leading '-' and '_')", nameof(name));
        ArgumentNullException.ThrowIfNull(config);
        Name = name;
        GuardianProps = guardianProps ?? Option<Props>.None;
        Settings = new Settings(this, config, setup);
        SerializesAllMessages = Settings.SerializeAllMessages;
        SerializesAllCreators = Settings.SerializeAllCreators;
        EventStream = new EventStream(Settings.DebugEventStream);
        EventStream.StartStdoutLogger(Settings);
        Log = new BusLogging(EventStream, $"ActorSystem({name})", GetType(), Settings.LogFormatter);
        Scheduler = Make<IScheduler>(Settings.SchedulerClass, "akka.scheduler.implementation", Settings.Config, Log);
        Provider = Make<IActorRefProvider>(ProviderClass(Settings.ProviderClass), "akka.actor.provider", name, Settings, EventStream);
        Serialization = new Serialization.Serialization(this);
        Metrics = ActorMetrics.Create(this);
        Mailboxes = new Mailboxes(this);
        Dispatchers = new Dispatchers(this, new DefaultDispatcherPrerequisites(EventStream, Scheduler, Settings, Mailboxes), Log);
    }

    public override IActorRef DeadLetters => Provider.DeadLetters;

    public override Dispatchers Dispatchers { get; }

    public override EventStream EventStream { get; }

    public override IInternalActorRef Guardian => Provider.Guardian;

    /// <summary>Props of a user guardian of one's own; not used by this implementation.</summary>
    public Option<Props> GuardianProps { get; }

    public override IActorRef IgnoreRef => Provider.IgnoreRef;

    public override ILoggingAdapter Log { get; }

    public override IInternalActorRef LookupRoot => Provider.RootGuardian;

    public override Mailboxes Mailboxes { get; }

    public override string Name { get; }

    public override IActorRefProvider Provider { get; }

    public override IScheduler Scheduler { get; }

    public override Serialization.Serialization Serialization { get; }

    public override Settings Settings { get; }

    public override IInternalActorRef SystemGuardian => Provider.SystemGuardian;

    public override Task WhenTerminated => _terminated.Task;

    /// <summary>Null if akka.actor.metrics.enabled is off.</summary>
    internal ActorMetrics Metrics { get; }

    internal bool SerializesAllCreators { get; }

    internal bool SerializesAllMessages { get; }

    public override void Abort()
    {
        Provider.Guardian.Stop();
    }

    public override IActorRef ActorOf(Props props, string name = null) => Provider.Guardian.Cell.AttachChild(props, isSystemService: false, name);

    public override ActorSelection ActorSelection(ActorPath actorPath) => ActorRefFactoryShared.ActorSelection(actorPath, this);

    public override ActorSelection ActorSelection(string actorPath) => ActorRefFactoryShared.ActorSelection(actorPath, this, Provider.RootGuardian);

    public override object GetExtension(IExtensionId extensionId) =>
        extensionId is not null && TryGetExtension(extensionId.ExtensionType, out var extension) ? extension : null;

    public override T GetExtension<T>() => TryGetExtension(out T extension) ? extension : null;

    public override bool HasExtension(Type type) => _extensions.ContainsKey(type);

    public override bool HasExtension<T>() => HasExtension(typeof(T));

    public override string PrintTree()
    {
        var text = new StringBuilder();
        PrintNode(text, (ActorRefWithCell)Provider.RootGuardian, "");
        return text.ToString();
    }

    public override object RegisterExtension(IExtensionId extension)
    {
        if (extension is null) return null;
        Lazy<object> made = _extensions.GetOrAdd(
            extension.ExtensionType, static (_, state) => new Lazy<object>(() => state.extension.CreateExtension(state.system)), (extension, system: this));
        try
        {
            return made.Value;
        }
        catch
        {
            _extensions.TryRemove(KeyValuePair.Create(extension.ExtensionType, made));
            throw;
        }
    }

    public override void RegisterOnTermination(Action code)
    {
        lock (_onTermination)
        {
            if (_terminationDone) throw new InvalidOperationException("The actor system has terminated.");
            _onTermination.Push(code);
        }
    }

    /// <summary>Starts the guardians, the loggers and the configured extensions.</summary>
    public void Start()
    {
        try
        {
            Provider.Init(this);
            Provider.TerminationTask.ContinueWith(_ => FinishTermination(), TaskScheduler.Default);
            EventStream.StartUnsubscriber(this);
            EventStream.StartDefaultLoggers(this);
            if (Settings.LogDeadLetters > 0) SystemActorOf<DeadLetterListener>("deadLetterListener");
            CoordinatedShutdown.Get(this);
            foreach (var extension in Settings.Config.GetStringList("akka.extensions"))
                RegisterExtension(Make<IExtensionId>(extension, "akka.extensions"));
            if (Settings.LogConfigOnStart) Log.Warning(Settings.ToString());
        }
        catch
        {
            Provider.Guardian?.Stop();
            throw;
        }
    }

    public override void Stop(IActorRef actor)
    {
        ActorPath path = actor.Path;
        if (path.Parent.Equals(Guardian.Path)) Guardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        else if (path.Parent.Equals(SystemGuardian.Path)) SystemGuardian.Tell(new Dispatch.SysMsg.StopChild(actor), ActorRefs.NoSender);
        else ((IInternalActorRef)actor).Stop();
    }

    public override IActorRef SystemActorOf(Props props, string name = null) => Provider.SystemGuardian.Cell.AttachChild(props, isSystemService: true, name);

    public override IActorRef SystemActorOf<TActor>(string name = null) => SystemActorOf(Props.Create<TActor>(), name);

    public override Task Terminate()
    {
        if (Settings.CoordinatedShutdownRunByActorSystemTerminate)
            CoordinatedShutdown.Get(this).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        else
            FinalTerminate();
        return WhenTerminated;
    }

    public override string ToString() => LookupRoot.Path.Root.Address.ToString();

    public override bool TryGetExtension(Type extensionType, out object extension)
    {
        extension = _extensions.TryGetValue(extensionType, out Lazy<object> made) ? made.Value : null;
        return extension is not null;
    }

    public override bool TryGetExtension<T>(out T extension)
    {
        var found = TryGetExtension(typeof(T), out var value);
        extension = (T)value;
        return found;
    }

    internal Task FinalTerminate()
    {
        Log.Debug("System shutdown initiated");
        if (!Settings.LogDeadLettersDuringShutdown && Settings.LogDeadLetters > 0)
            Stop(Provider.ResolveActorRef(Provider.SystemGuardian.Path / "deadLetterListener"));
        Provider.Guardian.Stop();
        return WhenTerminated;
    }

    /// <summary>The mailbox type of an actor; looking it up in the configuration is done once for each kind.</summary>
    internal MailboxType MailboxTypeOf(Props props, MessageDispatcher dispatcher) => _mailboxTypes.GetOrAdd(
        (dispatcher is PinnedDispatcher ? null : dispatcher, props.Mailbox, props.Type),
        static (_, state) => state.self.Mailboxes.GetMailboxType(state.props, state.dispatcher.Configurator?.Config),
        (self: this, props, dispatcher));

    private static string ProviderClass(string configured) => configured switch
    {
        null or "" or "local" => typeof(LocalActorRefProvider).FullName,
        "remote" => "Akka.Remote.RemoteActorRefProvider, Akka.Remote",
        "cluster" => "Akka.Cluster.ClusterActorRefProvider, Akka.Cluster",
        _ => configured,
    };

    private static T Make<T>(string typeName, string key, params object[] arguments)
        where T : class
    {
        Type type = Type.GetType(typeName ?? "", throwOnError: false)
            ?? throw new ConfigurationException($"[{key}]: type [{typeName}] cannot be loaded.");
        try
        {
            return (T)Activator.CreateInstance(type, arguments);
        }
        catch (System.Reflection.TargetInvocationException e) when (e.InnerException is { } inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
            throw;
        }
    }

    private static void PrintNode(StringBuilder text, IActorRef node, string indent)
    {
        if (node is not ActorRefWithCell withCell)
        {
            text.Append(indent).Append("-> ").Append(node.Path.Name).Append(' ').AppendLine(node.GetType().Name);
            return;
        }

        Type actor = withCell is LocalActorRef { Cell.Actor: { } instance } ? instance.GetType() : null;
        text.Append(indent).Append(indent.Length == 0 ? "-> " : "⌊-> ").Append(withCell.Path.Name.Length == 0 ? "/" : withCell.Path.Name)
            .Append(' ').Append(actor?.Name ?? "not started")
            .Append(", ").Append(withCell.Underlying.NumberOfMessages).AppendLine(" messages");
        foreach (IActorRef child in withCell.Children.OrderBy(static c => c.Path.Name, StringComparer.Ordinal))
            PrintNode(text, child, indent + "   ");
    }

    private void FinishTermination()
    {
        Action[] callbacks;
        lock (_onTermination)
        {
            _terminationDone = true;
            callbacks = [.. _onTermination];
            _onTermination.Clear();
        }

        foreach (Action callback in callbacks)
        {
            try
            {
                callback();
            }
            catch (Exception e)
            {
                Log.Error(e, "A termination callback failed");
            }
        }

        Metrics?.Dispose();
        (Scheduler as IDisposable)?.Dispose();
        Dispatchers.StopThreads();
        _terminated.TrySetResult();
    }
}
