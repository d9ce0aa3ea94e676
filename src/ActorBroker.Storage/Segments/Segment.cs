using ActorBroker.Records;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;

namespace ActorBroker.Storage.Segments;

/// <summary>One segment of a log: its files, and what the writer knows of them. The last segment of a log is the active one; how much of it
/// readers may see is said by their view, never by this object. Segments that are closed do not change; a segment that is opened again by a
/// truncation gets a new object over the same files.</summary>
internal sealed class Segment
{
    private const long Unknown = long.MinValue;

    private long _maxTimestamp = Unknown;
    private long _maxTimestampOffset;
    private long _firstTimestamp = Unknown;

    /// <param name="suffix">Behind the names of all files, of segments that are not in the log yet.</param>
    public Segment(
        FileHandleCache handles, PartitionDirectory directory, long baseOffset, int indexCount = 0, int timeIndexCount = 0, int abortedCount = 0, string suffix = "")
    {
        BaseOffset = baseOffset;
        Log = FileOf(LogFileNames.LogSuffix);
        OffsetIndex = new SparseIndex(FileOf(LogFileNames.OffsetIndexSuffix), SparseIndex.OffsetEntrySize, indexCount);
        TimeIndex = new SparseIndex(FileOf(LogFileNames.TimeIndexSuffix), SparseIndex.TimeEntrySize, timeIndexCount);
        Aborted = new AbortedTransactionIndex(FileOf(LogFileNames.AbortedIndexSuffix), abortedCount);

        LogFile FileOf(string kind) => new(handles, directory, LogFileNames.Segment(baseOffset, kind) + suffix);
    }

    private Segment(long baseOffset, LogFile log, SparseIndex offsetIndex, SparseIndex timeIndex, AbortedTransactionIndex aborted)
    {
        BaseOffset = baseOffset;
        Log = log;
        OffsetIndex = offsetIndex;
        TimeIndex = timeIndex;
        Aborted = aborted;
    }

    public long BaseOffset { get; }

    public LogFile Log { get; }

    public SparseIndex OffsetIndex { get; }

    public SparseIndex TimeIndex { get; }

    public AbortedTransactionIndex Aborted { get; }

    /// <summary>Bytes of whole batches. Final once the segment is closed.</summary>
    public int Size { get; set; }

    /// <summary>Bytes appended since the last index entry.</summary>
    public int BytesSinceIndexEntry { get; set; }

    /// <summary>When the segment was last written, milliseconds since 1970; ages segments whose records have no timestamp.</summary>
    public long LastWriteMs { get; set; }

    /// <summary>When the segment was made (of one found at start: last written), milliseconds since 1970.</summary>
    public long CreatedMs { get; set; }

    public IEnumerable<LogFile> Files => [Log, OffsetIndex.File, TimeIndex.File, Aborted.File];

    /// <summary>Whether index entries were written that no sync has covered.</summary>
    public bool HasUnsyncedIndexes => OffsetIndex.IsUnsynced || TimeIndex.IsUnsynced;

    /// <summary>The largest record timestamp, or -1. Of a segment found at start it is read from its time index on first use.</summary>
    public long MaxTimestamp
    {
        get
        {
            var known = Volatile.Read(ref _maxTimestamp);
            return known != Unknown ? known : LoadMaxTimestamp();
        }
    }

    /// <summary>The last offset of the batch that holds <see cref="MaxTimestamp"/>.</summary>
    public long MaxTimestampOffset
    {
        get
        {
            _ = MaxTimestamp;
            return Volatile.Read(ref _maxTimestampOffset);
        }
    }

    /// <summary>The first batch's timestamp, which the age of the segment counts from; -1 when it is empty or has none.</summary>
    public long FirstTimestamp
    {
        get
        {
            if (_firstTimestamp == Unknown && Size > 0)
            {
                Span<byte> bytes = stackalloc byte[BatchHeader.MaxSize];
                _firstTimestamp = BatchHeader.TryRead(bytes[..Log.Read(bytes, 0)], out var header) ? header.MaxTimestamp : RecordBatch.NoTimestamp;
            }
            return _firstTimestamp == Unknown ? RecordBatch.NoTimestamp : _firstTimestamp;
        }
    }

