using ActorBroker.Storage;
using ActorBroker.Storage.Checkpoints;
using Akka.Event;

namespace ActorBroker.Actors.Partitions;

/// <summary>Moving the replica into another data directory: the mover copies, the replica begins and ends.</summary>
public sealed partial class ReplicaActor
{
    private const int MoveStepBytes = 1 << 20;

    private bool isCompacting;

    /// <summary>Answered with <see cref="MoveBegun"/>.</summary>
    internal sealed record BeginMove(string DirectoryPath);

    /// <param name="Move">What is to be copied; null when the replica is in that directory already, or cannot be moved.</param>
    /// <param name="Problem">Why it cannot be moved; null when nothing is wrong.</param>
    internal sealed record MoveBegun(ReplicaMove? Move, string? Problem);

    /// <summary>Puts a copy that has caught up into the log's place; answered with <see cref="MoveEnded"/>.</summary>
    internal sealed record CompleteMove(ReplicaMove Move);

    /// <param name="IsDone">False: try again later.</param>
    internal sealed record MoveEnded(bool IsDone, string? Problem);

    private bool IsMine(PartitionLog flushed) => ReferenceEquals(flushed, log);

    private MoveBegun OnBeginMove(string directoryPath)
    {
        if (log is null)
        {
            return new MoveBegun(null, partition.Failure ?? "the replica is not open");
        }

        try
        {
            partition.Move = logs.BeginMove(log, directoryPath);
            return new MoveBegun(partition.Move, null);
        }
        catch (Exception e) when (e is IOException or LogDirectoryException or CorruptFileException)
        {
            // The other directory's matter: this replica stays where it is.
            return new MoveBegun(null, e.Message);
        }
    }

    private MoveEnded OnCompleteMove(ReplicaMove move)
    {
        // A compaction would lose its segments under its hands.
        if (log is null || !IsMine(move.Source) || isCompacting)
        {
            return new MoveEnded(false, null);
        }

        try
        {
            while (move.Copy(MoveStepBytes, settings.NowMs()) > 0)
            {
            }
        }
        catch (IOException e)
        {
            return new MoveEnded(false, e.Message);
        }

        var from = log.Directory.Path;
        try
        {
            log = logs.CompleteMove(move, settings.NowMs());
            epochs?.Log = log;
            if (partition.IsLeader && log.View.LatestEpoch != partition.LeaderEpoch)
            {
                log.AssignEpoch(partition.LeaderEpoch);
            }
        }
        catch (IOException e)
        {
            // The other directory's matter again: the log is where it was, unless it was the one to fail.
            if (!IsMine(move.Source) || log.Directory.IsOffline)
            {
                partition.Move = null;
                Fail(new IOException($"the move to {move.Target.Directory.Path} could not be ended: {e.Message}", e));
            }

            return new MoveEnded(false, e.Message);
        }

        partition.Move = null;
        partition.Log = log;
        Context.GetLogger().Info("{0} was moved from {1} to {2}", partition.Id, from, log.Directory.Path);
        // The copy is on disk, and so is what waited for a flush of the log before it.
        OnFlushed(log.RecoveryPoint);
        partition.NotifyWatchers();
        return new MoveEnded(true, null);
    }
}
