using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>The copy of a replica that is being moved. Who writes to it and who gives it up are different threads.</summary>
internal sealed class FutureLog(PartitionLog log)
{
    public PartitionLog Log => log;

    /// <summary>Held by whoever writes to the copy, or deletes it.</summary>
    public Lock Gate { get; } = new();

    public bool IsGivenUp { get; private set; }

    public void GiveUp()
    {
        lock (Gate)
        {
            IsGivenUp = true;
            log.Delete();
        }
    }
}

/// <summary>A replica that is being copied into another log directory of the node while it serves (AlterReplicaLogDirs). The copy is a log of its own, in a
/// directory whose name ends with "-future". One thread at a time.</summary>
public sealed class ReplicaMove
{
    private readonly FutureLog _future;

    internal ReplicaMove(PartitionLog source, FutureLog future)
    {
        Source = source;
        _future = future;
    }

    public PartitionLog Source { get; }

    /// <summary>The copy.</summary>
    public PartitionLog Target => _future.Log;

    /// <summary>Records that the copy is behind.</summary>
    public long OffsetLag => Math.Max(0, Source.View.LogEndOffset - Target.View.LogEndOffset);

    /// <summary>Copies some batches. Not the source's writer: a mover of its own.</summary>
    /// <param name="maxBytes">At most so many bytes, but one batch.</param>
    /// <returns>Bytes copied; 0 when the copy has caught up. Throws <see cref="IOException"/>, also when the move was given up meanwhile.</returns>
    public long Copy(int maxBytes, long nowMs)
    {
        lock (_future.Gate)
        {
            return _future.IsGivenUp
                ? throw new IOException($"the move of {Source.Partition} to {Target.Directory.Path} was given up")
                : CopyBatches(maxBytes, nowMs);
        }
    }

    private long CopyBatches(int maxBytes, long nowMs)
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
    private readonly ConcurrentDictionary<TopicPartition, FutureLog> _futures = new();

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
    public PartitionLog? FindFuture(TopicPartition partition) => _futures.GetValueOrDefault(partition)?.Log;

    /// <summary>Begins, or goes on, to move a log into another directory; null when it is there already. A copy that was begun in a third directory is
    /// given up. Throws <see cref="LogDirectoryException"/> when there is no such directory, <see cref="IOException"/>.</summary>
    public ReplicaMove? BeginMove(PartitionLog log, string directoryPath)
    {
        var path = Path.GetFullPath(directoryPath);
        var directory = _directories.Find(directory => directory.Path == path)
            ?? throw new LogDirectoryException(path, "it is not one of this node's log directories");
        if (_futures.TryGetValue(log.Partition, out var future) && future.Log.Directory != directory.State)
        {
            CancelMove(log.Partition);
            future = null;
        }
        if (log.Directory == directory.State)
            return null;
        if (future is null)
        {
            future = new FutureLog(PartitionLog.Open(
                directory.State,
                LogFileNames.DirectoryAside(log.Partition, LogFileNames.FutureDirectorySuffix),
                log.Partition,
                log.TopicId,
                log.Config,
                new OpenState(false, default, log.View.LogStartOffset, log.View.LogStartOffset),
                out _));
            _futures[log.Partition] = future;
        }
        return new ReplicaMove(log, future);
    }

    /// <summary>Gives a move up; its copy is deleted. Waits for the batches that are being copied.</summary>
    public void CancelMove(TopicPartition partition)
    {
        if (_futures.TryRemove(partition, out var future))
            future.GiveUp();
    }

    /// <summary>Puts the copy into the source's place: called by the source's writer, which copies what is still missing here and then goes on with the
    /// log that it gets. When it throws <see cref="IOException"/>, the source is what it was.</summary>
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
        // The copy first, and on disk: after a crash in between there are two logs that hold the same, and the next start keeps one of them.
        move.Target.TakeUsualName();
        _logs[move.Target.Partition] = move.Target;
        _futures.TryRemove(move.Target.Partition, out _);
        try
        {
            move.Source.Delete();
            _options.FileSystem.SyncDirectory(move.Source.Directory.Path);
        }
        catch (IOException e)
        {
            move.Source.Directory.MarkOffline(e);
            _listener.Warning($"{move.Source.Partition} was moved, but its files in {move.Source.DirectoryPath} could not be removed: {e.Message}");
        }
        return move.Target;
    }

    /// <summary>Makes a log that was found the partition's. A partition that is in two directories was moved when the node stopped, or its old directory
    /// failed then: the one that is ahead counts, and the other is set aside.</summary>
    private void Admit(PartitionLog log)
    {
        lock (_createGate)
        {
            if (_logs.TryAdd(log.Partition, log))
                return;
            var other = _logs[log.Partition];
            var isAhead = (log.View.LatestEpoch, log.View.LogEndOffset).CompareTo((other.View.LatestEpoch, other.View.LogEndOffset)) > 0;
            var (kept, spare) = isAhead ? (log, other) : (other, log);
            _logs[log.Partition] = kept;
            spare.MarkStray();
            _listener.Warning($"{log.Partition} is in two log directories; the one in {kept.DirectoryPath} is used, the other one is kept in {spare.DirectoryPath}");
        }
    }

    /// <summary>Opens the copies of unfinished moves, once all logs are known: which one a copy belongs to is told by its topic id, since its
    /// directory's name may be cut.</summary>
    private void LoadFutures()
    {
        foreach (var found in _foundFutures)
        {
            WithDirectory(found.Directory, _ =>
            {
                try
                {
                    LoadFuture(found);
                }
                catch (CorruptFileException e)
                {
                    _listener.Warning(e.Message);
                }
                catch (DiskFullException e)
                {
                    _listener.Warning($"the copy of {found.Partition} is not opened: {e.Message}");
                }
            });
        }
        _foundFutures.Clear();
    }

    private void LoadFuture(FutureDirectory found)
    {
        var id = PartitionMetadataFile.Read(_options.FileSystem, Path.Combine(found.Path, LogFileNames.PartitionMetadata));
        var index = found.Partition.Partition;
        var source = id == TopicId.Zero ? Find(found.Partition) : _logs.Values.FirstOrDefault(log => log.TopicId == id && log.Partition.Partition == index);
        if (source is null)
        {
            // Its directory may have failed: then the move goes on when it is back.
            _listener.Warning($"{found.Path} is the copy of a partition that is not here; its files are kept");
            return;
        }
        var saved = default(OpenState) with { LostPower = found.Directory.LostPower };
        var future = new FutureLog(PartitionLog.Open(
            found.Directory.State, found.Name, source.Partition, TopicId.Zero, _options.ConfigOf(source.Partition), saved, out _));
        if (!_futures.TryAdd(source.Partition, future))
            future.GiveUp();
    }
}
