#nullable disable
using System.Runtime.ExceptionServices;
using Akka.Actor.Internal;
using Akka.Dispatch.SysMsg;
using Akka.Event;

namespace Akka.Actor;

public partial class ActorCell
{
    /// <summary>An asynchronous handler has failed.</summary>
    internal void FailFromTask(Exception cause, object message)
    {
        _currentMessage = message;
        HandleInvokeFailure(cause);
    }

    /// <summary>The actor can do nothing more.</summary>
    protected void SetTerminated()
    {
        Volatile.Write(ref _terminated, true);
        OwnChildren.Terminate();
    }

    /// <summary>Forgets the instance.</summary>
    protected void ClearActor(ActorBase actor)
    {
        if (actor is not null)
        {
            _extras?.Timers?.CancelAll();
            if (actor is IDisposable disposable) Quietly(disposable.Dispose);
            _props.Release(actor);
        }

        _actor = null;
        _currentMessage = null;
        _behavior = null;
    }

    /// <summary>Forgets what only a living actor needs.</summary>
    protected void ClearActorCell()
    {
        UnstashAllSystemMessages();
        _props = Props.Terminated;
        _sender = null;
        if (_deathWatch is { HearsOfAddresses: true }) AddressTerminatedTopic.Get(_system).Unsubscribe(_self);
        _deathWatch = null;
    }

    private void CreateActor(Create message)
    {
        try
        {
            if (message.Failure is { } failure) throw failure;
            ActorBase created = NewActor();
            _actor = created;
            created.AroundPreStart();
            CheckReceiveTimeout();
            if (_system.Settings.DebugLifecycle) Publish(new Debug(_self.Path.ToString(), created.GetType(), $"Started ({created})"));
        }
        catch (Exception e)
        {
            AbandonCreation();
            throw e as ActorInitializationException ?? new ActorInitializationException(_self, $"Exception during creation: {Innermost(e).Message}", Innermost(e));
        }
    }

    private void AbandonCreation()
    {
        // The instance failed half made: it must not be used, but it holds the supervision strategy no longer than needed.
        if (_actor is null) return;
        ActorBase failed = _actor;
        ClearActor(failed);
    }

    private void Recreate(Exception cause)
    {
        if (_actor is null)
        {
            RecreateAfterFailedCreation();
            return;
        }

        if (!IsNormal)
        {
            // Already waiting for children to stop: this restart is covered by that one.
            ResumeActor(null);
            return;
        }

        ActorBase failedActor = _actor;
        try
        {
            if (!_failedFatally)
            {
                try
                {
                    failedActor.AroundPreRestart(cause, _currentMessage);
                }
                catch (Exception e)
                {
                    Publish(new Error(e, _self.Path.ToString(), failedActor.GetType(), new PreRestartException(_self, e, cause, _currentMessage).Message));
                }
            }
        }
        finally
        {
            UnstashAll(failedActor);
            ClearActor(failedActor);
        }

        if (!SetChildrenTerminationReason(new SuspendReason.Recreation(cause))) FinishRecreate(cause);
    }

    private void RecreateAfterFailedCreation()
    {
        CancelReceiveTimeout();
        foreach (IInternalActorRef child in GetChildren()) Stop(child);
        if (!SetChildrenTerminationReason(new SuspendReason.Creation())) FinishCreate();
    }

    private void FinishCreate()
    {
        try
        {
            ResumeNonRecursive();
        }
        finally
        {
            ClearFailed();
        }

        try
        {
            CreateActor(new Create());
        }
        catch (Exception e)
        {
            HandleInvokeFailure(e);
        }
    }

    private void FinishRecreate(Exception cause)
    {
        // Survivors: children that PreRestart left alive are restarted with their parent.
        IReadOnlyCollection<IInternalActorRef> survivors = [.. GetChildren()];
        try
        {
            try
            {
                ResumeNonRecursive();
            }
            finally
            {
                ClearFailed();
            }

            ActorBase fresh = NewActor();
            _actor = fresh;
            _system.Metrics?.Restarted(this);
            fresh.AroundPostRestart(cause, null);
            CheckReceiveTimeout();
            if (_system.Settings.DebugLifecycle) Publish(new Debug(_self.Path.ToString(), fresh.GetType(), "Restarted"));
            foreach (IInternalActorRef child in survivors)
            {
                try
                {
                    child.Restart(cause);
                }
                catch (Exception e)
                {
                    Publish(new Error(e, _self.Path.ToString(), fresh.GetType(), $"restarting ({child})"));
                }
            }
        }
        catch (Exception e)
        {
            _failedFatally = true;
            ClearActor(_actor);
            HandleInvokeFailure(new PostRestartException(_self, Innermost(e), cause), survivors);
        }
    }

    private void SuspendActor()
    {
        Mailbox.Suspend();
        SuspendChildren(null);
    }

    private void ResumeActor(Exception causedByFailure)
    {
        if (_actor is null)
        {
            RecreateAfterFailedCreation();
        }
        else if (_failedFatally && causedByFailure is not null)
        {
            Restart(causedByFailure);
        }
        else
        {
            IActorRef perpetrator = _extras?.Perpetrator;
            ResumeNonRecursive();
            if (causedByFailure is not null) ClearFailed();
            foreach (IInternalActorRef child in GetChildren())
                child.Resume(child.Equals(perpetrator) ? causedByFailure : null);
        }
    }

