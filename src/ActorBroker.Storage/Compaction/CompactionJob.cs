using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage.Compaction;

/// <summary>One compaction of a log: begun by the log's writer, run on any thread over closed segments that do not change, completed by the writer again
/// (<see cref="PartitionLog.CompleteCompaction"/>). Batches keep their offsets; of each key the last record stays.</summary>
public sealed class CompactionJob
{
    private readonly PartitionLog _log;
    private readonly CompactionLimits _limits;
    private readonly ActiveProducers _producers;
    private readonly long _nowMs;
    private readonly Segment[] _sources;
    private readonly LogView _view;

    /// <summary>Tombstones of magic 0 and 1, which have no delete horizon, go with segments that were last written before this: delete.retention.ms before
    /// the newest segment that was compacted already. Milliseconds since 1970.</summary>
    private readonly long _oldTombstonesUntilMs;

    internal CompactionJob(PartitionLog log, CompactionEstimate estimate, CompactionLimits limits, ActiveProducers producers, long nowMs)
    {
        _log = log;
        _limits = limits;
        _producers = producers;
        _nowMs = nowMs;
        _view = log.View;
        Estimate = estimate;
        _sources = [.. _view.Content.Segments.TakeWhile(segment => segment.BaseOffset < estimate.EndOffset.Value)];
        var clean = _sources.Where((_, i) => _view.Content.EndOf(i) <= estimate.FirstDirtyOffset.Value).LastOrDefault();
        _oldTombstonesUntilMs = clean is null ? long.MinValue : clean.LastWriteMs - log.Config.DeleteRetentionMs;
    }

    public CompactionEstimate Estimate { get; }

    public PartitionLog Log => _log;

    /// <summary>Compacted segments with the ones that they are made from, once <see cref="Run"/> has ended.</summary>
    internal List<(Segment[] From, Segment To)> Replacements { get; } = [];

    internal CompactionResult Result { get; private set; }

    /// <summary>Reads the dirty part for the last offset of each key, then writes what is kept of all segments into new files beside them. The log is not
    /// changed. Throws <see cref="UncleanableLogException"/> for a batch that cannot be read, <see cref="IOException"/>,
    /// <see cref="OperationCanceledException"/>; the files are gone then.</summary>
    public void Run(CancellationToken cancellation)
    {
        try
        {
            // Compaction leaves gaps between segments. Recovery takes a gap for a lost tail, except where the recovery point says that nothing can be
            // lost: it has to be on disk before the first gap is.
            _log.Flush();
            _log.Directory.CheckpointRecoveryPoints?.Invoke();
            var map = new OffsetMap(_limits.OffsetMapBytes, Estimate.EndOffset - Estimate.FirstDirtyOffset);
            var end = BuildMap(map, cancellation);
            Rewrite(map, end, cancellation);
        }
        catch
        {
            Discard();
            throw;
        }
    }

    /// <summary>Removes what was written: the log changed meanwhile, or the job failed.</summary>
    internal void Discard()
    {
        foreach (var (_, to) in Replacements)
            to.DeleteFiles();
        Replacements.Clear();
    }

    /// <summary>Notes the last offset of each key of the dirty part that is not aborted. Returns the offset up to which the map tells all.</summary>
    private long BuildMap(OffsetMap map, CancellationToken cancellation)
    {
        var trail = Trail(Estimate.FirstDirtyOffset, Estimate.EndOffset);
        for (var i = 0; i < _sources.Length; i++)
        {
            if (_view.Content.EndOf(i) <= Estimate.FirstDirtyOffset.Value)
                continue;
            using var reader = new SequentialBatchReader(_sources[i].Log, 0, _sources[i].Size);
            while (reader.MoveNext())
            {
                if (reader.Header.LastOffset < Estimate.FirstDirtyOffset.Value)
                    continue;
                _limits.Bandwidth.Take(reader.Header.Size, cancellation);
                if (reader.Header.BaseOffset >= Estimate.EndOffset.Value)
                    return Estimate.EndOffset.Value;
                long? unnoted = null;
                if (!TryView(reader, out var batch))
                    unnoted = Note(map, reader);
                else if (batch.IsControl)
                    _ = trail.OnControlBatch(batch);
                else if (!trail.OnBatch(batch))
                    unnoted = map.Room < batch.RecordCount ? batch.BaseOffset : Note(map, reader);
                if (unnoted is { } end)
                    return EndBefore(end);
            }
            ThrowIfBroken(reader, _sources[i]);
        }
        return Estimate.EndOffset.Value;
    }

    private long EndBefore(long offset) => offset > Estimate.FirstDirtyOffset.Value
        ? offset
        : throw new UncleanableLogException(_log.Partition, $"the offset map is too small for the records at offset {offset}");

