using ActorBroker.Actors.Partitions;
using ActorBroker.Model.Options;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Moves replicas between the node's data directories, a few at a time and below one common rate: the replica begins and ends a move, the copying in between
/// runs on a thread of its own while the replica serves. Moves that the last stop interrupted go on by themselves.
/// Supervision: restarted; copies that were begun are found again.
/// </summary>
#pragma warning disable CA1001 // An actor ends with PostStop, which disposes what it owns.
public sealed class MoverActor : ReceiveActor, IWithTimers
#pragma warning restore CA1001
{
    private const int StepBytes = 1 << 20;

    /// <summary>How often the copy is flushed and what came meanwhile copied, so that little is left for the replica's own thread.</summary>
    private const int FlushRounds = 3;

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReplicaTimeout = TimeSpan.FromMinutes(1);

    private readonly LogManager logs;
    private readonly PartitionDirectory partitions;
    private readonly TimeProvider time;
    private readonly int threads;
    private readonly BandwidthLimit bandwidth;
    private readonly List<Wanted> waiting = [];
    private readonly Dictionary<Partition, Running> running = [];
    private readonly CancellationTokenSource stopping = new();

    /// <param name="options">Asked for whenever they are needed: the rate may be changed while replicas move.</param>
    public MoverActor(Func<MoverOptions> options, LogManager logs, PartitionDirectory partitions, TimeProvider time)
    {
        this.logs = logs;
        this.partitions = partitions;
        this.time = time;
        threads = options().Threads is > 0 and var configured ? configured : logs.Directories.Count;
        bandwidth = new BandwidthLimit(() => options().MaxBytesPerSecond is > 0 and var rate ? rate : double.PositiveInfinity, time);
        Receive<Move>(move => Sender.Tell(new MoveAccepted(OnMove(move)), Self));
        Receive<ReplicaActor.Opened>(opened => Resume(opened.Partition));
        Receive<Begun>(OnBegun);
        Receive<Copied>(OnCopied);
        Receive<Ended>(OnEnded);
        Receive<Terminated>(terminated => OnReplicaStopped(terminated.ActorRef));
        Receive<Retry>(_ => BeginNext());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Answered with <see cref="MoveAccepted"/> when the move is noted down, long before it ends.</summary>
    internal sealed record Move(string Topic, int Index, string DirectoryPath);

    internal sealed record MoveAccepted(ErrorCode Error);

    protected override void PreStart()
    {
        Context.System.EventStream.Subscribe(Self, typeof(ReplicaActor.Opened));
        foreach (var partition in partitions.All.Where(partition => partition.Log is not null))
        {
            Resume(partition);
        }
    }

    protected override void PostStop()
    {
        stopping.Cancel();
        stopping.Dispose();
        foreach (var move in running.Values)
        {
            move.Cancellation.Dispose();
        }
    }

    private ErrorCode OnMove(Move move)
    {
        var partition = partitions.Find(move.Topic, move.Index);
        if (partition?.Log is null)
        {
            logs.PreferDirectory(new(move.Topic, move.Index), move.DirectoryPath);
            return partition?.Failure is null ? ErrorCode.ReplicaNotAvailable : ErrorCode.KafkaStorageError;
        }

        waiting.RemoveAll(other => other.Partition.Id == partition.Id);
        if (running.TryGetValue(partition, out var current))
        {
            if (current.Wanted.DirectoryPath == move.DirectoryPath)
            {
                return ErrorCode.None;
            }

            current.Cancellation.Cancel();
        }

        waiting.Add(new Wanted(partition, move.DirectoryPath));
        BeginNext();
        return ErrorCode.None;
    }

    private void Resume(Partition partition)
    {
        if (logs.FindFuture(partition.Id) is { } copy && !running.ContainsKey(partition) && !IsWaiting(partition))
        {
            waiting.Add(new Wanted(partition, copy.Directory.Path));
            BeginNext();
        }
    }

    /// <summary>Begins what may begin: one move of a partition at a time, and no more than there are threads.</summary>
    private void BeginNext()
    {
        while (running.Count < threads && waiting.Find(wanted => !running.ContainsKey(wanted.Partition)) is { } next)
        {
            waiting.Remove(next);
            Context.Watch(next.Partition.Replica);
            running.Add(next.Partition, new Running(next, CancellationTokenSource.CreateLinkedTokenSource(stopping.Token)));
            next.Partition.Replica.Ask<ReplicaActor.MoveBegun>(new ReplicaActor.BeginMove(next.DirectoryPath), ReplicaTimeout).PipeTo(
                Self,
                success: begun => new Begun(next, begun),
                failure: error => new Begun(next, new ReplicaActor.MoveBegun(null, error.Message)));
        }
    }

    private void OnBegun(Begun begun)
    {
        var wanted = begun.Wanted;
        if (begun.Answer.Problem is not null)
        {
            Context.GetLogger().Error("{0} is not moved to {1}: {2}", wanted.Partition.Id, wanted.DirectoryPath, begun.Answer.Problem);
        }

        if (begun.Answer.Move is not { } move)
        {
            Forget(wanted);
            BeginNext();
            return;
        }

        var cancellation = running[wanted.Partition].Cancellation.Token;
        Task.Factory.StartNew(() => Copy(wanted, move, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private Copied Copy(Wanted wanted, ReplicaMove move, CancellationToken cancellation)
    {
        try
        {
            for (var round = 0; round < FlushRounds; round++)
            {
                while (move.Copy(StepBytes, time.GetUtcNow().ToUnixTimeMilliseconds()) is var bytes and > 0)
                {
                    bandwidth.Take(bytes, cancellation);
                }

                cancellation.ThrowIfCancellationRequested();
                move.Target.Flush();
            }

            return new Copied(wanted, move, null);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return new Copied(wanted, move, error);
        }
    }

    private void OnCopied(Copied copied)
    {
        var wanted = copied.Wanted;
        if (IsWaiting(wanted.Partition) || partitions.Find(wanted.Partition.Id.Topic, wanted.Partition.Id.Partition) != wanted.Partition)
        {
            // Asked to go elsewhere, or deleted.
            Forget(wanted);
            BeginNext();
        }
        else if (copied.Error is not null)
        {
            OnEnded(new Ended(wanted, new ReplicaActor.MoveEnded(false, copied.Error.Message)));
        }
        else
        {
            wanted.Partition.Replica.Ask<ReplicaActor.MoveEnded>(new ReplicaActor.CompleteMove(copied.Move), ReplicaTimeout).PipeTo(
                Self,
                success: ended => new Ended(wanted, ended),
                failure: error => new Ended(wanted, new ReplicaActor.MoveEnded(false, error.Message)));
        }
    }

    private void OnEnded(Ended ended)
    {
        var wanted = ended.Wanted;
        Forget(wanted);
        if (ended.Answer.IsDone)
        {
            BeginNext();
            return;
        }

        if (ended.Answer.Problem is not null)
        {
            Context.GetLogger().Warning("the move of {0} to {1} is tried again: {2}", wanted.Partition.Id, wanted.DirectoryPath, ended.Answer.Problem);
        }

        if (!IsWaiting(wanted.Partition) && wanted.Partition.Log is not null)
        {
            waiting.Add(wanted);
        }

        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
    }

    /// <summary>Deleted, for example: the copy waits no longer for its turn in the rate.</summary>
    private void OnReplicaStopped(IActorRef replica)
    {
        foreach (var move in running.Values.Where(move => move.Wanted.Partition.Replica.Equals(replica)))
        {
            move.Cancellation.Cancel();
        }
    }

    private bool IsWaiting(Partition partition) => waiting.Exists(other => other.Partition == partition);

    private void Forget(Wanted wanted)
    {
        if (running.Remove(wanted.Partition, out var ended))
        {
            Context.Unwatch(wanted.Partition.Replica);
            ended.Cancellation.Dispose();
        }
    }

    private sealed record Wanted(Partition Partition, string DirectoryPath);

    private sealed record Running(Wanted Wanted, CancellationTokenSource Cancellation);

    private sealed record Begun(Wanted Wanted, ReplicaActor.MoveBegun Answer);

    private sealed record Copied(Wanted Wanted, ReplicaMove Move, Exception? Error);

    private sealed record Ended(Wanted Wanted, ReplicaActor.MoveEnded Answer);

    private sealed record Retry
    {
        public static Retry Instance { get; } = new();
    }
}