    /// <summary>Notes an appended batch in the indexes. <see cref="Size"/> is moved by the caller.</summary>
    public void Index(in BatchHeader header, int position, int indexIntervalBytes)
    {
        if (_firstTimestamp == Unknown && position == 0)
            _firstTimestamp = header.MaxTimestamp;
        if (header.MaxTimestamp > MaxTimestamp)
            SetMaxTimestamp(header.MaxTimestamp, header.LastOffset);
        if (BytesSinceIndexEntry > indexIntervalBytes)
        {
            Span<byte> entry = stackalloc byte[SparseIndex.OffsetEntrySize];
            SparseIndex.WriteOffsetEntry(entry, (int)(header.LastOffset - BaseOffset), position);
            OffsetIndex.Append(entry);
            AddTimeEntry();
            BytesSinceIndexEntry = 0;
            if (OffsetIndex.WantsWrite)
                WriteIndexes();
        }
        BytesSinceIndexEntry += header.Size;
    }

    /// <summary>Adds the largest timestamp so far to the time index, unless the index ends with it already.</summary>
    public void AddTimeEntry()
    {
        var timestamp = MaxTimestamp;
        if (timestamp < 0 || (TimeIndex.View.TryGetTimeEntry(TimeIndex.Count - 1, out var last, out _) && last >= timestamp))
            return;
        Span<byte> entry = stackalloc byte[SparseIndex.TimeEntrySize];
        SparseIndex.WriteTimeEntry(entry, timestamp, (int)(MaxTimestampOffset - BaseOffset));
        TimeIndex.Append(entry);
    }

    /// <summary>Writes what is gathered of the indexes, with the last time entry: the segment is rolled or its log closed.</summary>
    public void CompleteIndexes()
    {
        AddTimeEntry();
        WriteIndexes();
    }

    private void WriteIndexes()
    {
        try
        {
            // Times first: recovery takes the last offset entry for the place up to which both are complete.
            TimeIndex.WritePending();
            OffsetIndex.WritePending();
        }
        catch (DiskFullException)
        {
            // The entries stay in memory until there is room; without them a restart only scans more.
        }
    }

    public void SetMaxTimestamp(long timestamp, long offset)
    {
        Volatile.Write(ref _maxTimestampOffset, offset);
        Volatile.Write(ref _maxTimestamp, timestamp);
    }

    /// <summary>The same files with nothing known of them yet: the state of a segment that is truncated.</summary>
    public Segment Reopened(int size) => new(BaseOffset, Log, OffsetIndex, TimeIndex, Aborted) { Size = size, LastWriteMs = LastWriteMs, CreatedMs = CreatedMs };

    /// <summary>Whether an offset can be told relative to the base offset in an index entry.</summary>
    public bool CanHold(long offset) => offset - BaseOffset is >= 0 and <= int.MaxValue;

    /// <summary>Gives the files the names of files that wait for removal; the log file last, so that its name tells whether this was done.</summary>
    public void MarkDeleted()
    {
        foreach (var file in Files.Reverse())
        {
            if (!file.Name.EndsWith(LogFileNames.DeletedFileSuffix, StringComparison.Ordinal))
                file.Rename(file.Name + LogFileNames.DeletedFileSuffix);
        }
    }

    /// <summary>Gives all files another suffix; the log file last, so that it appears under its new name only with its indexes.</summary>
    public void ChangeSuffix(string from, string to)
    {
        foreach (var file in Files.Reverse())
            file.Rename(file.Name[..^from.Length] + to);
    }

    /// <summary>Notes that the index files were synced by other means.</summary>
    public void NoteSynced()
    {
        OffsetIndex.NoteSynced();
        TimeIndex.NoteSynced();
    }

    /// <summary>Makes all files survive a power failure.</summary>
    public void Sync()
    {
        foreach (var file in Files)
            file.Sync();
    }

    public void DeleteFiles()
    {
        foreach (var file in Files)
            file.Delete();
    }

    private long LoadMaxTimestamp()
    {
        if (!TimeIndex.View.TryGetTimeEntry(TimeIndex.Count - 1, out var timestamp, out var relativeOffset))
            timestamp = RecordBatch.NoTimestamp;
        SetMaxTimestamp(timestamp, BaseOffset + relativeOffset);
        return timestamp;
    }
}
