using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>A directory that a partition was being moved into when the node stopped.</summary>
/// <param name="Partition">As the name says it, which is cut where the topic's is long.</param>
internal readonly record struct FutureDirectory(LogDirectory Directory, TopicPartition Partition, string Name)
{
    public string Path => System.IO.Path.Combine(Directory.Path, Name);
}

/// <summary>One log directory (log.dirs): locked, checked to be this node's, with its checkpoints.</summary>
public sealed class LogDirectory : IDisposable
{
    private readonly IStorageListener _listener;
    private readonly Lock _checkpointGate = new();

    /// <summary>What this process wrote last into each checkpoint file.</summary>
    private readonly Dictionary<string, List<KeyValuePair<TopicPartition, Offset>>> _checkpoints = [];

    private IDisposable? _lock;
    private Dictionary<TopicPartition, Offset> _recoveryPoints = [];
    private Dictionary<TopicPartition, Offset> _logStartOffsets = [];
    private Dictionary<TopicPartition, Offset> _highWatermarks = [];
    private Dictionary<TopicPartition, Offset> _firstDirtyOffsets = [];

    private LogDirectory(DirectoryState state, IStorageListener listener)
    {
        State = state;
        _listener = listener;
    }

    public DirectoryState State { get; }

    public string Path => State.Path;

    /// <summary>Whether the node closed this directory in order the last time.</summary>
    public bool WasCleanShutdown { get; private set; }

    /// <summary>The broker epoch that the clean shutdown noted, -1 when there is none.</summary>
    public long PreviousBrokerEpoch { get; private set; } = -1;

    /// <summary>Whether the operating system may have gone down since the directory was last in use.</summary>
    public bool LostPower { get; private set; }

    /// <summary>What is set aside in it, looked up on the disk.</summary>
    public StrayDirectories Strays => StrayDirectories.In(FileSystem, Path);

    private IFileSystem FileSystem => State.FileSystem;

