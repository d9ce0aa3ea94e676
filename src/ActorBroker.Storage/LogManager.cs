using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>The logs of a node: opens its log directories, recovers what a crash left, creates and finds logs, and keeps the checkpoints. Safe for use
/// from any thread; what is done to a single log is its writer's matter.</summary>
public sealed partial class LogManager : IDisposable
{
    /// <summary>From so many logs on, one sync of the whole file system is cheaper than one of each.</summary>
    private const int ManyLogs = 32;

    private readonly LogManagerOptions _options;
    private readonly IStorageListener _listener;
    private readonly List<LogDirectory> _directories = [];
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> _logs = new();
    private readonly ConcurrentBag<FutureDirectory> _foundFutures = [];
    private readonly FileHandleCache _handles;
    private readonly Lock _createGate = new();
    private bool _disposed;

    /// <summary>Why not all logs of the node may have been found at start; null when they were.</summary>
    private DirectoryOfflineException? _notFound;

    private LogManager(LogManagerOptions options, IStorageListener listener)
    {
        _options = options;
        _listener = listener;
        _handles = new FileHandleCache(options.FileSystem, options.MaxOpenFiles);
        Committer = new GroupCommitter(options.FlushThreads);
    }

    /// <summary>The cluster that the directories belong to.</summary>
    public string ClusterId { get; private set; } = "";

    /// <summary>Hears what happens to the logs.</summary>
    public IStorageListener Listener => _listener;

    /// <summary>Syncs logs off their writers' threads.</summary>
    public GroupCommitter Committer { get; }

    public IReadOnlyList<LogDirectory> Directories => _directories;

    /// <summary>All logs, in no order.</summary>
    public IReadOnlyCollection<PartitionLog> Logs => (IReadOnlyCollection<PartitionLog>)_logs.Values;

    /// <summary>Files open at the moment.</summary>
    public int OpenFiles => _handles.OpenCount;

    /// <summary>Opens the directories and all logs in them, several at a time. A directory with an I/O error is left offline; when none works, or one is
    /// not this node's, it throws (<see cref="LogDirectoryException"/>).</summary>
    public static LogManager Open(LogManagerOptions options, IStorageListener? listener = null)
    {
        var manager = new LogManager(options, listener ?? NullStorageListener.Instance);
        try
        {
            manager.OpenDirectories();
            manager.LoadDirectories();
            manager.LoadFutures();
            return manager;
        }
        catch
        {
            manager.ReleaseDirectories();
            throw;
        }
    }

    public PartitionLog? Find(TopicPartition partition) => _logs.GetValueOrDefault(partition);

    /// <summary>The log of the partition; created, in the working directory with the fewest logs, when there is none. A log that belongs to an older
    /// topic of the same name is set aside as stray. Throws <see cref="IOException"/>.</summary>
    /// <param name="isNew">Whether no start before this one can have had the log. Otherwise it may be in a directory that failed at start, and is
    /// not begun anew in another one (<see cref="DirectoryOfflineException"/>): a partition that lost all its records without a word would be worse than
    /// one that is offline.</param>
    public PartitionLog GetOrCreate(TopicPartition partition, TopicId topicId, LogConfig config, bool isNew = true)
    {
        if (_logs.TryGetValue(partition, out var log))
        {
            if (log.TopicId == topicId)
                return log;
            if (log.TopicId == TopicId.Zero)
            {
                log.AssignTopicId(topicId);
                return log;
            }
            MarkStray(log);
        }
        lock (_createGate)
        {
            if (_logs.TryGetValue(partition, out log))
                return log;
            var directory = DirectoryWith(partition);
            if (directory is null && !isNew && _notFound is not null)
                throw _notFound;
            directory ??= TakePreferred(partition) ?? ChooseDirectory();
            log = PartitionLog.Open(directory.State, partition, topicId, config, directory.SavedState(partition), out _);
            _logs[partition] = log;
            return log;
        }
    }

    /// <summary>Deletes a log; its files go after file.delete.delay.ms. Called by its writer.</summary>
    public void Delete(PartitionLog log)
    {
        CancelMove(log.Partition);
        _logs.TryRemove(new KeyValuePair<TopicPartition, PartitionLog>(log.Partition, log));
        log.Delete();
    }

    /// <summary>Sets a log's files aside: the metadata has no such replica on this node. Called by its writer.</summary>
    public void MarkStray(PartitionLog log)
    {
        _logs.TryRemove(new KeyValuePair<TopicPartition, PartitionLog>(log.Partition, log));
        log.MarkStray();
        _listener.Warning($"{log.Partition} is not in the metadata; its files are kept in {log.DirectoryPath}");
    }

    /// <summary>Asks for the flushes that are due (interval mode) and removes files whose delay is over. Call it about once a second.</summary>
    public void Tick(long nowMs)
    {
        foreach (var (_, log) in _logs)
        {
            if (log.IsFlushDue(nowMs) && !log.Directory.IsOffline)
                Committer.RequestFlush(log, listener: null);
        }
        foreach (var directory in _directories)
        {
            WithDirectory(directory, d =>
            {
                RefreshSpace(d);
                d.State.Deletions.RunDue(nowMs);
            });
        }
    }

