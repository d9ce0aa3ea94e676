using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Node;

/// <summary>
/// Moves replicas between the node's data directories, one after the other: the replica begins and ends a move, the copying in between runs
/// on a thread of its own while the replica serves. Moves that the last stop interrupted go on by themselves.
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
    private readonly List<Wanted> waiting = [];
    private readonly CancellationTokenSource stopping = new();
    private Wanted? current;
    private CancellationTokenSource? copying;

    public MoverActor(LogManager logs, PartitionDirectory partitions, TimeProvider time)
    {
        this.logs = logs;
        this.partitions = partitions;
        this.time = time;
        Receive<Move>(move => Sender.Tell(new MoveAccepted(OnMove(move)), Self));
        Receive<ReplicaActor.Opened>(opened => Resume(opened.Partition));
        Receive<ReplicaActor.MoveBegun>(OnBegun);
        Receive<Copied>(OnCopied);
        Receive<ReplicaActor.MoveEnded>(OnEnded);
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
        copying?.Dispose();
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
        if (current is { } running && running.Partition == partition)
        {
            if (running.DirectoryPath == move.DirectoryPath)
            {
                return ErrorCode.None;
            }

            copying?.Cancel();
        }

        waiting.Add(new Wanted(partition, move.DirectoryPath));
        BeginNext();
        return ErrorCode.None;
    }

    private void Resume(Partition partition)
    {
        if (logs.FindFuture(partition.Id) is { } copy && current?.Partition != partition && !waiting.Exists(other => other.Partition == partition))
        {
            waiting.Add(new Wanted(partition, copy.Directory.Path));
            BeginNext();
        }
    }

    private void BeginNext()
    {
        if (current is not null || waiting.Count == 0)
        {
            return;
        }

        current = waiting[0];
        waiting.RemoveAt(0);
        current.Partition.Replica.Ask<ReplicaActor.MoveBegun>(new ReplicaActor.BeginMove(current.DirectoryPath), ReplicaTimeout)
            .PipeTo(Self, failure: error => new ReplicaActor.MoveBegun(null, error.Message));
    }

    private void OnBegun(ReplicaActor.MoveBegun begun)
    {
        if (begun.Problem is not null)
        {
            Context.GetLogger().Error("{0} is not moved to {1}: {2}", current!.Partition.Id, current.DirectoryPath, begun.Problem);
        }

        if (begun.Move is not { } move)
        {
            current = null;
            BeginNext();
            return;
        }

        copying?.Dispose();
        copying = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        var cancellation = copying.Token;
        Task.Factory.StartNew(() => Copy(move, cancellation), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).PipeTo(Self);
    }

    private Copied Copy(ReplicaMove move, CancellationToken cancellation)
    {
        try
        {
            for (var round = 0; round < FlushRounds; round++)
            {
                while (!cancellation.IsCancellationRequested && move.Copy(StepBytes, time.GetUtcNow().ToUnixTimeMilliseconds()) > 0)
                {
                }

                if (cancellation.IsCancellationRequested)
                {
                    break;
                }

                move.Target.Flush();
            }

            return new Copied(move, null);
        }
        catch (IOException error)
        {
            return new Copied(move, error);
        }
    }

    private void OnCopied(Copied copied)
    {
        var done = current!;
        if (waiting.Exists(other => other.Partition == done.Partition) || partitions.Find(done.Partition.Id.Topic, done.Partition.Id.Partition) != done.Partition)
        {
            // Asked to go elsewhere, or deleted.
            current = null;
            BeginNext();
        }
        else if (copied.Error is not null)
        {
            OnEnded(new ReplicaActor.MoveEnded(false, copied.Error.Message));
        }
        else
        {
            done.Partition.Replica.Ask<ReplicaActor.MoveEnded>(new ReplicaActor.CompleteMove(copied.Move), ReplicaTimeout)
                .PipeTo(Self, failure: error => new ReplicaActor.MoveEnded(false, error.Message));
        }
    }

    private void OnEnded(ReplicaActor.MoveEnded ended)
    {
        var done = current!;
        current = null;
        if (ended.IsDone)
        {
            BeginNext();
            return;
        }

        if (ended.Problem is not null)
        {
            Context.GetLogger().Warning("the move of {0} to {1} is tried again: {2}", done.Partition.Id, done.DirectoryPath, ended.Problem);
        }

        var replaced = waiting.Exists(other => other.Partition == done.Partition);
        if (!replaced && done.Partition.Log is not null)
        {
            waiting.Add(done);
        }

        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
    }

    private sealed record Wanted(Partition Partition, string DirectoryPath);

    private sealed record Copied(ReplicaMove Move, Exception? Error);

    private sealed record Retry
    {
        public static Retry Instance { get; } = new();
    }
}
