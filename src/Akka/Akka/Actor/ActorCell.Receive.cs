#nullable disable
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using SysMsg = Akka.Dispatch.SysMsg;

namespace Akka.Actor;

public partial class ActorCell
{
    /// <summary>Milestones of a cell that decide which system messages must wait.</summary>
    private enum Waiting
    {
        ForNothing = 0,
        ForSupervisor = 1,
        ForChildren = 2,
    }

    public TimeSpan? ReceiveTimeout => _extras?.ReceiveTimeoutDuration;

    /// <summary>Processes a message now, on the calling thread.</summary>
    public void Invoke(Envelope envelope)
    {
        ActorCell previous = InternalCurrentActorCellKeeper.Current;
        InternalCurrentActorCellKeeper.Current = this;
        try
        {
            InvokeInContext(envelope);
        }
        finally
        {
            InternalCurrentActorCellKeeper.Current = previous;
        }
    }

    /// <summary>Processes a message and lets exceptions through.</summary>
    public void ReceiveMessageForTest(Envelope envelope) => UseThreadContext(() =>
    {
        _currentMessage = envelope.Message;
        _sender = envelope.Sender;
        try
        {
            if (envelope.Message is IAutoReceivedMessage) AutoReceiveMessage(envelope);
            else ReceiveMessage(envelope.Message);
        }
        finally
        {
            _currentMessage = null;
            _sender = null;
        }
    });

    public void SetReceiveTimeout(TimeSpan? timeout = null)
    {
        if (timeout is null && _extras is null) return;
        Extras.ReceiveTimeoutDuration = timeout;
        if (timeout is null) CancelReceiveTimeout();
    }

    /// <summary>Starts the receive timeout, if one is set and it does not run.</summary>
    public void CheckReceiveTimeout(bool reschedule = true)
    {
        if (_extras?.ReceiveTimeoutDuration is not { } timeout || HasMessages) return;
        if (_extras.ReceiveTimeout is not null)
        {
            if (!reschedule) return;
            CancelReceiveTimeout();
        }

        _extras.ReceiveTimeout = ScheduledWork.Tell(_system.Scheduler, timeout, _self, global::Akka.Actor.ReceiveTimeout.Instance, _self);
    }

    internal void InvokeInContext(Envelope envelope)
    {
        var message = envelope.Message;
        _currentMessage = message;
        _sender = envelope.Sender;
        _envelopeId++;
        if (_extras is not null && !BeforeUserMessage(ref message)) return;
        try
        {
            if (message is IAutoReceivedMessage) AutoReceiveMessage(new Envelope(message, envelope.Sender));
            else ReceiveMessage(message);
            _currentMessage = null;
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }

        if (_extras is not null) CheckReceiveTimeout(reschedule: false);
    }

    internal void SystemInvoke(SystemMessage message)
    {
        if (_extras?.Stashed is null && !MustWait(message, CurrentlyWaiting()))
        {
            InvokeNow(message);
            if (_extras?.Stashed is null) return;
        }
        else if (MustWait(message, CurrentlyWaiting()))
        {
            Stash(message);
            return;
        }
        else
        {
            InvokeNow(message);
        }

        // Something that waited may go on now, in the order of arrival.
        while (_extras?.Stashed is { Count: > 0 } stashed && !IsTerminated)
        {
            var next = stashed.FindIndex(m => !MustWait(m, CurrentlyWaiting()));
            if (next < 0) return;
            SystemMessage waited = stashed[next];
            stashed.RemoveAt(next);
            if (stashed.Count == 0) _extras.Stashed = null;
            InvokeNow(waited);
        }
    }

    /// <summary>Handles the messages that are the runtime's own.</summary>
    protected virtual void AutoReceiveMessage(Envelope envelope)
    {
        switch (envelope.Message)
        {
            case Terminated terminated:
                ReceivedTerminated(terminated);
                break;
            case PoisonPill:
                _self.Stop();
                break;
            case Kill:
                throw new ActorKilledException("Kill");
            case AddressTerminated gone:
                AddressTerminated(gone.Address);
                break;
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, _self), _self);
                break;
            case ActorSelectionMessage selection:
                global::Akka.Actor.ActorSelection.DeliverSelection(_self, Sender, selection);
                break;
            default:
                ReceiveMessage(envelope.Message);
                break;
        }
    }

    /// <summary>Gives a message to the actor's behaviour.</summary>
    protected virtual void ReceiveMessage(object message) =>
        _actor.ReceiveAround(_behavior ??= _actor.ReceiveInternal, message);

    /// <summary>Keeps a system message until the cell no longer waits.</summary>
    protected void Stash(SystemMessage msg) => (Extras.Stashed ??= []).Add(msg);

    private static bool MustWait(SystemMessage message, Waiting waiting) => message switch
    {
        Failed => waiting != Waiting.ForNothing,
        SysMsg.Recreate or SysMsg.Suspend or SysMsg.Resume => waiting == Waiting.ForChildren,
        _ => false,
    };

    private Waiting CurrentlyWaiting()
    {
        if (_children?.Reason is SuspendReason.IWaitingForChildren) return Waiting.ForChildren;
        return Mailbox.IsSuspended ? Waiting.ForSupervisor : Waiting.ForNothing;
    }

    private void InvokeNow(SystemMessage message)
    {
        try
        {
            switch (message)
            {
                case ActorTaskMessage task:
                    _currentMessage = task.Message;
                    task.ExecuteTask();
                    break;
                case Failed failed:
                    HandleFailed(failed);
                    break;
                case DeathWatchNotification notification:
                    WatchedActorTerminated(notification.Actor, notification.ExistenceConfirmed, notification.AddressTerminated);
                    break;
                case Create create:
                    CreateActor(create);
                    break;
                case Watch watch:
                    AddWatcher(watch.Watchee, watch.Watcher);
                    break;
                case Unwatch unwatch:
                    RemWatcher(unwatch.Watchee, unwatch.Watcher);
                    break;
                case Recreate recreate:
                    Recreate(recreate.Cause);
                    break;
                case SysMsg.Suspend:
                    SuspendActor();
                    break;
                case Resume resume:
                    ResumeActor(resume.CausedByFailure);
                    break;
                case SysMsg.Terminate:
                    TerminateActor();
                    break;
                case Supervise supervise:
                    Supervise(supervise);
                    break;
            }
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }
    }

    /// <summary>Timers and the receive timeout; false if the message is an outdated timer's.</summary>
    private bool BeforeUserMessage(ref object message)
    {
        if (message is Scheduler.TimerMessage timer)
        {
            message = _extras.Timers?.Accept(timer);
            if (message is null) return false;
            _currentMessage = message;
        }

        if (_extras.ReceiveTimeout is not null && message is not INotInfluenceReceiveTimeout) CancelReceiveTimeout();
        return true;
    }

    private void CancelReceiveTimeout()
    {
        if (_extras?.ReceiveTimeout is not { } running) return;
        running.Cancel();
        _extras.ReceiveTimeout = null;
    }

    private void UnstashAllSystemMessages()
    {
        if (_extras?.Stashed is not { } stashed) return;
        _extras.Stashed = null;
        foreach (SystemMessage message in stashed) _system.Mailboxes.DeadLetterMailbox.SystemEnqueue(_self, message);
    }
}