    private void TerminateActor()
    {
        SetReceiveTimeout(null);
        CancelReceiveTimeout();
        _extras?.Timers?.CancelAll();
        UnwatchWatchedActors(_actor);
        foreach (IInternalActorRef child in GetChildren()) Stop(child);
        var wasTerminating = IsTerminating;
        if (SetChildrenTerminationReason(SuspendReason.Termination.Instance))
        {
            if (wasTerminating) return;
            Mailbox.Suspend();
            SetFailed(_self);
        }
        else
        {
            FinishTerminate();
        }
    }

    private void FinishTerminate()
    {
        ActorBase stopped = _actor;
        SetTerminated();
        try
        {
            stopped?.AroundPostStop();
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), stopped.GetType(), e.Message));
        }

        UnstashAll(stopped);
        Quietly(() => Dispatcher.Detach(this));
        Quietly(() => Parent.SendSystemMessage(new DeathWatchNotification(_self, existenceConfirmed: true, addressTerminated: false)));
        Quietly(TellWatchersWeDied);
        Quietly(() => UnwatchWatchedActors(stopped));
        if (_system.Settings.DebugLifecycle) Publish(new Debug(_self.Path.ToString(), stopped?.GetType() ?? GetType(), "stopped"));
        ClearActor(stopped);
        ClearActorCell();
    }

    private void HandleInvokeFailure(Exception cause, IEnumerable<IActorRef> childrenNotToSuspend = null)
    {
        // Only the first failure is told: the supervisor's decision about it is still to come.
        if (_failed) return;
        try
        {
            Mailbox.Suspend();
            if (_currentMessage is Failed { Child: { } child })
            {
                SetFailed(child);
                SuspendChildren([child]);
            }
            else
            {
                SetFailed(_self);
                SuspendChildren(childrenNotToSuspend);
            }

            Parent.SendSystemMessage(new Failed(_self, cause, _self.Path.Uid));
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), _actor?.GetType() ?? GetType(), $"emergency stop: exception in failure handling for {cause.GetType()}"));
            try
            {
                foreach (IInternalActorRef child in GetChildren()) Stop(child);
            }
            finally
            {
                FinishTerminate();
            }
        }
    }

    private void HandleFailed(Failed failed)
    {
        _currentMessage = failed;
        _sender = failed.Child;
        if (!TryGetChildStatsByRef(failed.Child, out ChildRestartStats stats) || stats.Uid != failed.Uid) return;
        SupervisorStrategy strategy = _actor?.SupervisorStrategyInternal ?? SupervisorStrategy.DefaultStrategy;
        if (!strategy.HandleFailure(this, failed.Child, failed.Cause, stats, ChildrenContainer.Stats))
            ExceptionDispatchInfo.Throw(failed.Cause);
        _currentMessage = null;
    }

    private void HandleChildTerminated(IActorRef child)
    {
        SuspendReason finished = RemoveChildAndGetStateChange(child);
        if (_actor is not null)
        {
            try
            {
                _actor.SupervisorStrategyInternal.HandleChildTerminated(this, child, ChildrenWhenAsked());
            }
            catch (Exception e)
            {
                Publish(new Error(e, _self.Path.ToString(), _actor.GetType(), "HandleChildTerminated failed"));
                HandleInvokeFailure(e);
            }
        }

        switch (finished)
        {
            case SuspendReason.Recreation recreation:
                FinishRecreate(recreation.Cause);
                break;
            case SuspendReason.Creation:
                FinishCreate();
                break;
            case SuspendReason.Termination:
                FinishTerminate();
                break;
        }
    }

    /// <summary>Most strategies do not look at the others; a copy for each child that stops would make a large family's end quadratic.</summary>
    private IEnumerable<IInternalActorRef> ChildrenWhenAsked()
    {
        foreach (IInternalActorRef child in GetChildren()) yield return child;
    }

    private static Exception Innermost(Exception e) =>
        e is System.Reflection.TargetInvocationException { InnerException: { } inner } ? inner : e;

    private void Quietly(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Publish(new Error(e, _self.Path.ToString(), _actor?.GetType() ?? GetType(), e.Message));
        }
    }

    private void Publish(LogEvent logEvent) => _system.EventStream.Publish(logEvent);

    /// <summary>What an instance has put aside belongs to the next one, or to the dead letters.</summary>
    private void UnstashAll(ActorBase actor)
    {
        if (actor is IActorStash { Stash: { } stash }) Quietly(stash.UnstashAll);
    }

    private void SetFailed(IActorRef perpetrator)
    {
        _failed = true;
        Extras.Perpetrator = perpetrator;
    }

    private void ClearFailed()
    {
        _failed = false;
        _failedFatally = false;
        if (_extras is not null) _extras.Perpetrator = null;
    }

    private void ResumeNonRecursive() => Mailbox.Resume();

    private void SuspendChildren(IEnumerable<IActorRef> except)
    {
        foreach (IInternalActorRef child in GetChildren())
            if (except is null || !except.Contains(child)) child.Suspend();
    }
}
