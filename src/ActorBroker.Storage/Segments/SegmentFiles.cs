using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>The files of a partition directory at start, sorted, after leftovers were removed.</summary>
internal sealed class SegmentFiles
{
    private readonly Dictionary<string, FileEntry> _entries = [];

    /// <summary>Base offsets, ascending.</summary>
    public List<long> Segments { get; } = [];

    /// <summary>Offsets of the producer snapshots, ascending.</summary>
    public List<long> Snapshots { get; } = [];

    public static SegmentFiles List(FileHandleCache handles, PartitionDirectory partition)
    {
        SwapRecovery.Run(handles, partition);
        var fileSystem = handles.FileSystem;
        var directory = partition.Path;
        var files = new SegmentFiles();
        foreach (var entry in fileSystem.List(directory))
        {
            if (entry.IsDirectory)
                continue;
            if (IsLeftover(entry.Name))
            {
                fileSystem.DeleteFile(Path.Combine(directory, entry.Name));
                continue;
            }
            files._entries[entry.Name] = entry;
            if (LogFileNames.TryParseSegment(entry.Name, LogFileNames.LogSuffix, out var baseOffset))
                files.Segments.Add(baseOffset);
            else if (LogFileNames.TryParseSegment(entry.Name, LogFileNames.ProducerSnapshotSuffix, out var offset))
                files.Snapshots.Add(offset);
        }
        files.Segments.Sort();
        files.Snapshots.Sort();
        return files;
    }

    public FileEntry? Find(long baseOffset, string suffix) =>
        _entries.TryGetValue(LogFileNames.Segment(baseOffset, suffix), out var entry) ? entry : null;

    public long LengthOf(long baseOffset, string suffix) => Find(baseOffset, suffix)?.Length ?? 0;

    private static bool IsLeftover(string name) =>
        name.EndsWith(LogFileNames.DeletedFileSuffix, StringComparison.Ordinal)
        || name.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal);
}
