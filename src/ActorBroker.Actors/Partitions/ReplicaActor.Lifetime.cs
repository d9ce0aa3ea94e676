using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Node;
using ActorBroker.Actors.Runtime;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Replication;
using ActorBroker.Storage;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Files;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>From the first message for the entity to its end: waiting for its task, opening, starting again after a failure, and the removal of the files.</summary>
public sealed partial class ReplicaActor
{
    /// <summary>A leader's question that came before the task.</summary>
    private FetchStateMessage? early;

    /// <summary>Whether the pause after a failure runs.</summary>
    private bool isPausing;

    /// <summary>From the replica manager: what the replica is. Answered with <see cref="Announced"/>, also when the replica knows already.</summary>
    internal sealed record Begin(Partition Partition, PartitionState State);

    /// <summary>To the replica manager: the entity runs; the sender is where it is reached without a detour from now on.</summary>
    internal sealed record Announced(Partition Partition);

    /// <summary>From the replica manager: the replica is no longer of this node. It removes its files and stops; announces itself first when it had no task.</summary>
    internal sealed record Delete(Partition Partition);

    /// <summary>Of the entities of a node.</summary>
    /// <param name="goodbye">What the shard is told by an entity that wants to be stopped.</param>
    public static Props Props(LogManager logs, ReplicaSettings settings, object goodbye)
    {
        var seat = new ReplicaSeat { Goodbye = goodbye };
        var props = ActorProps.Of(() => new ReplicaActor(seat, logs, settings));
        return settings.Replication is null ? props : props.WithDispatcher(ReplicaDispatcher.Id);
    }

    protected override void PreStart()
    {
        if (seat.Partition is null)
        {
            Become(WithoutTask);
            Context.SetReceiveTimeout(settings.TaskTimeout);
        }
    }

    protected override void PreRestart(Exception reason, object message)
    {
        Unanswered.Answer(message, Sender, this);
        if (seat.Partition is not null)
        {
            seat.Remember(leader);
            seat.IsLogInDoubt |= log is not null;
            partition.Move = null;
            partition.Failure = $"the replica failed: {reason.Message}";
        }

        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        base.PostRestart(reason);
        if (seat.Partition is null)
        {
            return;
        }

        if (seat.PauseAfterFailure(settings.Time.GetElapsedTime(0), settings.Restarts) is { } pause)
        {
            seat.Manager.Tell(new Failed(partition), Self);
            Context.GetLogger().Warning("replica {0} starts again after {1} ms", partition.Id, (long)pause.TotalMilliseconds);
            isPausing = true;
            Context.RemindAfter(pause, Reopen.Instance);
        }
        else
        {
            partition.Failure = $"the replica failed too often and stays offline until the node is restarted: {reason.Message}";
            Context.GetLogger().Error("replica {0} has failed {1} times within {2} and stays offline", partition.Id, settings.Restarts.Limit + 1, settings.Restarts.Window);
            TellLost();
        }

        partition.NotifyWatchers();
    }

    protected override void PostStop()
    {
        if (seat.Partition is null)
        {
            RefuseEarly();
            return;
        }

        partition.Log = null;
        AbandonWaiting();
        DropPushes();
        tail?.Dispose();
        StopTicking();
        settings.Replication?.Offsets.Remove(Self);
        partition.NotifyWatchers();
    }

    private void WithoutTask(object message)
    {
        switch (message)
        {
            case Begin begin:
                OnTask(begin);
                break;
            case FetchStateMessage question:
                early = question;
                break;
            case Delete delete:
                Sender.Tell(new Announced(delete.Partition), Self);
                partition = delete.Partition;
                log = logs.Find(partition.Id) is { } left && left.TopicId == partition.TopicId ? left : null;
                RemoveFiles();
                break;
            case ReceiveTimeout:
                Context.Parent.Tell(seat.Goodbye, Self);
                break;
            default:
                Unanswered.Answer(message, Sender);
                break;
        }
    }

