#nullable disable
using System.Runtime.ExceptionServices;
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;

namespace Akka.Dispatch;

/// <summary>
/// Runs the parts of an actor's asynchronous handler in the actor's context: between its awaits the actor takes system
/// messages, but no user message.
/// </summary>
public class ActorTaskScheduler : TaskScheduler
{
    private readonly ActorCell _actorCell;
    private bool _starting;

    internal ActorTaskScheduler(ActorCell actorCell) => _actorCell = actorCell;

    /// <summary>The message whose handler runs; null if none does.</summary>
    public object CurrentMessage { get; private set; }

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Runs a synchronous delegate as an asynchronous handler of the current actor.</summary>
    public static void RunTask(Action action) => RunTask(() =>
    {
        action();
        return Task.CompletedTask;
    });

    /// <summary>Runs an asynchronous handler of the current actor.</summary>
    /// <exception cref="InvalidOperationException">There is no current actor, or it runs a handler already.</exception>
    public static void RunTask(Func<Task> asyncAction)
    {
        ActorCell context = ActorCell.Current
            ?? throw new InvalidOperationException("RunTask must be called from an actor context.");
        ActorTaskScheduler scheduler = context.TaskScheduler;
        if (scheduler.CurrentMessage is not null && Current == scheduler)
            throw new InvalidOperationException("RunTask cannot be called within an asynchronous handler.");

        Mailbox mailbox = context.Mailbox;
        mailbox.BeginTask();
        scheduler.CurrentMessage = context.CurrentMessage;
        scheduler._starting = true;
        Task<Task> start = Task.Factory.StartNew(asyncAction, CancellationToken.None, TaskCreationOptions.None, scheduler);
        scheduler._starting = false;
        start.Unwrap().ContinueWith(
            handler => scheduler.Finish(mailbox, handler),
            CancellationToken.None,
            TaskContinuationOptions.None,
            scheduler);
    }

    internal void ExecuteQueued(Task task)
    {
        OnBeforeTaskStarted();
        try
        {
            TryExecuteTask(task);
        }
        finally
        {
            OnAfterTaskCompleted();
        }
    }

    protected override IEnumerable<Task> GetScheduledTasks() => null;

    /// <summary>Called after each part of a handler.</summary>
    protected virtual void OnAfterTaskCompleted()
    {
    }

    /// <summary>Called before each part of a handler.</summary>
    protected virtual void OnBeforeTaskStarted()
    {
    }

    protected override void QueueTask(Task task)
    {
        if ((task.CreationOptions & TaskCreationOptions.LongRunning) != 0)
        {
            // Not the actor's code: give it a thread.
            new Thread(state => TryExecuteTask((Task)state)) { IsBackground = true }.Start(task);
            return;
        }

        // The first part of a handler runs where the message was received; the others come back as system messages.
        if (_starting && ReferenceEquals(InternalCurrentActorCellKeeper.Current, _actorCell))
        {
            _starting = false;
            ExecuteQueued(task);
        }
        else
        {
            _actorCell.SendSystemMessage(new ActorTaskMessage(this, task));
        }
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued)
    {
        if (taskWasPreviouslyQueued || !ReferenceEquals(InternalCurrentActorCellKeeper.Current, _actorCell)) return false;
        OnBeforeTaskStarted();
        try
        {
            return TryExecuteTask(task);
        }
        finally
        {
            OnAfterTaskCompleted();
        }
    }

    private static Exception Failure(Task handler)
    {
        if (handler.IsCanceled) return new TaskCanceledException(handler);
        if (!handler.IsFaulted) return null;
        Exception failure = handler.Exception.InnerExceptions.Count == 1 ? handler.Exception.InnerException : handler.Exception;
        return ExceptionDispatchInfo.Capture(failure).SourceException;
    }

    private void Finish(Mailbox mailbox, Task handler)
    {
        Exception failure = Failure(handler);
        var message = CurrentMessage;
        CurrentMessage = null;
        mailbox.EndTask();
        if (failure is not null) _actorCell.FailFromTask(failure, message);
        else _actorCell.CheckReceiveTimeout();
    }
}
