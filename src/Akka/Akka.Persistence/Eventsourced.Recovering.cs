#nullable disable
using Akka.Actor;

namespace Akka.Persistence;

/// <summary>Recovery: a permit, the snapshot, the events after it.</summary>
public abstract partial class Eventsourced
{
    private ICancelable _recoveryTimer;
    private Recovery _recovery;
    private TimeSpan _recoveryEventTimeout;
    private bool _eventSeenInInterval;

    private void RequestRecoveryPermit()
    {
        _phase = Phase.WaitingForPermit;
        Extension.RecoveryPermitter.Tell(RecoveryPermitter.Request.Instance, Self);
    }

    private void WaitForPermit(object message)
    {
        if (message is not RecoveryPermitter.Granted)
        {
            StashInternally(message);
            return;
        }

        _recovery = Recovery;
        _recoveryEventTimeout = Extension.JournalConfigFor(JournalPluginId).GetTimeSpan("recovery-event-timeout", TimeSpan.FromSeconds(30), allowInfinite: false);
        _phase = Phase.WaitingForSnapshot;
        _recoveryTimer = Context.System.Scheduler.ScheduleTellOnceCancelable(_recoveryEventTimeout, Self, new RecoveryTick(snapshot: true), Self);
        LoadSnapshot(SnapshotterId, _recovery.FromSnapshot, _recovery.ToSequenceNr);
    }

    private void WaitForSnapshot(object message)
    {
        switch (message)
        {
            case LoadSnapshotResult loaded:
                CancelRecoveryTimer();
                if (loaded.Snapshot is { } snapshot && !OfferSnapshot(snapshot)) return;
                StartReplay(loaded.ToSequenceNr);
                break;
            case LoadSnapshotFailed failed:
                FailRecovery(failed.Cause, null);
                break;
            case RecoveryTick { Snapshot: true }:
                FailRecovery(new RecoveryTimedOutException($"Recovery timed out, didn't get snapshot within {_recoveryEventTimeout.TotalSeconds}s."), null);
                break;
            default:
                KeepForLater(message);
                break;
        }
    }

    private void KeepForLater(object message)
    {
        if (message is not (RecoveryTick or RecoveryPermitter.Granted) && !IsLateAnswer(message)) StashInternally(message);
    }

    private bool OfferSnapshot(SelectedSnapshot snapshot)
    {
        LastSequenceNr = snapshot.Metadata.SequenceNr;
        var offer = new SnapshotOffer(snapshot.Metadata, snapshot.Snapshot);
        try
        {
            base.AroundReceive(ReceiveRecover, offer);
            return true;
        }
        catch (Exception e)
        {
            FailRecovery(e, offer);
            return false;
        }
    }

    private void StartReplay(long toSequenceNr)
    {
        _phase = Phase.Replaying;
        _eventSeenInInterval = false;
        _recoveryTimer = Context.System.Scheduler.ScheduleTellRepeatedlyCancelable(
            _recoveryEventTimeout, _recoveryEventTimeout, Self, new RecoveryTick(snapshot: false), Self);
        Journal.Tell(new ReplayMessages(LastSequenceNr + 1, toSequenceNr, _recovery.ReplayMax, PersistenceId, Self));
    }

    private void Replay(object message)
    {
        switch (message)
        {
            case ReplayedMessage replayed:
                ReplayEvent(replayed.Persistent);
                break;
            case RecoverySuccess success:
                CompleteRecovery(success.HighestSequenceNr);
                break;
            case ReplayMessagesFailure failure:
                FailRecovery(failure.Cause, null);
                break;
            case RecoveryTick { Snapshot: false }:
                if (_eventSeenInInterval) _eventSeenInInterval = false;
                else FailRecovery(new RecoveryTimedOutException($"Recovery timed out, didn't get event within {_recoveryEventTimeout.TotalSeconds}s, highest sequence number seen {LastSequenceNr}."), null);
                break;
            default:
                KeepForLater(message);
                break;
        }
    }

    private void ReplayEvent(IPersistentRepresentation persistent)
    {
        _eventSeenInInterval = true;
        try
        {
            LastSequenceNr = Math.Max(LastSequenceNr, persistent.SequenceNr);
            base.AroundReceive(ReceiveRecover, persistent.Payload);
        }
        catch (Exception e)
        {
            FailRecovery(e, persistent.Payload);
        }
    }

    private void CompleteRecovery(long highestSequenceNr)
    {
        CancelRecoveryTimer();
        OnReplaySuccess();
        // Events up to there exist even if they were deleted or not asked for.
        LastSequenceNr = Math.Max(LastSequenceNr, highestSequenceNr);
        _sequenceNr = LastSequenceNr;
        _phase = Phase.Processing;
        Extension.RecoveryPermitter.Tell(RecoveryPermitter.Return.Instance, Self);
        var completed = false;
        try
        {
            base.AroundReceive(ReceiveRecover, RecoveryCompleted.Instance);
            completed = true;
        }
        finally
        {
            FlushBatch();
            if (_pendingStashingInvocations > 0) _phase = Phase.Persisting;
            else if (completed) _internalStash.UnstashAll();
        }
    }

    private void FailRecovery(Exception cause, object message)
    {
        CancelRecoveryTimer();
        try
        {
            OnRecoveryFailure(cause, message);
        }
        finally
        {
            Extension.RecoveryPermitter.Tell(RecoveryPermitter.Return.Instance, Self);
            Context.Stop(Self);
        }
    }

    private void CancelRecoveryTimer()
    {
        _recoveryTimer?.Cancel();
        _recoveryTimer = null;
    }

    /// <summary>Answers of the journal to the incarnation before a restart, which are nobody's.</summary>
    private static bool IsLateAnswer(object message) => message is WriteMessageSuccess or WriteMessageRejected or WriteMessageFailure
        or LoopMessageSuccess or WriteMessagesSuccessful or WriteMessagesFailed;
}
