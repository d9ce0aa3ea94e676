using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>Finishes or undoes a compaction that a crash interrupted, as Kafka does: cleaned files are unfinished and go, and so do swap files of the same
/// and later offsets (their renaming had not ended); what remains as swap files is complete and takes the place of the segments whose offsets it
/// covers.</summary>
internal static class SwapRecovery
{
    private static readonly string[] Suffixes =
    [
        LogFileNames.LogSuffix, LogFileNames.OffsetIndexSuffix, LogFileNames.TimeIndexSuffix, LogFileNames.AbortedIndexSuffix,
    ];

    /// <summary>True when files were changed.</summary>
    public static bool Run(FileHandleCache handles, PartitionDirectory directory)
    {
        var fileSystem = handles.FileSystem;
        var names = fileSystem.List(directory.Path).Where(entry => !entry.IsDirectory).Select(entry => entry.Name).ToHashSet();
        var cleaned = names.Where(name => name.EndsWith(LogFileNames.CleanedFileSuffix, StringComparison.Ordinal)).ToList();
        var swaps = names.Where(name => name.EndsWith(LogFileNames.SwapFileSuffix, StringComparison.Ordinal)).ToList();
        if (cleaned.Count == 0 && swaps.Count == 0)
            return false;
        var unfinished = cleaned.Count == 0 ? long.MaxValue : cleaned.Min(name => OffsetOf(name, LogFileNames.CleanedFileSuffix));
        foreach (var name in cleaned.Concat(swaps.Where(name => OffsetOf(name, LogFileNames.SwapFileSuffix) >= unfinished)))
            fileSystem.DeleteFile(directory.Combine(name));
        var finished = swaps.Where(name => OffsetOf(name, LogFileNames.SwapFileSuffix) < unfinished).ToList();
        foreach (var swap in finished)
            RemoveReplaced(handles, directory, swap, names);
        // The log file last: its name tells whether this was done.
        foreach (var swap in finished.OrderBy(name => name.EndsWith(LogFileNames.LogSuffix + LogFileNames.SwapFileSuffix, StringComparison.Ordinal)))
            fileSystem.MoveFile(directory.Combine(swap), directory.Combine(swap[..^LogFileNames.SwapFileSuffix.Length]));
        fileSystem.SyncDirectory(directory.Path);
        return true;
    }

    /// <summary>Removes the segments whose offsets a compacted one covers. One whose log file is gone has none of its other files left: what lies
    /// there under their names is the compacted segment's.</summary>
    private static void RemoveReplaced(FileHandleCache handles, PartitionDirectory directory, string swap, HashSet<string> names)
    {
        var name = swap[..^LogFileNames.SwapFileSuffix.Length];
        if (!LogFileNames.TryParseSegment(name, LogFileNames.LogSuffix, out var baseOffset))
            return;
        var end = EndOf(new LogFile(handles, directory, swap), baseOffset);
        foreach (var old in names)
        {
            if (!LogFileNames.TryParseSegment(old, LogFileNames.LogSuffix, out var offset) || offset < baseOffset || offset >= end)
                continue;
            foreach (var suffix in Suffixes)
                handles.FileSystem.DeleteFile(directory.Combine(LogFileNames.Segment(offset, suffix)));
        }
    }

    private static long EndOf(LogFile log, long baseOffset)
    {
        long length;
        var file = log.Acquire();
        try
        {
            length = file.Length;
        }
        finally
        {
            log.Release();
        }
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(log, 0, length, window);
        var end = baseOffset + 1;
        while (scanner.MoveNext())
            end = scanner.Header.NextOffset;
        log.Close();
        return end;
    }

    private static long OffsetOf(string name, string suffix)
    {
        var stem = name[..^suffix.Length];
        foreach (var kind in Suffixes)
        {
            if (LogFileNames.TryParseSegment(stem, kind, out var offset))
                return offset;
        }
        return long.MaxValue;
    }
}