    /// <summary>Notes the keys of an entry of any magic. Returns the offset of the first record for which there was no room, or null.</summary>
    private long? Note(OffsetMap map, SequentialBatchReader reader)
    {
        if (!BatchEntry.TryRead(reader.Batch, out var entry, out _))
            throw new UncleanableLogException(_log.Partition, $"the batch at offset {reader.Header.BaseOffset} is corrupt");
        ThrowIf(BatchRecords.TryOpen(entry, _limits.MaxDecompressedBytes, out var records), reader);
        using (records)
        {
            while (records.MoveNext())
            {
                if (records.Current.Key.HasValue && !map.TryPut(records.Current.Key.Bytes, records.Current.Offset))
                    return records.Current.Offset;
            }
            ThrowIf(records.Problem, reader);
        }
        return null;
    }

    private void Rewrite(OffsetMap map, long end, CancellationToken cancellation)
    {
        var filter = new CompactionFilter(map, end, Trail(_view.FirstSegmentBaseOffset, new Offset(end)), _producers, _log.Config, _limits, _nowMs);
        long before = 0, after = 0;
        var segments = 0;
        foreach (var group in Groups(end))
        {
            var target = _log.NewCompactedSegment(group[0].BaseOffset);
            Replacements.Add((group, target));
            using var writer = new CompactedSegmentWriter(target, _log.Config.IndexIntervalBytes);
            foreach (var source in group)
            {
                Copy(source, filter, writer, cancellation);
                target.LastWriteMs = source.LastWriteMs;
                before += source.Size;
                segments++;
            }
            writer.Complete(filter.TakeStillAborted());
            after += target.Size;
        }
        Result = new CompactionResult(new Offset(end), segments, Replacements.Count, before, after, filter.RecordsKept, filter.RecordsDropped);
    }

    private void Copy(Segment source, CompactionFilter filter, CompactedSegmentWriter writer, CancellationToken cancellation)
    {
        var keepsOldTombstones = source.LastWriteMs > _oldTombstonesUntilMs;
        using var reader = new SequentialBatchReader(source.Log, 0, source.Size);
        while (reader.MoveNext())
        {
            var written = writer.Position;
            if (TryView(reader, out var batch))
                ThrowIf(filter.Write(batch, writer.Output), reader);
            else if (BatchEntry.TryRead(reader.Batch, out var entry, out _))
                ThrowIf(filter.WriteOld(entry, keepsOldTombstones, writer.Output), reader);
            writer.Advance();
            _limits.Bandwidth.Take(reader.Header.Size + writer.Position - written, cancellation);
        }
        ThrowIfBroken(reader, source);
    }

    /// <summary>Neighbouring segments that together fit one: what compaction leaves of them need not be many small files.</summary>
    private IEnumerable<Segment[]> Groups(long end)
    {
        var group = new List<Segment>();
        long size = 0;
        for (var i = 0; i < _sources.Length && _sources[i].BaseOffset < end; i++)
        {
            var segment = _sources[i];
            var fits = group.Count == 0
                || (size + segment.Size <= _log.Config.SegmentBytes && _view.Content.EndOf(i) - 1 - group[0].BaseOffset <= int.MaxValue);
            if (!fits)
            {
                yield return [.. group];
                group.Clear();
                size = 0;
            }
            group.Add(segment);
            size += segment.Size;
        }
        if (group.Count > 0)
            yield return [.. group];
    }

    private TransactionTrail Trail(Offset from, Offset end)
    {
        var trail = new TransactionTrail();
        trail.Add(_view.AbortedTransactions(from, end));
        return trail;
    }

    private bool TryView(SequentialBatchReader reader, out RecordBatchView batch)
    {
        batch = default;
        if (reader.Header.Magic != RecordBatch.CurrentMagic)
            return false;
        // Bytes that rotted must not be written again under a fresh checksum.
        if (!BatchChecksum.IsValid(reader.Batch) || !RecordBatchView.TryRead(reader.Batch, out batch, out _))
            throw new UncleanableLogException(_log.Partition, $"the batch at offset {reader.Header.BaseOffset} is corrupt");
        return true;
    }

    private void ThrowIf(RecordsProblem problem, SequentialBatchReader reader)
    {
        if (problem != RecordsProblem.None)
            throw new UncleanableLogException(_log.Partition, $"the batch at offset {reader.Header.BaseOffset}: {problem}");
    }

    private void ThrowIfBroken(SequentialBatchReader reader, Segment segment)
    {
        if (reader.Problem is not null)
            throw new UncleanableLogException(_log.Partition, $"{segment.Log.Name} at position {reader.NextPosition}: {reader.Problem}");
    }
}