    private void OnTask(Begin begin)
    {
        Context.SetReceiveTimeout(null);
        seat.Take(begin.Partition, begin.State, Sender);
        (partition, state) = (begin.Partition, begin.State);
        partition.Replica = Self;
        Sender.Tell(new Announced(partition), Self);
        Become(OnReceive);
        Open();
        if (early is { } question)
        {
            early = null;
            OnReplication(question);
        }
    }

    /// <summary>Opens the log, after a failure from its files, and takes up the role that the image gives.</summary>
    private void Open()
    {
        try
        {
            var config = ConfigOf(partition.Config);
            log = (seat.IsLogInDoubt ? logs.Reopen(partition.Id, config) : null) ?? logs.GetOrCreate(partition.Id, partition.TopicId, config, partition.IsNew);
            seat.IsLogInDoubt = false;
            log.UpdateConfig(config);
            TakeRole();
            partition.Failure = null;
            partition.Log = log;
            partition.NotifyWatchers();
            seat.Manager.Tell(new Opened(partition), Self);
            Context.System.EventStream.Publish(new Opened(partition));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CorruptFileException)
        {
            Fail(e);
        }
    }

    /// <summary>The disk has room again, perhaps, or the pause after a failure is over.</summary>
    private void OnReopen()
    {
        if (log is not null || seat.IsGivenUp)
        {
            return;
        }

        if (isPausing)
        {
            isPausing = false;
            partition.Failure = null;
        }

        Open();
    }

    private void OnDelete()
    {
        partition.Log = null;
        AbandonWaiting();
        partition.NotifyWatchers();
        RemoveFiles();
    }

    /// <summary>Removes the files, and asks the shard for the end: what comes until then is answered, and what comes for a next replica of the name waits.</summary>
    private void RemoveFiles()
    {
        try
        {
            if (log is not null)
            {
                logs.Delete(log);
                log = null;
            }
        }
        catch (IOException e)
        {
            Context.GetLogger().Error(e, "the files of deleted partition {0} could not be removed", partition.Id);
        }

        Become(message => Unanswered.Answer(message, Sender));
        Context.Parent.Tell(seat.Goodbye, Self);
    }

    private void RefuseEarly()
    {
        if (early is { } question)
        {
            early = null;
            Send(question.Stream.Leader, new RefusalMessage(question.Partition, new Refusal(question.Stream, RefusalReason.NoReplica, LeaderEpoch.Unknown)));
        }
    }

    /// <summary>What no replica takes is answered all the same: every append is completed exactly once, and buffers go back.</summary>
    internal static class Unanswered
    {
        /// <param name="failed">The replica that failed with the message; it answers what it had taken already.</param>
        public static void Answer(object message, IActorRef sender, ReplicaActor? failed = null)
        {
            switch (message)
            {
                case Append append when failed is null || !failed.gathered.Contains(append):
                    append.Complete(AppendOutcome.Failed(ErrorCode.NotLeaderOrFollower));
                    break;
                case PushMessage push when failed is null || !failed.pushes.Contains(push):
                    push.Payload?.Dispose();
                    break;
                case DeleteRecords:
                    sender.Tell(new DeletedRecords(ErrorCode.NotLeaderOrFollower, Offset.Unknown), ActorRefs.NoSender);
                    break;
                case BeginMove:
                    sender.Tell(new MoveBegun(null, "the replica is not open"), ActorRefs.NoSender);
                    break;
                case CompleteMove:
                    sender.Tell(new MoveEnded(false, null), ActorRefs.NoSender);
                    break;
                case BeginCompaction:
                    sender.Tell(new CompactionBegun(null), ActorRefs.NoSender);
                    break;
                case EndCompaction end:
                    Abandon(end);
                    sender.Tell(new CompactionEnded(null), ActorRefs.NoSender);
                    break;
            }
        }

        private static void Abandon(EndCompaction end)
        {
            try
            {
                end.Job.Log.AbandonCompaction(end.Job, null);
            }
            catch (IOException)
            {
                // What is left of it goes when the log is opened next.
            }
        }
    }
}
