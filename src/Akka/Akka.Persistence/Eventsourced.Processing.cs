#nullable disable
using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence;

/// <summary>After recovery: commands, and the journal's answers.</summary>
public abstract partial class Eventsourced
{
    public override void AroundPreStart()
    {
        if (string.IsNullOrWhiteSpace(PersistenceId)) throw new ArgumentException($"{nameof(PersistenceId)} is [null] or [empty] for PersistentActor [{Self.Path}]");
        // Plug-ins that do not exist fail the start, not the first event.
        _ = Journal;
        _ = SnapshotStore;
        RequestRecoveryPermit();
        base.AroundPreStart();
    }

    public override void AroundPreRestart(Exception cause, object message)
    {
        try
        {
            GiveStashedBack();
        }
        finally
        {
            object inner = message switch
            {
                WriteMessageSuccess success => success.Persistent,
                LoopMessageSuccess loop => loop.Message,
                ReplayedMessage replayed => replayed.Persistent,
                _ => message,
            };
            FlushJournalBatch();
            base.AroundPreRestart(cause, inner);
        }
    }

    public override void AroundPostRestart(Exception reason, object message)
    {
        RequestRecoveryPermit();
        base.AroundPostRestart(reason, message);
    }

    public override void AroundPostStop()
    {
        try
        {
            GiveStashedBack();
        }
        finally
        {
            CancelRecoveryTimer();
            base.AroundPostStop();
        }
    }

    protected override bool AroundReceive(Receive receive, object message)
    {
        switch (_phase)
        {
            case Phase.WaitingForPermit:
                WaitForPermit(message);
                break;
            case Phase.WaitingForSnapshot:
                WaitForSnapshot(message);
                break;
            case Phase.Replaying:
                Replay(message);
                break;
            case Phase.Processing:
                if (!HandleAnswer(message)) ProcessCommand(receive, message);
                break;
            case Phase.Persisting:
                if (!HandleAnswer(message)) StashInternally(message);
                break;
        }

        return true;
    }

    private void ProcessCommand(Receive receive, object message)
    {
        _taskStarted = false;
        try
        {
            base.AroundReceive(receive, message);
        }
        catch
        {
            AfterCommand(failed: true);
            throw;
        }

        if (!_taskStarted) AfterCommand(failed: false);
    }

    private void AfterCommand(bool failed)
    {
        FlushBatch();
        if (_pendingStashingInvocations > 0) _phase = Phase.Persisting;
        else UnstashInternally(failed);
    }

    /// <summary>Takes the journal's answers; answers to an earlier incarnation are dropped.</summary>
    private bool HandleAnswer(object message)
    {
        switch (message)
        {
            case WriteMessageSuccess success:
                if (success.ActorInstanceId != _instanceId) return true;
                LastSequenceNr = Math.Max(LastSequenceNr, success.Persistent.SequenceNr);
                RunPending(() => _pendingInvocations.First.Value.Handler(success.Persistent.Payload));
                return true;
            case LoopMessageSuccess loop:
                if (loop.ActorInstanceId == _instanceId) RunPending(() => _pendingInvocations.First.Value.Handler(loop.Message));
                return true;
            case WriteMessageRejected rejected:
                if (rejected.ActorInstanceId != _instanceId) return true;
                LastSequenceNr = Math.Max(LastSequenceNr, rejected.Persistent.SequenceNr);
                RunPending(() => OnPersistRejected(rejected.Cause, rejected.Persistent.Payload, rejected.Persistent.SequenceNr));
                return true;
            case WriteMessageFailure failure:
                if (failure.ActorInstanceId != _instanceId) return true;
                AfterHandler(failed: false);
                try
                {
                    OnPersistFailure(failure.Cause, failure.Persistent.Payload, failure.Persistent.SequenceNr);
                }
                finally
                {
                    Context.Stop(Self);
                }

                return true;
            case WriteMessagesSuccessful or WriteMessagesFailed:
                _writeInProgress = false;
                FlushJournalBatch();
                return true;
            case RecoveryTick or RecoveryPermitter.Granted:
                return true;
            default:
                return false;
        }
    }

    private void RunPending(Action handler)
    {
        try
        {
            try
            {
                handler();
            }
            finally
            {
                FlushBatch();
            }
        }
        catch
        {
            AfterHandler(failed: true);
            throw;
        }

        AfterHandler(failed: false);
    }

    private void AfterHandler(bool failed)
    {
        IPendingHandlerInvocation done = _pendingInvocations.First.Value;
        _pendingInvocations.RemoveFirst();
        if (done is StashingHandlerInvocation) _pendingStashingInvocations--;
        if (_pendingStashingInvocations > 0)
        {
            _phase = Phase.Persisting;
            return;
        }

        _phase = Phase.Processing;
        UnstashInternally(failed);
    }

    /// <summary>Sends what the last command or handler has persisted.</summary>
    private void FlushBatch()
    {
        if (_eventBatch.Count == 0) return;
        foreach (IPersistentEnvelope envelope in _eventBatch) _journalBatch.Enqueue(envelope);
        _eventBatch = [];
        FlushJournalBatch();
    }

    /// <summary>One write is under way at a time; what comes meanwhile gathers for the next.</summary>
    private void FlushJournalBatch()
    {
        if (_writeInProgress || _journalBatch.Count == 0) return;
        _maxMessageBatchSize ??= Math.Max(1, Extension.JournalConfigFor(JournalPluginId).GetInt("max-message-batch-size", 200));
        var batch = new List<IPersistentEnvelope>();
        var events = 0;
        while (_journalBatch.TryPeek(out IPersistentEnvelope next) && (batch.Count == 0 || events + next.Size <= _maxMessageBatchSize))
        {
            events += next.Size;
            batch.Add(_journalBatch.Dequeue());
        }

        _writeInProgress = true;
        Journal.Tell(new WriteMessages(batch, Self, _instanceId));
    }

    private void StashInternally(object message)
    {
        try
        {
            _internalStash.Stash();
        }
        catch (StashOverflowException)
        {
            switch (InternalStashOverflowStrategy)
            {
                case DiscardToDeadLetterStrategy:
                    Context.System.DeadLetters.Tell(new DeadLetter(message, Sender, Self), Sender);
                    break;
                case ReplyToStrategy reply:
                    Sender.Tell(reply.Response);
                    break;
                default:
                    throw;
            }
        }
    }

    /// <summary>One command at a time, so that it may persist before the next is taken out.</summary>
    private void UnstashInternally(bool all)
    {
        if (all) _internalStash.UnstashAll();
        else _internalStash.Unstash();
    }

    private void GiveStashedBack()
    {
        _internalStash.UnstashAll(UnstashFilterPredicate);
        Stash?.UnstashAll(UnstashFilterPredicate);
    }
}
