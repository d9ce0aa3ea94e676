using ActorBroker.Model;
using ActorBroker.Storage.Compaction;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    private long _firstDirtyOffset;
    private CompactionJob? _compaction;
    private string? _compactionProblem;

    /// <summary>Everything below was compacted before. Any thread.</summary>
    public Offset FirstDirtyOffset => new(Volatile.Read(ref _firstDirtyOffset));

    /// <summary>Why the log is not compacted any more until restart; null when nothing is wrong. Any thread.</summary>
    public string? CompactionProblem => Volatile.Read(ref _compactionProblem);

    /// <summary>What a compaction would have to do now. Any thread; reads at most one batch header of each dirty segment.</summary>
    public CompactionEstimate EstimateCompaction(long nowMs)
    {
        var config = Config;
        var view = View;
        var content = view.Content;
        var firstDirty = FirstDirtyOffset.Value;
        // A checkpoint from before a truncation or deletion says nothing.
        if (firstDirty < content.Segments[0].BaseOffset || firstDirty > content.LogEndOffset)
            firstDirty = content.Segments[0].BaseOffset;
        long clean = 0, dirty = 0;
        var end = firstDirty;
        var isOverdue = false;
        for (var i = 0; i < content.Segments.Length - 1; i++)
        {
            var segment = content.Segments[i];
            if (content.EndOf(i) <= firstDirty)
            {
                clean += segment.Size;
                continue;
            }
            if (content.EndOf(i) > view.LastStableOffset.Value || IsTooYoung(segment, config, nowMs))
                break;
            isOverdue |= segment.Size > 0 && nowMs - AgedFrom(segment) > config.MaxCompactionLagMs;
            dirty += segment.Size;
            end = content.EndOf(i);
        }
        return new CompactionEstimate(new Offset(firstDirty), new Offset(end), clean, dirty, isOverdue);
    }

    /// <summary>Whether the log should be compacted now: by its cleanup policy, min.cleanable.dirty.ratio and max.compaction.lag.ms. Any thread.</summary>
    public bool WantsCompaction(long nowMs, out CompactionEstimate estimate)
    {
        estimate = default;
        if (!Config.Compacts || CompactionProblem is not null || _state.IsOffline || Volatile.Read(ref _compaction) is not null)
            return false;
        estimate = EstimateCompaction(nowMs);
        return estimate.DirtyBytes > 0 && (estimate.IsOverdue || estimate.DirtyRatio >= Config.MinCleanableDirtyRatio);
    }

    /// <summary>Begins a compaction; null when there is nothing to compact or one is under way. <see cref="CompactionJob.Run"/> may then go on any
    /// thread, and the writer ends it with <see cref="CompleteCompaction"/> or <see cref="AbandonCompaction"/>.</summary>
    public CompactionJob? TryBeginCompaction(CompactionLimits limits, long nowMs)
    {
        if (_closed || _compaction is not null || _state.IsOffline || CompactionProblem is not null)
            return null;
        var estimate = EstimateCompaction(nowMs);
        if (estimate.DirtyBytes == 0)
            return null;
        var job = new CompactionJob(this, estimate, limits, new ActiveProducers(_producers), nowMs);
        Volatile.Write(ref _compaction, job);
        return job;
    }

    /// <summary>Puts the compacted segments into the place of those that they were made from. Null when the log has changed in a way that does not
    /// allow it (retention, truncation): the next compaction starts anew.</summary>
    public CompactionResult? CompleteCompaction(CompactionJob job)
    {
        Volatile.Write(ref _compaction, null);
        if (_closed || _state.IsOffline || !job.Replacements.TrueForAll(replacement => IsInPlace(replacement.From)))
        {
            job.Discard();
            return null;
        }
        Guarded(() =>
        {
            lock (_flushGate)
            {
                foreach (var (from, to) in job.Replacements)
                    Replace(from, to);
                _state.FileSystem.SyncDirectory(_directory.Path);
            }
        });
        Volatile.Write(ref _firstDirtyOffset, job.Result.EndOffset.Value);
        Publish();
        return job.Result;
    }

    /// <summary>Ends a compaction that failed or was cancelled.</summary>
    /// <param name="problem">Why the log is not to be compacted again; null to try again later.</param>
    public void AbandonCompaction(CompactionJob job, string? problem)
    {
        job.Discard();
        Volatile.Write(ref _compactionProblem, problem);
        Volatile.Write(ref _compaction, null);
    }

    internal Segment NewCompactedSegment(long baseOffset)
    {
        var segment = new Segment(_state.Handles, _directory, baseOffset, suffix: LogFileNames.CleanedFileSuffix) { CreatedMs = _state.NowMs };
        // Left over by an attempt before.
        foreach (var file in segment.Files)
            _state.FileSystem.DeleteFile(file.Path);
        return segment;
    }

    private bool IsInPlace(Segment[] from)
    {
        var start = Array.IndexOf(_segments, from[0]);
        return start >= 0 && start + from.Length < _segments.Length && _segments.AsSpan(start, from.Length).SequenceEqual(from);
    }

    /// <summary>The order of the renames lets a start after a crash finish or undo them, see <see cref="SwapRecovery"/>.</summary>
    private void Replace(Segment[] from, Segment to)
    {
        to.ChangeSuffix(LogFileNames.CleanedFileSuffix, LogFileNames.SwapFileSuffix);
        RemoveSegments(from);
        to.ChangeSuffix(LogFileNames.SwapFileSuffix, "");
        var start = Array.IndexOf(_segments, from[0]);
        _segments = [.. _segments[..start], to, .. _segments[(start + from.Length)..]];
        // Snapshots belong to segments' starts.
        var gone = from.Skip(1).Select(segment => segment.BaseOffset).ToHashSet();
        RemoveSnapshots(gone.Contains);
    }

    private static bool IsTooYoung(Segment segment, LogConfig config, long nowMs)
    {
        if (config.MinCompactionLagMs <= 0)
            return false;
        var newest = segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : segment.LastWriteMs;
        return newest > nowMs - config.MinCompactionLagMs;
    }

    private static long AgedFrom(Segment segment) => segment.FirstTimestamp >= 0 ? segment.FirstTimestamp : segment.CreatedMs;
}
