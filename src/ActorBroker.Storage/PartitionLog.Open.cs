using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <summary>What the log directory's checkpoints say about a log that is opened.</summary>
/// <param name="WasCleanShutdown">Whether the node closed its logs in order: then nothing is recovered.</param>
/// <param name="RecoveryPoint">Everything below was flushed; 0 when unknown.</param>
/// <param name="LostPower">Whether the operating system may have gone down too: then index entries that no flush covered may be missing or torn
/// anywhere, and those of segments that are not flushed whole are made again.</param>
/// <param name="FirstDirtyOffset">Everything below was compacted.</param>
public readonly record struct OpenState(
    bool WasCleanShutdown, Offset RecoveryPoint, Offset LogStartOffset, Offset HighWatermark, bool LostPower = false, Offset FirstDirtyOffset = default);

/// <summary>What opening a log found and did.</summary>
/// <param name="ScannedBytes">Bytes beyond the recovery point whose checksums were verified.</param>
/// <param name="CutBytes">Bytes of a torn tail that were cut off, segments behind it included.</param>
/// <param name="CutFrom">The log end after the cut.</param>
/// <param name="Reason">Why the tail was cut; null when it was not.</param>
/// <param name="RebuiltIndexes">Segments whose indexes were missing or corrupt and were made again.</param>
public sealed record RecoveryReport(TopicPartition Partition, long ScannedBytes, long CutBytes, Offset CutFrom, string? Reason, int RebuiltIndexes);

public sealed partial class PartitionLog
{
    /// <summary>Opens the log in the directory that Kafka would give it, or creates it there. Any thread; the caller becomes the writer or hands the log
    /// to it. Throws <see cref="DirectoryOfflineException"/> when the directory fails.</summary>
    /// <param name="topicId">For partition.metadata of a new log; of an existing one the file counts, see <see cref="TopicId"/>.</param>
    /// <param name="report">Null when there was nothing to recover.</param>
    public static PartitionLog Open(
        DirectoryState state, TopicPartition partition, TopicId topicId, LogConfig config, OpenState saved, out RecoveryReport? report) =>
        Open(state, LogFileNames.Directory(partition), partition, topicId, config, saved, out report);

    /// <param name="name">Of the partition's directory, where it is not the usual one.</param>
    internal static PartitionLog Open(
        DirectoryState state, string name, TopicPartition partition, TopicId topicId, LogConfig config, OpenState saved, out RecoveryReport? report)
    {
        var directory = new PartitionDirectory(Path.Combine(state.Path, name));
        var log = new PartitionLog(state, directory, partition, topicId, config);
        RecoveryReport? found = null;
        log.Guarded(() =>
        {
            if (state.FileSystem.DirectoryExists(directory.Path))
                found = log.Load(saved);
            else
                log.Create(saved);
        });
        report = found;
        return log;
    }

    private void Create(OpenState saved)
    {
        _state.FileSystem.CreateDirectory(_directory.Path);
        PartitionMetadataFile.Write(_state.FileSystem, _directory.Combine(LogFileNames.PartitionMetadata), TopicId);
        StartAt(Math.Max(0, saved.LogStartOffset.Value), isFirst: true);
        Publish();
    }

    /// <summary>Makes the log one empty segment.</summary>
    private void StartAt(long offset, bool isFirst = false)
    {
        _segments = [NewSegment(offset, isFirst)];
        _tail.Clear();
        _logStartOffset = _highWatermark = _logEndOffset = offset;
        Volatile.Write(ref _recoveryPoint, offset);
    }

