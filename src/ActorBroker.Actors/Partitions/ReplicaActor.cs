using ActorBroker.Actors.Hosting;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Actors.Streams;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Protocol;
using ActorBroker.Replication;
using ActorBroker.Storage;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Files;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>
/// The one writer of a partition replica's log. Appends that are in the mailbox together are written together: the first one sends
/// <see cref="WriteGathered"/> behind those that already wait. An acknowledgement leaves when the high watermark has passed the batch, which
/// on a topic with group commit is after its fsync.
/// It is an entity of its broker's shard (<see cref="ReplicaId"/>), or of a <see cref="LocalShard"/>.
/// Supervision: restarted on failure after a pause that grows, up to a limit (<see cref="ReplicaRestarts"/>), with its log opened again from the files; requests
/// that wait are answered with an error first. After an I/O error it stays offline, since the directory is not written any more.
/// </summary>
public sealed partial class ReplicaActor : UntypedActor
{
    private readonly ReplicaSeat seat;
    private readonly LogManager logs;
    private readonly ReplicaSettings settings;
    private Partition partition;
    private PartitionLog? log;

    public ReplicaActor(ReplicaSeat seat, LogManager logs, ReplicaSettings settings)
    {
        this.seat = seat;
        state = seat.State;
        // Not looked at before there is one: until then the actor waits for its task.
        partition = seat.Partition!;
        this.logs = logs;
        this.settings = settings;
    }

    /// <summary>Answered with <see cref="DeletedRecords"/>.</summary>
    public sealed record DeleteRecords(Offset Before);

    /// <summary>To the replica manager, and on the event stream: the replica serves.</summary>
    public sealed record Opened(Partition Partition);

    /// <summary>To the replica manager: the replica cannot serve, for now or (also on the event stream) until the node is restarted; <see cref="Partition.Failure"/> says
    /// why.</summary>
    public sealed record Failed(Partition Partition);

    internal sealed record Configure(TopicConfig Config);

    /// <summary>Answered with <see cref="CompactionBegun"/>.</summary>
    internal sealed record BeginCompaction(CompactionLimits Limits);

    /// <summary>The job to run; null when there is nothing to compact any more.</summary>
    internal sealed record CompactionBegun(CompactionJob? Job);

    /// <summary>Puts the job's result in place, or gives it up after an error; answered with <see cref="CompactionEnded"/>.</summary>
    internal sealed record EndCompaction(CompactionJob Job, Exception? Error);

    /// <param name="Result">Null when nothing was put in place.</param>
    internal sealed record CompactionEnded(CompactionResult? Result);

    /// <summary>A data directory is offline; perhaps this replica's.</summary>
    internal sealed record DirectoryFailed
    {
        public static DirectoryFailed Instance { get; } = new();
    }

    internal sealed record ExpireProducers
    {
        public static ExpireProducers Instance { get; } = new();
    }

    internal sealed record Maintain
    {
        public static Maintain Instance { get; } = new();
    }

    private sealed record WriteGathered
    {
        public static WriteGathered Instance { get; } = new();
    }

    private sealed record Flushed(PartitionLog Log, Offset RecoveryPoint);

    private sealed record FlushFailed(PartitionLog Log, Exception Error);

