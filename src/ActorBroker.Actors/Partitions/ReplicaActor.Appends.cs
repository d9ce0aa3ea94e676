using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Partitions;

/// <summary>Appends of producers and coordinators: gathered, written together, answered when they are safe.</summary>
public sealed partial class ReplicaActor
{
    private readonly List<Append> gathered = [];
    private readonly Queue<(Append Append, AppendResult Result)> unflushed = new();
    private AppendRequest[] requests = new AppendRequest[4];
    private AppendResult[] results = new AppendResult[4];
    private FlushListener? flushListener;
    private bool flushRequested;

    /// <summary>Of the gathered ones, those that are answered or wait elsewhere.</summary>
    private int settled;

    private void OnAppend(Append append)
    {
        if (log is null)
        {
            // A replica that starts again after a failure will take it soon; one without a failure is ending or has not begun.
            var isFailed = partition.Failure is not null && !isPausing;
            append.Complete(AppendOutcome.Failed(isFailed ? ErrorCode.KafkaStorageError : ErrorCode.NotLeaderOrFollower, partition.Failure));
        }
        else if (append.ExpectedEpoch != LeaderEpoch.Unknown && append.ExpectedEpoch != partition.LeaderEpoch)
        {
            append.Complete(AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower));
        }
        else if (CurrentRole != Role.Alone && ReasonToRefuse(append) is { } refused)
        {
            append.Complete(refused);
        }
        else if (CurrentRole == Role.Alone && !partition.IsLeader)
        {
            append.Complete(AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower));
        }
        else
        {
            gathered.Add(append);
            if (gathered.Count == 1)
            {
                Self.Tell(WriteGathered.Instance, Self);
            }
        }
    }

    private void OnWriteGathered()
    {
        if (log is null)
        {
            // The replica failed since; what was gathered then has its answer.
            AbandonWaiting();
            return;
        }

        var count = gathered.Count;
        if (count == 0)
        {
            return;
        }

        if (requests.Length < count)
        {
            requests = new AppendRequest[Math.Max(count, requests.Length * 2)];
            results = new AppendResult[requests.Length];
        }

        for (var i = 0; i < count; i++)
        {
            requests[i] = new AppendRequest(gathered[i].Batches);
        }

        var before = log.View.LogEndOffset;
        log.Append(requests.AsSpan(0, count), results.AsSpan(0, count), partition.LeaderEpoch, settings.NowMs());
        var isAlone = CurrentRole == Role.Alone;
        var waits = log.Config.AcknowledgeAfterFlush;
        if (!isAlone)
        {
            Replicate(count, before);
        }
        else if (!waits)
        {
            Advance(log.View.LogEndOffset);
        }

        Exception? failure = null;
        for (var i = 0; i < count; i++)
        {
            settled = i + 1;
            if (!isAlone)
            {
                AnswerOrWait(gathered[i], results[i]);
            }
            else if (waits && results[i].IsSuccess && results[i].LastOffset >= log.RecoveryPoint)
            {
                unflushed.Enqueue((gathered[i], results[i]));
            }
            else
            {
                Answer(gathered[i], results[i]);
            }

            if (results[i].Status == AppendStatus.StorageError)
            {
                failure = log.Directory.Failure ?? new IOException("the log is closed");
            }
        }

        Array.Clear(requests, 0, count);
        gathered.Clear();
        settled = 0;
        if (failure is not null)
        {
            Fail(failure);
            return;
        }

        RequestFlush();
    }

    private void RequestFlush()
    {
        var isBehind = unflushed.Count > 0 || (CurrentRole != Role.Alone && log!.Config.AcknowledgeAfterFlush && log.RecoveryPoint < log.View.LogEndOffset);
        if (isBehind && !flushRequested)
        {
            flushRequested = true;
            flushListener ??= new FlushListener(Self);
            logs.Committer.RequestFlush(log!, flushListener);
        }
    }

    private void OnFlushed(Offset recoveryPoint)
    {
        flushRequested = false;
        if (log is null)
        {
            return;
        }

        if (CurrentRole == Role.Alone)
        {
            Advance(recoveryPoint);
        }
        else
        {
            leader?.Step(new LogFlushed(recoveryPoint), NowMs, leaderEffects);
            follower?.Step(new LogFlushed(recoveryPoint), NowMs, followerEffects);
            CarryOut();
        }

        while (unflushed.TryPeek(out var first) && first.Result.LastOffset < recoveryPoint)
        {
            unflushed.Dequeue();
            Answer(first.Append, first.Result);
        }

        RequestFlush();
    }

    private void Advance(Offset highWatermark)
    {
        if (log!.SetHighWatermark(highWatermark))
        {
            partition.NotifyWatchers();
        }
    }

    private void Answer(Append append, in AppendResult result)
    {
        if (result.IsSuccess)
        {
            append.Complete(new AppendOutcome(ErrorCode.None, result.FirstOffset.Value, append.LogAppendTimeMs, log!.View.LogStartOffset.Value));
        }
        else
        {
            append.Complete(AppendOutcome.Failed(StorageErrors.ToErrorCode(result.Status), StorageErrors.Explain(result.Status, log!)));
        }
    }

    private void AbandonWaiting()
    {
        var outcome = AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower, partition.Failure);
        while (unflushed.TryDequeue(out var written))
        {
            written.Append.Complete(outcome);
        }

        while (unreplicated.TryDequeue(out var waiting))
        {
            waiting.Append.Complete(outcome);
        }

        for (var i = settled; i < gathered.Count; i++)
        {
            gathered[i].Complete(outcome);
        }

        gathered.Clear();
        settled = 0;
    }

    /// <summary>Brings the committer's word back into the mailbox.</summary>
    private sealed class FlushListener(IActorRef replica) : IFlushListener
    {
        public void OnFlushed(PartitionLog log, Offset recoveryPoint) => replica.Tell(new Flushed(log, recoveryPoint), ActorRefs.NoSender);

        public void OnFlushFailed(PartitionLog log, Exception error) => replica.Tell(new FlushFailed(log, error), ActorRefs.NoSender);
    }
}
