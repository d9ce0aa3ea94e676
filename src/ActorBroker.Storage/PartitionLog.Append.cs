using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Batches that are accepted and wait for the one write of the call. Reused, empty between calls.</summary>
    private readonly List<BatchHeader> _stagedBatches = [];
    private readonly List<ReadOnlyMemory<byte>> _stagedBytes = [];
    /// <summary>The batches of the piece that a follower looks at.</summary>
    private readonly List<BatchHeader> _readBatches = [];
    private readonly ReadOnlyMemory<byte>[] _one = new ReadOnlyMemory<byte>[1];
    private int _stagedSize;
    private bool _stagedProducers;
    private LeaderEpoch _stagedEpoch;

    /// <summary>Appends as the leader: checks producer sequences, gives the batches their offsets and the leader epoch in place, and writes them
    /// with one positional write. The new view is published before this returns; it does not wait for the disk.</summary>
    /// <param name="batches">Whole validated batches (see Records' validator), one or more. Patched in place, not kept.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    public AppendResult Append(Memory<byte> batches, LeaderEpoch epoch, long nowMs)
    {
        var request = new AppendRequest(batches);
        var result = default(AppendResult);
        Append(new ReadOnlySpan<AppendRequest>(in request), new Span<AppendResult>(ref result), epoch, nowMs);
        return result;
    }

    /// <summary>Several appends at once: each is judged by itself, and those that are accepted are written with one gathered write. A request
    /// that repeats or follows another one of the same call is recognised.</summary>
    public void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendResult> results, LeaderEpoch epoch, long nowMs)
    {
        if (_state.IsOffline || _closed)
        {
            results[..requests.Length].Fill(AppendResult.Refused(AppendStatus.StorageError));
            return;
        }
        if (_state.IsFull && !_config.UsesReserve)
        {
            results[..requests.Length].Fill(AppendResult.Refused(AppendStatus.DiskFull));
            return;
        }
        var written = 0;
        results[..requests.Length].Clear();
        try
        {
            for (var i = 0; i < requests.Length; i++)
            {
                var status = Judge(requests[i].Batches.Span, out var duplicate, out var maxTimestamp);
                if (status != AppendStatus.Appended)
                {
                    results[i] = status == AppendStatus.Duplicate
                        ? new AppendResult(status, new Offset(duplicate.FirstOffset), new Offset(duplicate.LastOffset), duplicate.Timestamp)
                        : AppendResult.Refused(status);
                    continue;
                }
                if (MustRoll(requests[i].Batches.Length, maxTimestamp, nowMs))
                {
                    WriteStaged(nowMs);
                    written = i;
                    RollSegment(_logEndOffset);
                }
                results[i] = Stage(requests[i].Batches, epoch, maxTimestamp);
            }
            WriteStaged(nowMs);
        }
        catch (IOException e)
        {
            var status = OnWriteFailure(e);
            // A refusal stands, and so does an earlier append of the same batch, unless that was itself part of this call.
            for (var i = written; i < requests.Length; i++)
            {
                if (results[i].LastOffset.Value >= _logEndOffset || results[i] == default)
                    results[i] = AppendResult.Refused(status);
            }
        }
        PublishAppend(nowMs);
    }

    /// <summary>Appends as a follower: the batches come from the leader and keep their offsets and epochs. Offsets below the log end are refused, unless the log
    /// is empty and its start lies within the first batch, where a deletion of records left it; gaps are as compaction leaves them.</summary>
    public AppendResult AppendAsFollower(ReadOnlyMemory<byte> batches, long nowMs)
    {
        _one[0] = batches;
        var result = AppendAsFollower(_one, nowMs);
        _one[0] = default;
        return result;
    }

    /// <summary>Several pieces that follow each other, written with one gathered write where they fit into one segment. Pieces before one that is
    /// refused are in the log.</summary>
    /// <returns>From the first offset of the first piece to the last of the last; or why the first one that failed did.</returns>
    public AppendResult AppendAsFollower(IReadOnlyList<ReadOnlyMemory<byte>> pieces, long nowMs)
    {
        if (_state.IsOffline || _closed)
            return AppendResult.Refused(AppendStatus.StorageError);
        if (_state.IsFull && !_config.UsesReserve)
            return AppendResult.Refused(AppendStatus.DiskFull);
        try
        {
            var (start, latest) = (-1L, RecordBatch.NoTimestamp);
            foreach (var batches in pieces)
            {
                if (!TryReadFollowerBatches(batches.Span, out var first, out var maxTimestamp))
                {
                    WriteStaged(nowMs);
                    PublishAppend(nowMs);
                    return AppendResult.Refused(AppendStatus.InvalidBatches);
                }
                if (first < Active.BaseOffset)
                    BeginWithin(first);
                else if (MustRollFor(batches.Length, maxTimestamp, nowMs))
                {
                    WriteStaged(nowMs);
                    RollTo(first);
                }
                StageAsFollower(batches);
                start = start < 0 ? first : start;
                latest = Math.Max(latest, maxTimestamp);
            }
            WriteStaged(nowMs);
            PublishAppend(nowMs);
            return new AppendResult(AppendStatus.Appended, new Offset(start), new Offset(_logEndOffset - 1), latest);
        }
        catch (IOException e)
        {
            var status = OnWriteFailure(e);
            Publish();
            return AppendResult.Refused(status);
        }
    }

    private bool MustRollFor(int size, long maxTimestamp, long nowMs) =>
        (size > _config.SegmentBytes && Active.Size + _stagedSize > 0) || MustRoll(size, maxTimestamp, nowMs) || !Active.CanHold(_readBatches[^1].LastOffset);

    private void StageAsFollower(ReadOnlyMemory<byte> batches)
    {
        foreach (var header in _readBatches)
        {
            // Epochs are on disk before the batches that carry them.
            SetEpochs(_epochs.With(header.LeaderEpoch, Math.Max(header.BaseOffset, _logStartOffset)));
            _stagedBatches.Add(header);
        }
        ApplyProducers(batches.Span, _readBatches);
        _stagedBytes.Add(batches);
        _stagedSize += batches.Length;
        _stagedEpoch = LeaderEpoch.Unknown;
    }

    /// <summary>The log stays where it starts, but its files begin with the batch that holds that offset.</summary>
    private void BeginWithin(long baseOffset)
    {
        RollTo(baseOffset);
        Volatile.Write(ref _recoveryPoint, baseOffset);
    }

    /// <summary>Whether a batch is the first of an empty log, and holds the offset at which that starts.</summary>
    private bool HoldsStart(in BatchHeader header) =>
        _logStartOffset == StagedEndOffset && _segments.Length == 1 && Active.Size == 0 && header.BaseOffset < _logStartOffset && header.NextOffset > _logStartOffset;

    /// <summary>A follower's segment that rolls begins where the leader's next batch does, which after compaction may be past the log end.</summary>
    private void RollTo(long baseOffset)
    {
        if (Active.Size > 0)
        {
            RollSegment(baseOffset);
            return;
        }
        if (Active.BaseOffset == baseOffset)
            return;
        var empty = Active;
        _segments = [.. _segments[..^1], NewSegment(baseOffset)];
        empty.DeleteFiles();
    }

    private bool TryReadFollowerBatches(ReadOnlySpan<byte> bytes, out long first, out long maxTimestamp)
    {
        first = -1;
        maxTimestamp = RecordBatch.NoTimestamp;
        var next = StagedEndOffset;
        _readBatches.Clear();
        while (bytes.Length > 0)
        {
            if (!BatchHeader.TryRead(bytes, out var header) || header.Size > bytes.Length || (header.BaseOffset < next && !(first < 0 && HoldsStart(header))))
                return false;
            if (first < 0)
                first = header.BaseOffset;
            next = header.NextOffset;
            maxTimestamp = Math.Max(maxTimestamp, header.MaxTimestamp);
            _readBatches.Add(header);
            bytes = bytes[header.Size..];
        }
        return first >= 0;
    }

    private AppendStatus Judge(ReadOnlySpan<byte> bytes, out ProducerBatch duplicate, out long maxTimestamp)
    {
        duplicate = default;
        maxTimestamp = RecordBatch.NoTimestamp;
        if (bytes.Length > _config.SegmentBytes)
            return AppendStatus.TooLargeForSegment;
        if (bytes.IsEmpty)
            return AppendStatus.InvalidBatches;
        while (bytes.Length > 0)
        {
            if (!BatchHeader.TryRead(bytes, out var header) || header.Size > bytes.Length)
                return AppendStatus.InvalidBatches;
            maxTimestamp = Math.Max(maxTimestamp, header.MaxTimestamp);
            if (header.HasProducerId)
            {
                var status = header.IsControl
                    ? EndMarker.TryRead(bytes[..header.Size], out var marker) ? _producers.CheckMarker(header, marker) : AppendStatus.Appended
                    : _producers.Check(header, out duplicate);
                if (status != AppendStatus.Appended)
                    return status;
            }
            bytes = bytes[header.Size..];
        }
        return AppendStatus.Appended;
    }

    private AppendResult Stage(Memory<byte> batches, LeaderEpoch epoch, long maxTimestamp)
    {
        var first = StagedEndOffset;
        var next = first;
        var rest = batches.Span;
        while (rest.Length > 0)
        {
            BatchPatch.SetBaseOffset(rest, next);
            if (rest[RecordBatch.MagicAt] == RecordBatch.CurrentMagic)
                BatchPatch.SetLeaderEpoch(rest, epoch.Value);
            _ = BatchHeader.TryRead(rest, out var header);
            if (header.HasProducerId)
                ApplyProducer(rest[..header.Size], header);
            _stagedBatches.Add(header);
            next = header.NextOffset;
            rest = rest[header.Size..];
        }
        _stagedBytes.Add(batches);
        _stagedSize += batches.Length;
        _stagedEpoch = epoch;
        return new AppendResult(AppendStatus.Appended, new Offset(first), new Offset(next - 1), maxTimestamp);
    }

    private long StagedEndOffset => _stagedBatches.Count == 0 ? _logEndOffset : _stagedBatches[^1].NextOffset;

    private void ApplyProducers(ReadOnlySpan<byte> bytes, List<BatchHeader> headers)
    {
        foreach (var header in headers)
        {
            if (header.HasProducerId)
                ApplyProducer(bytes[..header.Size], header);
            bytes = bytes[header.Size..];
        }
    }

    private void ApplyProducer(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        _stagedProducers = true;
        if (!header.IsControl)
            _producers.Apply(header);
        else if (EndMarker.TryRead(batch, out var marker) && _producers.ApplyMarker(header, marker) is { } aborted)
            Active.Aborted.Append(aborted);
    }

    /// <summary>Writes what is staged, then makes it part of the log in memory.</summary>
    private void WriteStaged(long nowMs)
    {
        if (_stagedBytes.Count == 0)
            return;
        var active = Active;
        if (_stagedEpoch > _epochs.LatestEpoch)
            SetEpochs(_epochs.With(_stagedEpoch.Value, _logEndOffset));
        if (_stagedBytes.Count == 1)
            active.Log.Write(_stagedBytes[0].Span, active.Size);
        else
            active.Log.Write(_stagedBytes, active.Size);

        var position = active.Size;
        foreach (var header in _stagedBatches)
        {
            active.Index(header, position, _config.IndexIntervalBytes);
            _tail.Add(header.BaseOffset, header.LastOffsetDelta, position);
            position += header.Size;
        }
        active.Size = position;
        active.LastWriteMs = nowMs;
        _logEndOffset = _stagedBatches[^1].NextOffset;
        ClearStaged();
    }

    private void PublishAppend(long nowMs)
    {
        Publish();
        // After the view: a flush that takes the mark away has seen the append.
        if (_firstUnflushedMs == long.MaxValue)
            Volatile.Write(ref _firstUnflushedMs, nowMs);
    }

    private void ClearStaged()
    {
        _stagedBatches.Clear();
        _stagedBytes.Clear();
        _stagedSize = 0;
        _stagedProducers = false;
    }

    private bool MustRoll(int size, long maxTimestamp, long nowMs)
    {
        var active = Active;
        var used = (long)active.Size + _stagedSize;
        if (used == 0)
            return false;
        return used + size > _config.SegmentBytes
            || active.OffsetIndex.SizeInBytes + SparseIndex.OffsetEntrySize > _config.SegmentIndexBytes
            || active.TimeIndex.SizeInBytes + SparseIndex.TimeEntrySize > _config.SegmentIndexBytes
            || !active.CanHold(StagedEndOffset + size)
            || IsOld(active, maxTimestamp, nowMs);
    }

    /// <summary>Whether the segment's time is over: counted in record timestamps when there are some, so that a replayed history rolls as the
    /// original did.</summary>
    private bool IsOld(Segment segment, long maxTimestamp, long nowMs)
    {
        var first = segment.FirstTimestamp;
        var age = first >= 0 && maxTimestamp >= 0 ? maxTimestamp - first : nowMs - segment.CreatedMs;
        var segmentMs = _config.Compacts ? Math.Min(_config.SegmentMs, _config.MaxCompactionLagMs) : _config.SegmentMs;
        return age > segmentMs - Jitter(segment);
    }

    /// <summary>The same for a segment each time it is asked for, and different for different ones.</summary>
    private long Jitter(Segment segment)
    {
        if (_config.SegmentJitterMs <= 0)
            return 0;
        var hash = (ulong)(segment.BaseOffset ^ Partition.Partition ^ ((long)TopicId.GetHashCode() << 32)) * 0x9E3779B97F4A7C15;
        return (long)((hash >> 1) % (ulong)Math.Min(_config.SegmentJitterMs, _config.SegmentMs));
    }

    /// <summary>Takes back what was staged. A full disk is survived; anything else takes the directory offline.</summary>
    private AppendStatus OnWriteFailure(IOException error)
    {
        var rebuild = _stagedProducers;
        ClearStaged();
        if (error is not DiskFullException)
        {
            _state.MarkOffline(error);
            return AppendStatus.StorageError;
        }
        try
        {
            // Part of the write may have reached the file; and the producers may know batches that are not there.
            Active.Log.SetLength(Active.Size);
            if (rebuild)
            {
                Active.Aborted.TruncateTo(_logEndOffset);
                ReloadProducers();
            }
            return AppendStatus.DiskFull;
        }
        catch (IOException e)
        {
            _state.MarkOffline(e);
            return AppendStatus.StorageError;
        }
    }
}
