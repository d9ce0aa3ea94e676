#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch;
using Akka.Dispatch.MessageQueues;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

/// <summary>The user guardian: supervises the actors at the top.</summary>
public class GuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly SupervisorStrategy _strategy;

    public GuardianActor()
        : this(null)
    {
    }

    internal GuardianActor(SupervisorStrategy strategy) => _strategy = strategy;

    protected override void PreStart()
    {
    }

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated:
                Context.Stop(Self);
                return true;
            case StopChild stop:
                Context.Stop(stop.Child);
                return true;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                return true;
        }
    }

    protected override SupervisorStrategy SupervisorStrategy() => _strategy ?? base.SupervisorStrategy();
}

/// <summary>The system guardian: supervises the runtime's own actors and stops them after the user's.</summary>
public class SystemGuardianActor : ActorBase, IRequiresMessageQueue<IUnboundedMessageQueueSemantics>
{
    private readonly IActorRef _userGuardian;
    private readonly HashSet<IActorRef> _terminationHooks = [];
    private bool _terminating;

    public SystemGuardianActor(IActorRef userGuardian) => _userGuardian = userGuardian;

    protected override void PreRestart(Exception reason, object message)
    {
        // Its children outlive a restart.
    }

    protected override void PreStart() => Context.Watch(_userGuardian);

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Terminated terminated when terminated.ActorRef.Equals(_userGuardian):
                _terminating = true;
                foreach (IActorRef hook in _terminationHooks) hook.Tell(TerminationHook.Instance, Self);
                StopWhenDone();
                return true;
            case Terminated terminated:
                if (_terminationHooks.Remove(terminated.ActorRef) && _terminating) StopWhenDone();
                return true;
            case RegisterTerminationHook when !Sender.Equals(Context.System.DeadLetters):
                _terminationHooks.Add(Sender);
                Context.Watch(Sender);
                return true;
            case TerminationHookDone:
                if (_terminationHooks.Remove(Sender)) Context.Unwatch(Sender);
                if (_terminating) StopWhenDone();
                return true;
            case StopChild stop:
                Context.Stop(stop.Child);
                return true;
            default:
                Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                return true;
        }
    }

    private void StopWhenDone()
    {
        if (_terminationHooks.Count > 0) return;
        Context.System.EventStream.StopDefaultLoggers((ActorSystemImpl)Context.System);
        Context.Stop(Self);
    }
}

/// <summary>The root of a system: parent of the guardians, and of what is looked up by extra names.</summary>
public class RootGuardianActorRef : LocalActorRef
{
    private readonly IInternalActorRef _deadLetters;
    private readonly IReadOnlyDictionary<string, IInternalActorRef> _extraNames;
    private IInternalActorRef _tempContainer;

    public RootGuardianActorRef(
        ActorSystemImpl system,
        Props props,
        MessageDispatcher dispatcher,
        MailboxType mailboxType,
        IInternalActorRef supervisor,
        ActorPath path,
        IInternalActorRef deadLetters,
        IReadOnlyDictionary<string, IInternalActorRef> extraNames)
        : base(system, props, dispatcher, mailboxType, supervisor, path)
    {
        _deadLetters = deadLetters;
        _extraNames = extraNames;
    }

    public override IInternalActorRef Parent => this;

    public override IInternalActorRef GetSingleChild(string name) => name switch
    {
        "temp" => _tempContainer,
        "deadLetters" => _deadLetters,
        _ => _extraNames.TryGetValue(name, out IInternalActorRef extra) ? extra : base.GetSingleChild(name),
    };

    /// <summary>Sets what is found at /temp.</summary>
    public void SetTempContainer(IInternalActorRef tempContainer) => _tempContainer = tempContainer;
}

/// <summary>Above the root: it learns that the whole tree has stopped.</summary>
public class RootGuardianSupervisor : MinimalActorRef
{
    private readonly TaskCompletionSource<Status> _terminationPromise;
    private readonly ILoggingAdapter _log;

    public RootGuardianSupervisor(RootActorPath root, IActorRefProvider provider, TaskCompletionSource<Status> terminationPromise, ILoggingAdapter log)
    {
        _terminationPromise = terminationPromise;
        _log = log;
        Provider = provider;
        Path = root / "_Root-guardian-supervisor";
    }

    /// <summary>The failure that reached the root and ended the system; null if none did.</summary>
    public Exception CauseOfTermination { get; private set; }

    public override ActorPath Path { get; }

    public override IActorRefProvider Provider { get; }

    public override void SendSystemMessage(ISystemMessage systemMessage)
    {
        switch (systemMessage)
        {
            case Failed failed:
                CauseOfTermination = failed.Cause;
                _log?.Error(failed.Cause, "guardian {0} failed, shutting down!", failed.Child);
                ((IInternalActorRef)failed.Child).Stop();
                break;
            case DeathWatchNotification:
                Stop();
                break;
        }
    }

    public override void Stop()
    {
        if (CauseOfTermination is null) _terminationPromise.TrySetResult(Status.Success.Instance);
        else _terminationPromise.TrySetResult(new Status.Failure(CauseOfTermination));
    }

    protected override void TellInternal(object message, IActorRef sender) => _log?.Error("{0} received unexpected message [{1}]", Path, message);
}