    /// <summary>Creates, locks and checks the directory. Throws <see cref="LogDirectoryException"/> when it is not ours, <see cref="IOException"/> when
    /// it does not work.</summary>
    /// <param name="clusterId">What meta.properties must say, and what a new one gets; null accepts any, and needs an existing one.</param>
    internal static LogDirectory Open(DirectoryState state, string? clusterId, NodeId nodeId, IStorageListener listener)
    {
        var directory = new LogDirectory(state, listener);
        state.FileSystem.CreateDirectory(state.Path);
        directory._lock = state.FileSystem.TryLock(System.IO.Path.Combine(state.Path, LogFileNames.Lock))
            ?? throw new LogDirectoryException(state.Path, "it is in use by another process (.lock is held)");
        try
        {
            directory.CheckOwner(clusterId, nodeId);
            directory.WasCleanShutdown = CleanShutdownMarker.TryTake(state.FileSystem, state.Path, out var epoch);
            directory.PreviousBrokerEpoch = epoch;
            directory.CheckBootId();
            directory.ReadCheckpoints();
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>The partitions that have a directory here, after leftovers of deleted ones were removed.</summary>
    /// <param name="futures">Takes the directories of partitions that were being moved here.</param>
    internal List<TopicPartition> FindPartitions(ConcurrentBag<FutureDirectory> futures)
    {
        var partitions = new List<TopicPartition>();
        foreach (var entry in FileSystem.List(Path))
        {
            if (!entry.IsDirectory)
                continue;
            if (entry.Name.EndsWith(LogFileNames.DeletedDirectorySuffix, StringComparison.Ordinal))
                FileSystem.DeleteDirectory(FileOf(entry.Name));
            else if (LogFileNames.TryParseDirectory(entry.Name, out var partition))
                partitions.Add(partition);
            else if (LogFileNames.TryParseFuture(entry.Name, out partition))
                futures.Add(new FutureDirectory(this, partition, entry.Name));
        }
        return partitions;
    }

    /// <summary>Gives a partition's directory, which cannot be opened, a name that no broker uses.</summary>
    internal string SetAside(TopicPartition partition)
    {
        var path = FileOf(LogFileNames.DirectoryAside(partition, LogFileNames.StrayDirectorySuffix));
        FileSystem.MoveDirectory(FileOf(LogFileNames.Directory(partition)), path);
        return path;
    }

    /// <summary>What the checkpoints say about a partition.</summary>
    internal OpenState SavedState(TopicPartition partition) => new(
        WasCleanShutdown,
        _recoveryPoints.GetValueOrDefault(partition),
        _logStartOffsets.GetValueOrDefault(partition),
        _highWatermarks.GetValueOrDefault(partition),
        LostPower,
        _firstDirtyOffsets.GetValueOrDefault(partition));

    /// <summary>Replaces the checkpoint of recovery points, and with it that of compactions.</summary>
    internal void WriteRecoveryPoints(IReadOnlyCollection<PartitionLog> logs)
    {
        WriteCheckpoint(LogFileNames.RecoveryPointCheckpoint, [.. logs.Select(log => KeyValuePair.Create(log.Partition, log.RecoveryPoint))]);
        WriteCheckpoint(
            LogFileNames.CleanerOffsetCheckpoint,
            [.. logs.Where(log => log.FirstDirtyOffset.Value > 0).Select(log => KeyValuePair.Create(log.Partition, log.FirstDirtyOffset))]);
    }

    /// <summary>Replaces the checkpoint of log start offsets: those that the names of the segments do not tell.</summary>
    internal void WriteLogStartOffsets(IReadOnlyCollection<PartitionLog> logs) => WriteCheckpoint(
        LogFileNames.LogStartOffsetCheckpoint,
        [
            .. logs.Where(log => log.View.LogStartOffset > log.View.FirstSegmentBaseOffset).Select(log => KeyValuePair.Create(log.Partition, log.View.LogStartOffset)),
        ]);

    /// <summary>Replaces the checkpoint of high watermarks.</summary>
    internal void WriteHighWatermarks(IReadOnlyCollection<PartitionLog> logs) =>
        WriteCheckpoint(LogFileNames.HighWatermarkCheckpoint, [.. logs.Select(log => KeyValuePair.Create(log.Partition, log.View.HighWatermark))]);

    /// <summary>Writes nothing when the file says the same already: an idle node leaves the disk alone.</summary>
    private void WriteCheckpoint(string name, List<KeyValuePair<TopicPartition, Offset>> entries)
    {
        lock (_checkpointGate)
        {
            entries.Sort(static (left, right) =>
            {
                var byTopic = string.CompareOrdinal(left.Key.Topic, right.Key.Topic);
                return byTopic != 0 ? byTopic : left.Key.Partition.CompareTo(right.Key.Partition);
            });
            if (_checkpoints.TryGetValue(name, out var written) && written.SequenceEqual(entries))
                return;
            OffsetCheckpointFile.Write(FileSystem, FileOf(name), entries);
            _checkpoints[name] = entries;
        }
    }

    internal void WriteCleanShutdown(long brokerEpoch) => CleanShutdownMarker.Write(FileSystem, Path, brokerEpoch);

    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private string FileOf(string name) => System.IO.Path.Combine(Path, name);

    private void CheckOwner(string? clusterId, NodeId nodeId)
    {
        var found = MetaProperties.TryRead(FileSystem, Path);
        if (found is null)
        {
            found = new MetaProperties(clusterId ?? throw new LogDirectoryException(Path, "meta.properties is missing"), nodeId, TopicId.NewRandom());
            found.Write(FileSystem, Path);
        }
        if (clusterId is not null && found.ClusterId != "" && found.ClusterId != clusterId)
            throw new LogDirectoryException(Path, $"it belongs to cluster {found.ClusterId}, not to {clusterId}");
        if (found.NodeId.Value >= 0 && found.NodeId != nodeId)
            throw new LogDirectoryException(Path, $"it belongs to node {found.NodeId}, not to node {nodeId}");
        if (found.DirectoryId == TopicId.Zero)
        {
            found = new MetaProperties(found.ClusterId == "" ? clusterId ?? "" : found.ClusterId, nodeId, TopicId.NewRandom());
            found.Write(FileSystem, Path);
        }
        State.Id = found.DirectoryId;
    }

    private void CheckBootId()
    {
        var now = FileSystem.BootId;
        LostPower = now is null || AtomicFile.TryReadText(FileSystem, FileOf(LogFileNames.BootId)) != now;
        if (!LostPower || now is null)
            return;
        try
        {
            AtomicFile.WriteText(FileSystem, FileOf(LogFileNames.BootId), now, sync: false);
        }
        catch (DiskFullException)
        {
            // The next start takes more care than it needs to.
        }
    }

    private void ReadCheckpoints()
    {
        _recoveryPoints = ReadCheckpoint(LogFileNames.RecoveryPointCheckpoint);
        _logStartOffsets = ReadCheckpoint(LogFileNames.LogStartOffsetCheckpoint);
        _highWatermarks = ReadCheckpoint(LogFileNames.HighWatermarkCheckpoint);
        _firstDirtyOffsets = ReadCheckpoint(LogFileNames.CleanerOffsetCheckpoint);
    }

    private Dictionary<TopicPartition, Offset> ReadCheckpoint(string name)
    {
        try
        {
            return OffsetCheckpointFile.Read(FileSystem, FileOf(name));
        }
        catch (CorruptFileException e)
        {
            // Without it more is recovered than needed, and high watermarks are found again by replication.
            _listener.Warning(e.Message);
            return [];
        }
    }
}
