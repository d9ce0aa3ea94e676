#nullable disable
using Akka.Actor.Internal;
using Akka.Event;

namespace Akka.Actor;

/// <summary>Gives the runtime an actor's context.</summary>
public interface IInternalActor
{
    IActorContext ActorContext { get; }
}

/// <summary>
/// Base of all actors: processes one message at a time, on any thread. Restarts make a new instance behind the same
/// reference.
/// </summary>
public abstract class ActorBase : IInternalActor
{
    private readonly ActorCell _cell;

    /// <exception cref="ActorInitializationException">The constructor was called outside ActorOf.</exception>
    protected ActorBase() => _cell = ActorCell.Current
        ?? throw new ActorInitializationException($"Do not create actors using 'new', always create them using an ActorContext/System ({GetType()}).");

    IActorContext IInternalActor.ActorContext => Context;

    /// <summary>The context of the actor that runs on this thread.</summary>
    /// <exception cref="NotSupportedException">No actor runs on this thread.</exception>
    protected static IActorContext Context => ActorCell.Current
        ?? throw new NotSupportedException("There is no active ActorContext, this is most likely due to use of async operations from within this actor.");

    /// <summary>A behaviour that handles nothing.</summary>
    protected static Receive EmptyReceive { get; } = static _ => false;

    /// <summary>This actor.</summary>
    protected IActorRef Self => _cell.Self;

    /// <summary>Sender of the message being processed; the dead letters if it had none.</summary>
    protected IActorRef Sender => _cell.Sender;

    internal SupervisorStrategy SupervisorStrategyInternal => field ??= _cell.Props.SupervisorStrategy ?? SupervisorStrategy();

    /// <summary>Wraps <see cref="PostRestart"/>, for base classes.</summary>
    public virtual void AroundPostRestart(Exception cause, object message) => PostRestart(cause);

    /// <summary>Wraps <see cref="PostStop"/>, for base classes.</summary>
    public virtual void AroundPostStop() => PostStop();

    /// <summary>Wraps <see cref="PreRestart"/>, for base classes.</summary>
    public virtual void AroundPreRestart(Exception cause, object message) => PreRestart(cause, message);

    /// <summary>Wraps <see cref="PreStart"/>, for base classes.</summary>
    public virtual void AroundPreStart() => PreStart();

    internal bool ReceiveAround(Receive receive, object message) => AroundReceive(receive, message);

    internal void UnhandledInternal(object message) => Unhandled(message);

    internal bool ReceiveInternal(object message) => Receive(message);

    /// <summary>Wraps the processing of a message, for base classes.</summary>
    protected virtual bool AroundReceive(Receive receive, object message)
    {
        if (receive(message)) return true;
        Unhandled(message);
        return false;
    }

    /// <inheritdoc cref="IActorContext.Become"/>
    protected void Become(Receive receive) => _cell.Become(receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked"/>
    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    /// <summary>Called on the new instance after a restart; calls <see cref="PreStart"/> unless overridden.</summary>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>Called after the actor has stopped and all its children have.</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Called on the old instance before a restart; stops all children and calls <see cref="PostStop"/> unless overridden.</summary>
    protected virtual void PreRestart(Exception reason, object message)
    {
        foreach (IActorRef child in _cell.GetChildren())
        {
            _cell.Unwatch(child);
            _cell.Stop(child);
        }

        PostStop();
    }

    /// <summary>Called before the first message.</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>Handles a message; false leaves it unhandled.</summary>
    protected abstract bool Receive(object message);

    /// <inheritdoc cref="IActorContext.SetReceiveTimeout"/>
    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    /// <summary>What to do when a child fails; asked once per instance.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actor.SupervisorStrategy.DefaultStrategy;

    /// <inheritdoc cref="IActorContext.UnbecomeStacked"/>
    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    /// <summary>Called for messages that no handler took: publishes <see cref="UnhandledMessage"/>.</summary>
    /// <exception cref="DeathPactException">The message is <see cref="Terminated"/>: a watcher must handle it.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        _cell.System.EventStream.Publish(new UnhandledMessage(message, Sender, Self));
    }
}

/// <summary>An actor with one method for all messages.</summary>
public abstract class UntypedActor : ActorBase
{
    /// <inheritdoc cref="ActorBase.Context"/>
    protected static new IUntypedActorContext Context => (IUntypedActorContext)ActorBase.Context;

    /// <inheritdoc cref="IUntypedActorContext.Become"/>
    protected void Become(UntypedReceive receive) => Context.Become(receive);

    /// <inheritdoc cref="IUntypedActorContext.BecomeStacked"/>
    protected void BecomeStacked(UntypedReceive receive) => Context.BecomeStacked(receive);

    /// <summary>Handles a message.</summary>
    protected abstract void OnReceive(object message);

    protected sealed override bool Receive(object message)
    {
        OnReceive(message);
        return true;
    }

    /// <summary>Runs a delegate as an asynchronous handler: no other user message is processed before it ends.</summary>
    protected void RunTask(Action action) => Dispatch.ActorTaskScheduler.RunTask(action);

    /// <summary>Runs an asynchronous handler: no other user message is processed before it ends.</summary>
    protected void RunTask(Func<Task> action) => Dispatch.ActorTaskScheduler.RunTask(action);
}

