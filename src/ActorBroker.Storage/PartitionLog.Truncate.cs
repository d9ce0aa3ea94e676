using ActorBroker.Model;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Removes the records from <paramref name="offset"/> on (a follower that diverged from its leader). Batches are whole: one that holds the
    /// offset goes too. Below the first segment the whole log is emptied.</summary>
    /// <returns>The new log end.</returns>
    public Offset TruncateTo(Offset offset)
    {
        if (offset.Value >= _logEndOffset)
        {
            // An epoch whose leader wrote nothing goes: what is written next may be of an older one.
            CutEpochs(_epochs.TruncateFromEnd(_logEndOffset));
            Publish();
            return new Offset(_logEndOffset);
        }
        if (offset.Value < _segments[0].BaseOffset)
        {
            TruncateFullyAndStartAt(offset);
            return offset;
        }
        Guarded(() =>
        {
            lock (_flushGate)
                CutSegments(offset.Value);
        });
        CutEpochs(_epochs.TruncateFromEnd(_logEndOffset));
        Guarded(() =>
        {
            RemoveSnapshots(snapshot => snapshot > _logEndOffset);
            ReloadProducers();
        });
        Publish();
        return new Offset(_logEndOffset);
    }

    /// <summary>Empties the log; the next record gets <paramref name="offset"/>. A follower whose log ends below its leader's start.</summary>
    public void TruncateFullyAndStartAt(Offset offset)
    {
        Guarded(() =>
        {
            lock (_flushGate)
            {
                RemoveSegments(_segments);
                RemoveSnapshots(_ => true);
                StartAt(offset.Value);
            }
        });
        _producers.Clear();
        CutEpochs(LeaderEpochCache.Empty);
        Publish();
    }

    private void CutSegments(long offset)
    {
        var last = _segments.Length - 1;
        while (last > 0 && _segments[last].BaseOffset >= offset)
            last--;
        var segment = _segments[last];
        // The batch that holds the offset is found in the last whole view; nothing has changed since.
        var size = FindEnd(segment, offset, out var end);
        RemoveSegments(_segments[(last + 1)..]);

        var reopened = segment.Reopened(size);
        reopened.Log.SetLength(size);
        ForgetCorrupt(reopened.Log, size, long.MaxValue);
        reopened.OffsetIndex.TruncateTo(CountBelow(reopened.OffsetIndex.View, size));
        CutTimeIndex(reopened, end);
        reopened.Aborted.TruncateTo(end);
        _segments = [.. _segments[..last], reopened];
        _tail.Clear();
        _logEndOffset = end;
        _highWatermark = Math.Min(_highWatermark, end);
        _logStartOffset = Math.Min(_logStartOffset, end);
        Volatile.Write(ref _firstDirtyOffset, Math.Min(_firstDirtyOffset, end));
        Volatile.Write(ref _recoveryPoint, Math.Min(_recoveryPoint, end));
        // Truncations are rare, and what they removed must not come back: batches that the leader has replaced would follow the others.
        reopened.Log.Sync();
        reopened.OffsetIndex.File.Sync();
        reopened.TimeIndex.File.Sync();
        _state.FileSystem.SyncDirectory(_directory.Path);
        // Walk the rest of the segment behind its last index entry for what its object has to know.
        if (SegmentRecovery.LoadEnd(reopened, size) is null)
            _ = SegmentRecovery.Scan(reopened, size, long.MaxValue, _config.IndexIntervalBytes, static _ => { });
    }

    /// <summary>Where the batches below the offset end, in bytes and in offsets. Earlier where damage hides it: all from the damage on goes, and comes again
    /// from the leader.</summary>
    private static int FindEnd(Segment segment, long offset, out long end)
    {
        var index = segment.OffsetIndex.View;
        var relative = (int)Math.Clamp(offset - segment.BaseOffset, 0, int.MaxValue);
        if (index.TryGetOffsetEntry(index.FloorByOffset(relative), out _, out var start) && TryFindEnd(segment, start, offset, out var size, out end))
            return size;
        // Without an index, or where the batch that it names is damaged, only a walk from the beginning tells the offset at each position.
        _ = TryFindEnd(segment, 0, offset, out size, out end);
        return size;
    }

    /// <param name="start">Where a batch begins.</param>
    /// <param name="end">The segment's first offset where there is no whole batch at <paramref name="start"/>.</param>
    /// <returns>False when damage ended the walk.</returns>
    private static bool TryFindEnd(Segment segment, int start, long offset, out int size, out long end)
    {
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(segment.Log, start, segment.Size, window);
        end = segment.BaseOffset;
        while (scanner.MoveNext())
        {
            if (scanner.Header.LastOffset >= offset)
            {
                end = Math.Min(offset, scanner.Header.BaseOffset);
                size = (int)scanner.Position;
                return true;
            }
            end = scanner.Header.NextOffset;
        }
        size = (int)scanner.NextPosition;
        if (scanner.IsBroken)
            return false;
        end = offset;
        return true;
    }

    private static int CountBelow(IndexView index, int size)
    {
        var floor = index.FloorByPosition(size - 1);
        return size == 0 ? 0 : floor + 1;
    }

    private static void CutTimeIndex(Segment segment, long end)
    {
        var view = segment.TimeIndex.View;
        var keep = view.Count;
        while (keep > 0 && view.TryGetTimeEntry(keep - 1, out _, out var relativeOffset) && segment.BaseOffset + relativeOffset >= end)
            keep--;
        segment.TimeIndex.TruncateTo(keep);
    }

    /// <summary>Takes segments' files out of the way at once; readers that have them open can end.</summary>
    private void RemoveSegments(Segment[] segments)
    {
        if (segments.Length == 0)
            return;
        foreach (var segment in segments)
            segment.MarkDeleted();
        Volatile.Write(ref _directoryUnsynced, true);
        _removed.AddRange(segments);
    }

    /// <summary>Lets the files of removed segments go, once no new reader can find them any more.</summary>
    private void ScheduleDeletions()
    {
        if (_removed.Count == 0)
            return;
        var segments = _removed.ToArray();
        _removed.Clear();
        _state.Deletions.Add(_state.NowMs + _config.FileDeleteDelayMs, () =>
        {
            foreach (var segment in segments)
                segment.DeleteFiles();
        });
    }
}
