using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Known damage by file. Replaced whole, so that readers need no lock; null as long as all is well.</summary>
    private (LogFile File, CorruptRange Range)[]? _corrupt;

    /// <summary>Damage that was found and is still part of the log. Any thread.</summary>
    public IReadOnlyList<CorruptRange> CorruptRanges
    {
        get
        {
            var known = Volatile.Read(ref _corrupt);
            if (known is null)
                return [];
            var files = View.Content.Segments.Select(segment => segment.Log).ToHashSet();
            return [.. known.Where(entry => files.Contains(entry.File)).Select(entry => entry.Range)];
        }
    }

    /// <summary>Keeps a range from being served. Any thread.</summary>
    internal void MarkCorrupt(LogFile file, CorruptRange range)
    {
        while (true)
        {
            var known = Volatile.Read(ref _corrupt);
            if (known is not null && Array.Exists(known, entry => entry.File == file && entry.Range.Position == range.Position))
                return;
            if (Interlocked.CompareExchange(ref _corrupt, [.. known ?? [], (file, range)], known) == known)
                return;
        }
    }

    /// <summary>Bytes of the range are whole again, or gone. Any thread.</summary>
    internal void ForgetCorrupt(LogFile file, long start, long end)
    {
        while (true)
        {
            var known = Volatile.Read(ref _corrupt);
            var rest = known?.Where(entry => entry.File != file || entry.Range.Position < start || entry.Range.Position >= end).ToArray();
            if (rest is null || rest.Length == known!.Length)
                return;
            if (Interlocked.CompareExchange(ref _corrupt, rest.Length == 0 ? null : rest, known) == known)
                return;
        }
    }

    /// <summary>Whether known damage ends at a position of the file and begins at or before an offset: then the next batch from that offset on that can be
    /// found need not be the next one that was written.</summary>
    internal bool IsDamagedBefore(LogFile file, long position, long offset)
    {
        var known = Volatile.Read(ref _corrupt);
        return known is not null
            && Array.Exists(known, entry => entry.File == file && entry.Range.Position + entry.Range.Length == position && entry.Range.Offset.Value <= offset);
    }

    /// <summary>Where the first known damage in [<paramref name="start"/>, <paramref name="end"/>) of the file is; the end when there is none.</summary>
    internal long FirstCorruptPosition(LogFile file, long start, long end)
    {
        var known = Volatile.Read(ref _corrupt);
        if (known is null)
            return end;
        var first = end;
        foreach (var (corruptFile, range) in known)
        {
            if (corruptFile == file && range.Position < first && range.Position + range.Length > start)
                first = Math.Max(start, range.Position);
        }
        return first;
    }
}