    /// <summary>The log that most wants to be compacted: one that is overdue by max.compaction.lag.ms, else the one with the largest part of bytes not yet
    /// compacted. Null when none does. Its writer is to call <see cref="PartitionLog.TryBeginCompaction"/>.</summary>
    public PartitionLog? FindCompactable(long nowMs)
    {
        PartitionLog? best = null;
        var bestRatio = -1.0;
        foreach (var (_, log) in _logs)
        {
            if (!log.WantsCompaction(nowMs, out var estimate))
                continue;
            var ratio = estimate.IsOverdue ? 2 : estimate.DirtyRatio;
            if (ratio > bestRatio)
                (best, bestRatio) = (log, ratio);
        }
        return best;
    }

    /// <summary>Writes all checkpoints of all directories.</summary>
    public void WriteCheckpoints()
    {
        WriteRecoveryPoints();
        WriteLogStartOffsets();
        WriteHighWatermarks();
    }

    /// <summary>Writes the recovery points, from which a start after a crash verifies the logs.</summary>
    public void WriteRecoveryPoints() => WithDirectories(d => d.WriteRecoveryPoints(LogsOf(d)));

    /// <summary>Writes the log start offsets.</summary>
    public void WriteLogStartOffsets() => WithDirectories(d => d.WriteLogStartOffsets(LogsOf(d)));

    /// <summary>Writes the high watermarks.</summary>
    public void WriteHighWatermarks() => WithDirectories(d => d.WriteHighWatermarks(LogsOf(d)));

    /// <summary>After a start that had to recover: syncs what was verified and writes the recovery points, so that another crash soon after does not have
    /// to verify the same again. Takes as long as the disk does; any one thread.</summary>
    /// <returns>Logs that were synced.</returns>
    public int SettleRecovery()
    {
        var count = 0;
        WithDirectories(directory =>
        {
            if (directory.WasCleanShutdown)
                return;
            var logs = LogsOf(directory);
            var unflushed = logs.FindAll(log => log.RecoveryPoint < log.View.LogEndOffset);
            // One sync of the file system writes most of it; what the logs sync after it costs little.
            if (unflushed.Count >= ManyLogs)
                _options.FileSystem.TrySyncAll(directory.Path);
            foreach (var log in unflushed)
                log.Flush();
            directory.WriteRecoveryPoints(logs);
            count += unflushed.Count;
        });
        return count;
    }

    /// <summary>Closes all logs, flushed, and marks the directories as closed in order. Writers must have stopped.</summary>
    /// <param name="brokerEpoch">Kept for the next start, -1 when unknown.</param>
    public void Close(long brokerEpoch = -1)
    {
        if (_disposed)
            return;
        _disposed = true;
        Committer.Dispose();
        foreach (var directory in _directories)
        {
            WithDirectory(directory, d =>
            {
                var logs = LogsOf(d);
                var copies = _futures.Values.Select(future => future.Log).Where(log => log.Directory == d.State);
                CloseAll(d, [.. logs, .. copies]);
                d.WriteRecoveryPoints(logs);
                d.WriteLogStartOffsets(logs);
                d.WriteHighWatermarks(logs);
                d.WriteCleanShutdown(brokerEpoch);
            });
        }
        ReleaseDirectories();
    }