    private RecoveryReport? Load(OpenState saved)
    {
        var topicId = PartitionMetadataFile.Read(_state.FileSystem, _directory.Combine(LogFileNames.PartitionMetadata));
        if (topicId != TopicId.Zero)
            TopicId = topicId;
        else if (TopicId != TopicId.Zero)
            RestoreMetadata();

        var files = SegmentFiles.List(_state.Handles, _directory);
        if (files.Segments.Count == 0)
        {
            StartAt(Math.Max(0, saved.LogStartOffset.Value));
            Publish();
            return null;
        }
        var epochs = LoadEpochs();
        var recovery = new LogRecovery(_state, _directory, _config, files, saved, epochs.Cache);
        _segments = recovery.Run();
        _logEndOffset = recovery.LogEndOffset;
        _logStartOffset = Math.Max(saved.LogStartOffset.Value, _segments[0].BaseOffset);
        if (_logStartOffset > _logEndOffset)
        {
            // Everything that was left lies below the log start: begin anew there.
            foreach (var segment in _segments)
                segment.DeleteFiles();
            StartAt(_logStartOffset);
        }
        _highWatermark = Math.Clamp(saved.HighWatermark.Value, _logStartOffset, _logEndOffset);
        Volatile.Write(ref _recoveryPoint, saved.WasCleanShutdown ? _logEndOffset : Math.Clamp(saved.RecoveryPoint.Value, 0, _logEndOffset));

        // Indexes that recovery made are to be synced with the next flush.
        _directoryUnsynced = !saved.WasCleanShutdown;
        if (_recoveryPoint < _logEndOffset)
            Volatile.Write(ref _firstUnflushedMs, _state.NowMs);

        _firstDirtyOffset = saved.FirstDirtyOffset.Value;
        _epochs = epochs.Cache;
        var known = epochs.IsComplete ? recovery.Epochs : EpochsOfAllBatches();
        CutEpochs(known.TruncateFromEnd(_logEndOffset).TruncateFromStart(_logStartOffset));
        LoadProducers(files.Snapshots);
        Publish();
        return recovery.Report(Partition);
    }

    /// <summary>Writes partition.metadata again, which a power failure took. On a full disk the next start does it.</summary>
    private void RestoreMetadata()
    {
        try
        {
            PartitionMetadataFile.Write(_state.FileSystem, _directory.Combine(LogFileNames.PartitionMetadata), TopicId);
        }
        catch (DiskFullException)
        {
        }
    }

    /// <summary>The checkpointed epochs. Not complete when the file is lost or unreadable: then the batches have to be asked.</summary>
    private (LeaderEpochCache Cache, bool IsComplete) LoadEpochs()
    {
        try
        {
            var entries = LeaderEpochCheckpointFile.TryRead(_state.FileSystem, _directory.Combine(LogFileNames.LeaderEpochCheckpoint));
            return entries is null ? (LeaderEpochCache.Empty, false) : (LeaderEpochCache.From(entries), true);
        }
        catch (CorruptFileException)
        {
            return (LeaderEpochCache.Empty, false);
        }
    }

    private LeaderEpochCache EpochsOfAllBatches()
    {
        var epochs = LeaderEpochCache.Empty;
        VisitBatches(_logStartOffset, (header, _, _) => epochs = epochs.With(header.LeaderEpoch, header.BaseOffset));
        return epochs;
    }

    /// <summary>Walks the headers of all batches from the one that holds <paramref name="from"/> on.</summary>
    private void VisitBatches(long from, Action<BatchHeader, Segment, long> visit)
    {
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        for (var i = 0; i < _segments.Length; i++)
        {
            var end = i == _segments.Length - 1 ? _logEndOffset : _segments[i + 1].BaseOffset;
            if (end <= from)
                continue;
            var segment = _segments[i];
            var index = segment.OffsetIndex.View;
            var relative = (int)Math.Clamp(from - segment.BaseOffset, 0, int.MaxValue);
            var start = index.TryGetOffsetEntry(index.FloorByOffset(relative), out _, out var position) ? position : 0;
            var scanner = new HeaderScanner(segment.Log, start, segment.Size, window);
            while (scanner.MoveNext())
            {
                if (scanner.Header.LastOffset >= from)
                    visit(scanner.Header, segment, scanner.Position);
            }
        }
    }
}