    protected override void OnReceive(object message)
    {
        if (pushes.Count > 0 && message is not PushMessage)
        {
            OnWritePushes();
        }

        switch (message)
        {
            case Append append:
                OnAppend(append);
                break;
            case WriteGathered:
                OnWriteGathered();
                break;
            case ReplicationMessage replication:
                OnReplication(replication);
                break;
            case WritePushes:
                // Written already, since this is no push.
                break;
            case ReplicationTick:
                OnReplicationTick();
                break;
            case TellOffsets:
                OnTellOffsets();
                break;
            case Assign assign:
                OnAssign(assign);
                break;
            case StreamLost lost:
                OnStreamLost(lost.Node);
                break;
            case ProposalReply reply:
                OnProposalReply(reply);
                break;
            case Flushed flushed when IsMine(flushed.Log):
                OnFlushed(flushed.RecoveryPoint);
                break;
            case FlushFailed failed when IsMine(failed.Log):
                Fail(failed.Error);
                break;
            case Flushed or FlushFailed:
                // Of the log that a moved replica left.
                break;
            case BeginMove begin:
                Sender.Tell(OnBeginMove(begin.DirectoryPath), Self);
                break;
            case CompleteMove complete:
                Sender.Tell(OnCompleteMove(complete.Move), Self);
                break;
            case DeleteRecords delete:
                Sender.Tell(OnDeleteRecords(delete.Before), Self);
                break;
            case Maintain:
                OnMaintain();
                break;
            case ExpireProducers:
                log?.ExpireProducers(settings.NowMs());
                break;
            case Configure configure:
                partition.Reconfigure(configure.Config);
                log?.UpdateConfig(ConfigOf(configure.Config));
                OnDurabilityChanged();
                break;
            case BeginCompaction begin:
                var job = log?.TryBeginCompaction(begin.Limits, settings.NowMs());
                isCompacting |= job is not null;
                Sender.Tell(new CompactionBegun(job), Self);
                break;
            case EndCompaction end:
                OnEndCompaction(end);
                break;
            case Delete:
                OnDelete();
                break;
            case Begin:
                // Said twice: the first time, or the answer to it, seemed lost.
                Sender.Tell(new Announced(partition), Self);
                break;
            case DirectoryFailed:
                OnDirectoryFailed();
                break;
            case Reopen:
                OnReopen();
                break;
            case DamageFound found:
                OnDamageFound(found.At);
                break;
            case SegmentScrubbed scrubbed:
                OnSegmentScrubbed(scrubbed);
                break;
            case RepairQuestion question:
                OnRepairQuestion(question);
                break;
            case RepairAnswer answer:
                OnRepairAnswer(answer);
                break;
            case RepairTimedOut timedOut:
                OnRepairTimedOut(timedOut.Attempt);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    private DeletedRecords OnDeleteRecords(Offset before)
    {
        if (log is null)
        {
            return new DeletedRecords(ErrorCode.KafkaStorageError, Offset.Unknown);
        }

        if (!log.Config.CleanupPolicy.HasFlag(CleanupPolicy.Delete))
        {
            return new DeletedRecords(ErrorCode.PolicyViolation, Offset.Unknown);
        }

        var target = before == Offset.Unknown ? log.View.HighWatermark : before;
        try
        {
            if (target < Offset.Zero || !log.SetLogStartOffset(target))
            {
                return new DeletedRecords(ErrorCode.OffsetOutOfRange, Offset.Unknown);
            }
        }
        catch (IOException e)
        {
            Fail(e);
            return new DeletedRecords(ErrorCode.KafkaStorageError, Offset.Unknown);
        }

        TellLogStart();
        partition.NotifyWatchers();
        return new DeletedRecords(ErrorCode.None, log.View.LogStartOffset);
    }

    private LogConfig ConfigOf(TopicConfig config) =>
        LogConfigs.From(partition.Id.Topic, config) with { ProducerIdExpirationMs = settings.ProducerIdExpirationMs };

    private void OnMaintain()
    {
        if (log is null || log.Directory.IsOffline)
        {
            return;
        }

        try
        {
            log.ApplyRetention(settings.NowMs());
            TellLogStart();
            if (log.CorruptRanges is [var range, ..])
            {
                OnDamageFound(range.Offset);
            }
        }
        catch (IOException e)
        {
            Fail(e);
        }
    }

    private void TellLogStart()
    {
        if (CurrentRole == Role.Leader)
        {
            leader!.Step(new LogStartMoved(log!.View.LogStartOffset), NowMs, leaderEffects);
            CarryOut();
        }
    }

    private void OnEndCompaction(EndCompaction end)
    {
        if (log is null || !IsMine(end.Job.Log))
        {
            // The replica has started again since, and so has its log.
            Unanswered.Answer(end, Sender);
            return;
        }

        isCompacting = false;

        CompactionResult? result = null;
        try
        {
            if (end.Error is null)
            {
                result = log.CompleteCompaction(end.Job);
                if (result is { } done)
                {
                    Context.GetLogger().Info(
                        "compacted {0} up to offset {1}: {2} bytes became {3}, {4} records were dropped",
                        partition.Id, done.EndOffset, done.BytesBefore, done.BytesAfter, done.RecordsDropped);
                }
            }
            else
            {
                log.AbandonCompaction(end.Job, end.Error is UncleanableLogException ? end.Error.Message : null);
            }
        }
        catch (IOException e)
        {
            Fail(e);
        }

        Sender.Tell(new CompactionEnded(result), Self);
    }

    private void Fail(Exception error)
    {
        if (error is DiskFullException)
        {
            OnDiskFull(error);
            return;
        }

        if (partition.IsLost)
        {
            return;
        }

        partition.Failure = error.Message;
        partition.Log = null;
        log = null;
        Context.GetLogger().Error(error, "replica {0} is offline: {1}", partition.Id, error.Message);
        AbandonWaiting();
        partition.NotifyWatchers();
        TellLost();
    }

    /// <summary>The replica will not serve again before the node is restarted.</summary>
    private void TellLost()
    {
        partition.IsLost = true;
        var failed = new Failed(partition);
        seat.Manager.Tell(failed, Self);
        Context.System.EventStream.Publish(failed);
    }

    /// <summary>A replica whose directory failed under another's hands serves nothing any more either.</summary>
    private void OnDirectoryFailed()
    {
        if (log is { Directory: { IsOffline: true } directory })
        {
            Fail(new DirectoryOfflineException(directory.Path, directory.Failure));
        }
    }
}
