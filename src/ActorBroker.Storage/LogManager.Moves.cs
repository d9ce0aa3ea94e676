using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>A replica that is being copied into another log directory of the node while it serves (AlterReplicaLogDirs). The copy is a log of its own, in a
/// directory whose name ends with "-future". One thread at a time.</summary>
public sealed class ReplicaMove
{
    internal ReplicaMove(PartitionLog source, PartitionLog target)
    {
        Source = source;
        Target = target;
    }

    public PartitionLog Source { get; }

    /// <summary>The copy.</summary>
    public PartitionLog Target { get; }

    /// <summary>Records that the copy is behind.</summary>
    public long OffsetLag => Math.Max(0, Source.View.LogEndOffset - Target.View.LogEndOffset);

    /// <summary>Copies some batches. Not the source's writer: a mover of its own.</summary>
    /// <param name="maxBytes">At most so many bytes, but one batch.</param>
    /// <returns>Bytes copied; 0 when the copy has caught up. Throws <see cref="IOException"/>.</returns>
    public long Copy(int maxBytes, long nowMs)
    {
        var from = Source.View;
        // Retention at the source, or a truncation there, may have overtaken the copy.
        if (Target.View.LogEndOffset < from.LogStartOffset)
            Target.TruncateFullyAndStartAt(from.LogStartOffset);
        else if (Target.View.LogEndOffset > from.LogEndOffset)
            Target.TruncateTo(from.LogEndOffset);
        if (Target.View.LatestEpoch != LeaderEpoch.Unknown)
        {
            var end = from.EndOffsetForEpoch(Target.View.LatestEpoch);
            if (end.EndOffset != Offset.Unknown && end.EndOffset < Target.View.LogEndOffset)
                Target.TruncateTo(end.EndOffset);
        }
        var read = from.Read(Target.View.LogEndOffset, maxBytes, from.LogEndOffset, atLeastOneBatch: true);
        if (read.Status != ReadStatus.Ok)
            throw new IOException($"{Source.Partition} cannot be read at offset {Target.View.LogEndOffset}: {read.Status}");
        if (read.Slice.IsEmpty)
            return 0;
        byte[] bytes;
        try
        {
            bytes = read.Slice.ToArray();
        }
        finally
        {
            read.Slice.Release();
        }
        var result = Target.AppendAsFollower(bytes, nowMs);
        return result.Status == AppendStatus.Appended
            ? bytes.Length
            : throw new IOException($"{Source.Partition} cannot be copied to {Target.Directory.Path}: {result.Status}");
    }
}

public sealed partial class LogManager
{
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _futures = new();

    /// <summary>Where logs that do not exist yet are to be created, in no order. Bounded, since clients write it.</summary>
    private readonly ConcurrentDictionary<TopicPartition, LogDirectory> _preferred = new();

    /// <summary>Remembers, until the next start, in which directory the log of a partition is to be created. Nothing happens when there is no such
    /// directory.</summary>
    public void PreferDirectory(TopicPartition partition, string directoryPath)
    {
        const int most = 10_000;
        if (_directories.Find(directory => directory.Path == directoryPath) is { } preferred && _preferred.Count < most)
            _preferred[partition] = preferred;
    }

    private LogDirectory? TakePreferred(TopicPartition partition) =>
        _preferred.TryRemove(partition, out var directory) && !directory.State.IsOffline ? directory : null;

    /// <summary>The copy of a partition that is being moved; null when it is not.</summary>
    public PartitionLog? FindFuture(TopicPartition partition) => _futures.GetValueOrDefault(partition);

    /// <summary>Begins, or goes on, to move a log into another directory; null when it is there already. A copy that was begun in a third directory is
    /// given up. Throws <see cref="LogDirectoryException"/> when there is no such directory, <see cref="IOException"/>.</summary>
    public ReplicaMove? BeginMove(PartitionLog log, string directoryPath)
    {
        var path = Path.GetFullPath(directoryPath);
        var directory = _directories.Find(directory => directory.Path == path)
            ?? throw new LogDirectoryException(path, "it is not one of this node's log directories");
        if (_futures.TryGetValue(log.Partition, out var future) && future.Directory != directory.State)
        {
            CancelMove(log.Partition);
            future = null;
        }
        if (log.Directory == directory.State)
            return null;
        if (future is null)
        {
            future = PartitionLog.Open(
                directory.State,
                LogFileNames.DirectoryAside(log.Partition, LogFileNames.FutureDirectorySuffix),
                log.Partition,
                log.TopicId,
                log.Config,
                new OpenState(false, default, log.View.LogStartOffset, log.View.LogStartOffset),
                out _);
            _futures[log.Partition] = future;
        }
        return new ReplicaMove(log, future);
    }

    /// <summary>Gives a move up; its copy is deleted.</summary>
    public void CancelMove(TopicPartition partition)
    {
        if (_futures.TryRemove(partition, out var future))
            future.Delete();
    }

    /// <summary>Puts the copy into the source's place: called by the source's writer, which copies what is still missing here and then goes on with the
    /// log that it gets.</summary>
    public PartitionLog CompleteMove(ReplicaMove move, long nowMs)
    {
        const int chunkBytes = 1024 * 1024;
        while (move.Copy(chunkBytes, nowMs) > 0)
        {
        }
        move.Target.SetHighWatermark(move.Source.View.HighWatermark);
        move.Target.SetLogStartOffset(move.Source.View.LogStartOffset);
        move.Target.UpdateConfig(move.Source.Config);
        move.Target.Flush();
        // The old one first: after a crash in between there is only the copy, which is whole, under its name of a copy.
        move.Source.Delete();
        move.Target.TakeUsualName();
        _logs[move.Target.Partition] = move.Target;
        _futures.TryRemove(move.Target.Partition, out _);
        return move.Target;
    }

    /// <summary>Opens the copy of an unfinished move. Where a crash took the original between the two renames of the end, the copy is the log.</summary>
    private void LoadFuture(LogDirectory directory, TopicPartition partition, string name)
    {
        try
        {
            var future = PartitionLog.Open(
                directory.State, name, partition, TopicId.Zero, _options.ConfigOf(partition), default(OpenState) with { LostPower = directory.LostPower }, out _);
            if (!_futures.TryAdd(partition, future))
                future.Delete();
        }
        catch (CorruptFileException e)
        {
            _listener.Warning(e.Message);
        }
        catch (DiskFullException e)
        {
            _listener.Warning($"the copy of {partition} is not opened: {e.Message}");
        }
    }

    /// <summary>After all directories were loaded: copies without an original take its place.</summary>
    private void AdoptOrphanedFutures()
    {
        foreach (var (partition, future) in _futures)
        {
            if (_logs.ContainsKey(partition) || _directories.Exists(directory => directory.State.IsOffline))
                continue;
            future.TakeUsualName();
            _logs[partition] = future;
            _futures.TryRemove(partition, out _);
            _listener.Warning($"{partition} was moved to {future.Directory.Path} when the node stopped; the copy is used");
        }
    }
}
