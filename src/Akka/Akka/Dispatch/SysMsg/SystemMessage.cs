#nullable disable
using Akka.Actor;
using Akka.Event;

namespace Akka.Dispatch.SysMsg;

/// <summary>Marks messages from the runtime to a cell; they overtake user messages.</summary>
public interface ISystemMessage : INoSerializationVerificationNeeded
{
}

/// <summary>A system message is its own list node, so that queueing one allocates nothing.</summary>
public abstract class SystemMessage : ISystemMessage
{
    internal SystemMessage Next;

    /// <summary>True if the message is in no queue.</summary>
    public bool Unlinked => Next is null;

    /// <summary>Takes the message out of its list.</summary>
    public void Unlink() => Next = null;
}

/// <summary>Tells a new cell to create its actor.</summary>
public sealed class Create : SystemMessage
{
    /// <param name="failure">Set if preparing the cell failed already.</param>
    public Create(ActorInitializationException failure = null) => Failure = failure;

    public ActorInitializationException Failure { get; }

    public override bool Equals(object obj) => obj is Create other && Equals(Failure, other.Failure);

    public override int GetHashCode() => Failure?.GetHashCode() ?? 0;

    public override string ToString() => Failure is null ? "<Create>" : $"<Create>: {Failure}";
}

/// <summary>Restarts the actor.</summary>
public sealed class Recreate : SystemMessage
{
    public Recreate(Exception cause) => Cause = cause;

    public Exception Cause { get; }

    public override string ToString() => $"<Recreate>{(Cause is null ? "" : $" - Cause: {Cause}")}";
}

/// <summary>Suspends the processing of user messages.</summary>
public sealed class Suspend : SystemMessage
{
    public override string ToString() => "<Suspend>";
}

/// <summary>Ends a suspension.</summary>
public sealed class Resume : SystemMessage
{
    public Resume(Exception causedByFailure) => CausedByFailure = causedByFailure;

    /// <summary>The failure that caused the suspension, null if it was not the actor's own.</summary>
    public Exception CausedByFailure { get; set; }

    public override string ToString() => $"<Resume>{(CausedByFailure is null ? "" : $": {CausedByFailure}")}";
}

/// <summary>Stops the actor.</summary>
public sealed class Terminate : SystemMessage, IPossiblyHarmful, IDeadLetterSuppression
{
    public override string ToString() => "<Terminate>";
}

/// <summary>Makes a supervisor know a child that was not created through it.</summary>
public sealed class Supervise : SystemMessage
{
    public Supervise(IActorRef child, bool async)
    {
        Child = child;
        Async = async;
    }

    public bool Async { get; }

    public IActorRef Child { get; }

    public override string ToString() => $"<Supervise>: {Child}{(Async ? " asynchronously" : "")}";
}

/// <summary>Tells a supervisor that a child has failed and waits for its decision.</summary>
public sealed class Failed : SystemMessage
{
    public Failed(IActorRef child, Exception cause, long uid)
    {
        Child = child;
        Cause = cause;
        Uid = uid;
    }

    public Exception Cause { get; }

    public IActorRef Child { get; }

    /// <summary>Incarnation of the child; a decision about an older one is not taken.</summary>
    public long Uid { get; }

    public override string ToString() => $"<Failed>: {Child} ({Uid}) {(Cause is null ? "" : $", Cause={Cause}")}";
}

/// <summary>Begins a watch.</summary>
public class Watch : SystemMessage
{
    public Watch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        Watchee = watchee;
        Watcher = watcher;
    }

    public IInternalActorRef Watchee { get; }

    public IInternalActorRef Watcher { get; }

    public override bool Equals(object obj) => obj is Watch other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Watchee, Watcher);

    public override string ToString() => $"<Watch>: {Watcher} wants to watch {Watchee}";

    protected bool Equals(Watch other) => other is not null && Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);
}

/// <summary>Ends a watch.</summary>
public sealed class Unwatch : SystemMessage
{
    public Unwatch(IInternalActorRef watchee, IInternalActorRef watcher)
    {
        Watchee = watchee;
        Watcher = watcher;
    }

    public IInternalActorRef Watchee { get; }

    public IInternalActorRef Watcher { get; }

    public override bool Equals(object obj) => obj is Unwatch other && Equals(Watchee, other.Watchee) && Equals(Watcher, other.Watcher);

    public override int GetHashCode() => HashCode.Combine(Watchee, Watcher);

    public override string ToString() => $"<Unwatch>: {Watcher} wants to unwatch {Watchee}";
}

/// <summary>Tells a watcher, and the supervisor, that an actor has stopped.</summary>
public sealed class DeathWatchNotification : SystemMessage, IDeadLetterSuppression
{
    public DeathWatchNotification(IActorRef actor, bool existenceConfirmed, bool addressTerminated)
    {
        Actor = actor;
        ExistenceConfirmed = existenceConfirmed;
        AddressTerminated = addressTerminated;
    }

    public IActorRef Actor { get; }

    public bool AddressTerminated { get; }

    public bool ExistenceConfirmed { get; }

    public override string ToString() =>
        $"<DeathWatchNotification>: {Actor}, ExistenceConfirmed={ExistenceConfirmed}, AddressTerminated={AddressTerminated}";
}

/// <summary>Does nothing; it fills the system queue of a closed mailbox.</summary>
public sealed class NoMessage : SystemMessage
{
    public override string ToString() => "<NoMessage>";
}

/// <summary>Part of an actor's asynchronous handler, to be run in its context.</summary>
internal sealed class ActorTaskMessage : SystemMessage, IDeadLetterSuppression
{
    private readonly ActorTaskScheduler _scheduler;
    private readonly Task _task;

    public ActorTaskMessage(ActorTaskScheduler scheduler, Task task)
    {
        _scheduler = scheduler;
        _task = task;
    }

    /// <summary>The message whose handler it belongs to; may be null.</summary>
    public object Message => _scheduler.CurrentMessage;

    public void ExecuteTask() => _scheduler.ExecuteQueued(_task);
}

/// <summary>Asks a guardian to stop one of its children.</summary>
public sealed class StopChild
{
    public StopChild(IActorRef child) => Child = child;

    public IActorRef Child { get; }

    public override string ToString() => $"<StopChild> {Child}";
}

/// <summary>Asks the system guardian to wait for the sender before it stops.</summary>
public sealed class RegisterTerminationHook
{
    private RegisterTerminationHook()
    {
    }

    public static RegisterTerminationHook Instance { get; } = new();

    public override string ToString() => "<RegisterTerminationHook>";
}

/// <summary>Tells those that asked that the user's actors have stopped.</summary>
public sealed class TerminationHook
{
    private TerminationHook()
    {
    }

    public static TerminationHook Instance { get; } = new();

    public override string ToString() => "<TerminationHook>";
}

/// <summary>Tells the system guardian that the sender is ready to stop.</summary>
public sealed class TerminationHookDone
{
    private TerminationHookDone()
    {
    }

    public static TerminationHookDone Instance { get; } = new();

    public override string ToString() => "<TerminationHookDone>";
}
