using ActorBroker.Model;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;

namespace ActorBroker.Storage.Segments;

/// <summary>Opens the segments of a log that exists: trusts what was flushed, verifies what was not, cuts a torn tail.</summary>
internal sealed class LogRecovery(
    DirectoryState state, PartitionDirectory directory, LogConfig config, SegmentFiles files, OpenState saved, LeaderEpochCache epochs)
{
    private LeaderEpochCache _epochs = epochs;
    private long _scannedBytes;
    private long _cutBytes;
    private string? _reason;
    private int _rebuiltIndexes;

    public long LogEndOffset { get; private set; }

    /// <summary>The checkpointed epochs, and those of the batches that were walked over.</summary>
    public LeaderEpochCache Epochs => _epochs;

    public Segment[] Run()
    {
        var opened = new List<Segment>(files.Segments.Count);
        for (var i = 0; i < files.Segments.Count; i++)
        {
            var isLast = i == files.Segments.Count - 1;
            var segment = OpenSegment(files.Segments[i], out var fileLength);
            // A flush past the segment's end has synced its indexes too; one up to its end may have come before they were complete.
            var isFlushed = saved.WasCleanShutdown || (!isLast && files.Segments[i + 1] < saved.RecoveryPoint.Value);
            var scan = isFlushed ? Trust(segment, fileLength, isLast) : Verify(segment, fileLength, saved.RecoveryPoint.Value);
            if (!isFlushed && !isLast)
                scan = Complete(segment, scan, files.Segments[i + 1]);
            segment.Size = scan.ValidBytes;
            opened.Add(segment);
            LogEndOffset = scan.NextOffset;
            if (scan.Problem is null)
                continue;
            Cut(segment, fileLength, scan, i);
            break;
        }
        return [.. opened];
    }

    public RecoveryReport? Report(TopicPartition partition) =>
        _scannedBytes == 0 && _cutBytes == 0 && _rebuiltIndexes == 0 && _reason is null
            ? null
            : new RecoveryReport(partition, _scannedBytes, _cutBytes, new Offset(LogEndOffset), _reason, _rebuiltIndexes);

    private Segment OpenSegment(long baseOffset, out long fileLength)
    {
        var log = files.Find(baseOffset, LogFileNames.LogSuffix)!.Value;
        fileLength = log.Length;
        return new Segment(
            state.Handles,
            directory,
            baseOffset,
            (int)(files.LengthOf(baseOffset, LogFileNames.OffsetIndexSuffix) / SparseIndex.OffsetEntrySize),
            (int)(files.LengthOf(baseOffset, LogFileNames.TimeIndexSuffix) / SparseIndex.TimeEntrySize),
            (int)(files.LengthOf(baseOffset, LogFileNames.AbortedIndexSuffix) / AbortedTransactionIndex.EntrySize))
        {
            Size = (int)Math.Min(fileLength, int.MaxValue),
            LastWriteMs = log.LastWriteMs,
            CreatedMs = log.LastWriteMs,
        };
    }

    /// <summary>A segment that was flushed whole. Its bytes are not read, except the end of the active one, unless its indexes are missing.</summary>
    private SegmentScan Trust(Segment segment, long fileLength, bool isLast)
    {
        if (fileLength == 0)
            return new SegmentScan(0, segment.BaseOffset, 0, null);
        var indexesAreMissing = segment.TimeIndex.Count == 0 && segment.OffsetIndex.Count == 0;
        if (!indexesAreMissing && !isLast)
            return new SegmentScan((int)fileLength, segment.BaseOffset, 0, null);
        if (!indexesAreMissing && SegmentRecovery.LoadEnd(segment, fileLength) is { } scan)
            return scan;
        _rebuiltIndexes++;
        return SegmentRecovery.Scan(segment, fileLength, long.MaxValue, config.IndexIntervalBytes, AddEpoch);
    }

    private SegmentScan Verify(Segment segment, long fileLength, long trustedUpTo)
    {
        segment.OffsetIndex.MarkUnsynced();
        segment.TimeIndex.MarkUnsynced();
        segment.Aborted.TruncateTo(Math.Max(trustedUpTo, segment.BaseOffset));
        if (saved.LostPower)
        {
            segment.OffsetIndex.TruncateTo(0);
            segment.TimeIndex.TruncateTo(0);
        }
        var scan = SegmentRecovery.Scan(segment, fileLength, trustedUpTo, config.IndexIntervalBytes, AddEpoch);
        _scannedBytes += scan.Scanned;
        return scan;
    }

    /// <summary>Makes a closed segment's indexes final, and finds out whether batches are missing between it and the next.</summary>
    private SegmentScan Complete(Segment segment, SegmentScan scan, long nextBaseOffset)
    {
        segment.CompleteIndexes();
        // After a power failure a gap is a tail that did not reach the disk. It may also be legal, where a compacted log was copied; then what is cut is
        // copied again.
        return saved.LostPower && scan.Problem is null && scan.NextOffset < nextBaseOffset
            ? scan with { Problem = $"offsets {scan.NextOffset} to {nextBaseOffset - 1} are missing" }
            : scan;
    }

    private void AddEpoch(BatchHeader header) => _epochs = _epochs.With(header.LeaderEpoch, header.BaseOffset);

    /// <summary>Cuts the file to its valid bytes and removes the segments behind it: nothing may follow a gap.</summary>
    private void Cut(Segment segment, long fileLength, SegmentScan scan, int index)
    {
        segment.Log.SetLength(scan.ValidBytes);
        segment.Aborted.TruncateTo(scan.NextOffset);
        _cutBytes = fileLength - scan.ValidBytes;
        _reason = $"{Path.GetFileName(segment.Log.Path)} at position {scan.ValidBytes}: {scan.Problem}";
        foreach (var later in files.Segments.Skip(index + 1))
        {
            _cutBytes += files.LengthOf(later, LogFileNames.LogSuffix);
            new Segment(state.Handles, directory, later).DeleteFiles();
        }
        foreach (var snapshot in files.Snapshots.Where(offset => offset > scan.NextOffset).ToList())
        {
            files.Snapshots.Remove(snapshot);
            state.FileSystem.DeleteFile(directory.Combine(LogFileNames.Segment(snapshot, LogFileNames.ProducerSnapshotSuffix)));
        }
        // What was cut must not come back beside what is appended in its place.
        segment.Log.Sync();
        state.FileSystem.SyncDirectory(directory.Path);
    }
}