    /// <summary>Logs that were written a little each are synced together; few logs, which may share their file system with others' work, one by
    /// one.</summary>
    private void CloseAll(LogDirectory directory, List<PartitionLog> logs)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        Parallel.ForEach(logs, parallel, static log => log.PrepareClose());
        if (logs.Count(log => log.RecoveryPoint < log.View.LogEndOffset) >= ManyLogs && _options.FileSystem.TrySyncAll(directory.Path))
            logs.ForEach(static log => log.NoteSynced());
        Parallel.ForEach(logs, parallel, static log => log.FinishClose());
    }

    /// <summary>Lets the directories go as a crash would: without flush, checkpoints or marker.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Committer.Dispose();
        ReleaseDirectories();
    }

    private List<PartitionLog> LogsOf(LogDirectory directory) => [.. _logs.Values.Where(log => log.Directory == directory.State)];

    /// <summary>The working directory that has files of the partition although its log is not open: there was no room to open it, or its directory failed
    /// and came back.</summary>
    private LogDirectory? DirectoryWith(TopicPartition partition) => _directories.Find(directory =>
        !directory.State.IsOffline && _options.FileSystem.DirectoryExists(Path.Combine(directory.Path, LogFileNames.Directory(partition))));

    private LogDirectory ChooseDirectory()
    {
        var working = _directories.Where(directory => !directory.State.IsOffline).ToList();
        return working.Count switch
        {
            0 => throw new DirectoryOfflineException(_directories[0].Path, _directories[0].State.Failure),
            1 => working[0],
            _ => working.MinBy(directory => (directory.State.IsFull, _logs.Values.Count(log => log.Directory == directory.State)))!,
        };
    }

    private void RefreshSpace(LogDirectory directory)
    {
        if (directory.State.RefreshSpace(_options.MinFreeBytes, out var available))
            _listener.DiskFullChanged(directory.Path, directory.State.IsFull, available);
    }

    private void OpenDirectories()
    {
        ClusterId = _options.ClusterId ?? FindClusterId() ?? _options.NewClusterId ?? TopicId.NewRandom().ToString();
        Exception? failure = null;
        foreach (var path in _options.Directories)
        {
            var state = new DirectoryState(Path.GetFullPath(path), _handles, _options.ClockMs);
            state.RequestFlush = log => Committer.RequestFlush(log, listener: null);
            state.WentOffline += (s, error) => _listener.DirectoryOffline(s.Path, error);
            try
            {
                var directory = LogDirectory.Open(state, ClusterId, _options.NodeId, _listener);
                state.CheckpointRecoveryPoints = () => directory.WriteRecoveryPoints(LogsOf(directory));
                _directories.Add(directory);
            }
            catch (Exception e) when (e is IOException or CorruptFileException)
            {
                failure = e;
                state.MarkOffline(e);
                _notFound ??= new DirectoryOfflineException(state.Path, e);
            }
        }
        if (_directories.Count == 0)
            throw new LogDirectoryException(_options.Directories[0], failure?.Message ?? "no log directory is configured");
    }

    private string? FindClusterId()
    {
        foreach (var path in _options.Directories)
        {
            try
            {
                if (MetaProperties.TryRead(_options.FileSystem, Path.GetFullPath(path)) is { ClusterId.Length: > 0 } found)
                    return found.ClusterId;
            }
            catch (Exception e) when (e is IOException or CorruptFileException)
            {
                // Opening the directory says what is wrong with it.
            }
        }
        return null;
    }

    private void LoadDirectories()
    {
        var loading = _directories.Select(directory => Task.Factory.StartNew(
            () => LoadLogs(directory), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        Task.WhenAll(loading).GetAwaiter().GetResult();
        if (_directories.Find(directory => directory.State.IsOffline) is { } failed)
            _notFound ??= new DirectoryOfflineException(failed.Path, failed.State.Failure);
    }

    private void LoadLogs(LogDirectory directory)
    {
        WithDirectory(directory, d =>
        {
            RefreshSpace(d);
            var partitions = d.FindPartitions(_foundFutures);
            WarnOfStrays(d);
            _listener.DirectoryLoading(d.Path, partitions.Count, d.WasCleanShutdown);
            var loaded = 0;
            var threads = _options.RecoveryThreads > 0 ? _options.RecoveryThreads : Environment.ProcessorCount;
            // One after the other to whoever is free: a large log must not hold up others that were handed out with it.
            var next = Partitioner.Create(partitions, EnumerablePartitionerOptions.NoBuffering);
            Parallel.ForEach(next, new ParallelOptions { MaxDegreeOfParallelism = threads }, partition =>
            {
                if (LoadLog(d, partition, out var report))
                    _listener.LogLoaded(d.Path, partition, Interlocked.Increment(ref loaded), partitions.Count, report);
            });
            _listener.DirectoryLoaded(d.Path);
        });
    }

    /// <summary>Once at each start: what is set aside is never removed by itself.</summary>
    private void WarnOfStrays(LogDirectory directory)
    {
        var strays = directory.Strays;
        if (strays.Count > 0)
            _listener.Warning($"{directory.Path} has {strays.Count} director{(strays.Count == 1 ? "y" : "ies")} of {strays.Bytes} bytes whose names end in {LogFileNames.StrayDirectorySuffix}: nobody uses them; look, then delete them");
    }

    /// <summary>Opens a log that was found. One that cannot be opened does not keep the node from starting.</summary>
    private bool LoadLog(LogDirectory directory, TopicPartition partition, out RecoveryReport? report)
    {
        report = null;
        if (directory.State.IsOffline)
            return false;
        try
        {
            var log = PartitionLog.Open(
                directory.State, partition, TopicId.Zero, _options.ConfigOf(partition), directory.SavedState(partition), out report);
            Admit(log);
            return true;
        }
        catch (CorruptFileException e)
        {
            _listener.Warning($"{e.Message}; the files of {partition} are kept in {directory.SetAside(partition)}");
        }
        catch (DiskFullException e)
        {
            _listener.Warning($"{partition} is not opened yet: {e.Message}");
        }
        catch (DirectoryOfflineException)
        {
            // Its listener was told.
        }
        return false;
    }

    private void WithDirectories(Action<LogDirectory> action) => _directories.ForEach(directory => WithDirectory(directory, action));

    private static void WithDirectory(LogDirectory directory, Action<LogDirectory> action)
    {
        if (directory.State.IsOffline)
            return;
        try
        {
            action(directory);
        }
        catch (Exception e) when (e is IOException || e is AggregateException { InnerException: IOException })
        {
            if (e is not DiskFullException)
                directory.State.MarkOffline(e);
        }
    }

    private void ReleaseDirectories()
    {
        foreach (var directory in _directories)
            directory.Dispose();
    }
}
