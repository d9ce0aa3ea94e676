using System.Buffers.Binary;

namespace ActorBroker.Storage.Segments;

/// <summary>What a segment turned out to hold.</summary>
/// <param name="NextOffset">The offset after its last batch; its base offset when it is empty.</param>
/// <param name="Scanned">Bytes whose checksums were verified.</param>
/// <param name="Problem">Why the scan ended before the end of the file; null when it did not.</param>
internal readonly record struct SegmentScan(int ValidBytes, long NextOffset, long Scanned, string? Problem);

/// <summary>Finds out what a segment found at start holds, checks what no flush has covered, and makes its indexes whole.</summary>
internal static class SegmentRecovery
{
    /// <summary>Learns the end of a segment that was closed properly, from its last index entry on, without checksums. Null when the indexes do not
    /// fit the segment, which then has to be scanned.</summary>
    public static SegmentScan? LoadEnd(Segment segment, long fileLength, Action<BatchHeader>? visit = null)
    {
        if (fileLength > int.MaxValue)
            return null;
        var size = (int)fileLength;
        var start = 0;
        var view = segment.OffsetIndex.View;
        if (view.Count > 0)
        {
            if (!view.TryGetOffsetEntry(view.Count - 1, out var relativeOffset, out start)
                || !PointsIntoBatch(segment, relativeOffset, start, size))
                return null;
        }
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(segment.Log, start, size, window);
        var next = segment.BaseOffset;
        while (scanner.MoveNext())
        {
            var header = scanner.Header;
            if (header.BaseOffset < next || !segment.CanHold(header.LastOffset))
                return null;
            next = header.NextOffset;
            visit?.Invoke(header);
            segment.Index(header, (int)scanner.Position, int.MaxValue);
        }
        if (scanner.IsBroken)
            return null;
        segment.BytesSinceIndexEntry = size - start;
        return new SegmentScan(size, next, 0, null);
    }

    /// <summary>Walks the segment from the last index entry that can be trusted, makes the index entries behind it again, and verifies the checksums
    /// of all batches at or above <paramref name="trustedUpTo"/>. The caller cuts the file to what is valid.</summary>
    /// <param name="trustedUpTo">The recovery point: batches below it were flushed and are not read, except to index them.</param>
    /// <param name="visit">Called for each batch that is walked over.</param>
    public static SegmentScan Scan(Segment segment, long fileLength, long trustedUpTo, int indexIntervalBytes, Action<BatchHeader> visit)
    {
        var walk = new Walk(segment, fileLength, indexIntervalBytes, visit) { Position = TrimIndexes(segment, fileLength, trustedUpTo) };
        return WalkTrusted(ref walk, trustedUpTo) ?? Verify(ref walk);
    }

    /// <summary>Indexes the flushed batches by their headers. Null when the walk got through.</summary>
    private static SegmentScan? WalkTrusted(ref Walk walk, long trustedUpTo)
    {
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(walk.Segment.Log, walk.Position, walk.FileLength, window);
        // A header that is none here is met again by the verification, which says what is wrong with it.
        while (scanner.MoveNext() && scanner.Header.NextOffset <= trustedUpTo)
        {
            if (walk.Take(scanner.Header) is { } problem)
                return walk.EndWith(problem);
        }
        return null;
    }

    private static SegmentScan Verify(ref Walk walk)
    {
        using var reader = new SequentialBatchReader(walk.Segment.Log, walk.Position, walk.FileLength);
        while (reader.MoveNext())
        {
            if (!BatchChecksum.IsValid(reader.Batch))
                return walk.EndWith("the checksum does not match");
            if (walk.Take(reader.Header) is { } problem)
                return walk.EndWith(problem);
            walk.Scanned += reader.Header.Size;
        }
        return walk.EndWith(reader.Problem);
    }

    /// <summary>Where a walk over a segment is.</summary>
    private struct Walk(Segment segment, long fileLength, int indexIntervalBytes, Action<BatchHeader> visit)
    {
        private long _next = segment.BaseOffset;

        public readonly Segment Segment => segment;

        public readonly long FileLength => fileLength;

        public long Position { get; set; }

        public long Scanned { get; set; }

        /// <summary>Adds a batch to the indexes and moves behind it; says what is wrong when it cannot follow the one before.</summary>
        public string? Take(in BatchHeader header)
        {
            if (header.BaseOffset < _next)
                return $"offset {header.BaseOffset} after {_next - 1}";
            if (!segment.CanHold(header.LastOffset) || Position + header.Size > int.MaxValue)
                return "a batch that the segment cannot hold";
            segment.Index(header, (int)Position, indexIntervalBytes);
            visit(header);
            _next = header.NextOffset;
            Position += header.Size;
            return null;
        }

        public readonly SegmentScan EndWith(string? problem) => new((int)Position, _next, Scanned, problem);
    }

    /// <summary>Cuts both indexes to the entries that are in order and below the recovery point, and returns the position of the last of them,
    /// from which the walk goes on.</summary>
    private static int TrimIndexes(Segment segment, long fileLength, long trustedUpTo)
    {
        var offsets = segment.OffsetIndex.View;
        var keep = CountOrderedOffsets(segment, offsets, fileLength, trustedUpTo, out var lastOffset, out var lastPosition);
        if (keep > 0 && !PointsIntoBatch(segment, (int)(lastOffset - segment.BaseOffset), lastPosition, fileLength))
            keep = 0;
        if (keep == 0)
        {
            lastOffset = -1;
            lastPosition = 0;
        }
        segment.OffsetIndex.TruncateTo(keep);

        var times = segment.TimeIndex.View;
        var keepTimes = 0;
        var maxTimestamp = -1L;
        var maxTimestampOffset = segment.BaseOffset;
        while (keep > 0 && times.TryGetTimeEntry(keepTimes, out var timestamp, out var relativeOffset)
            && timestamp > maxTimestamp && segment.BaseOffset + relativeOffset <= lastOffset && relativeOffset >= 0)
        {
            maxTimestamp = timestamp;
            maxTimestampOffset = segment.BaseOffset + relativeOffset;
            keepTimes++;
        }
        segment.TimeIndex.TruncateTo(keepTimes);
        segment.SetMaxTimestamp(maxTimestamp, maxTimestampOffset);
        segment.BytesSinceIndexEntry = 0;
        return lastPosition;
    }

    private static int CountOrderedOffsets(
        Segment segment, IndexView view, long fileLength, long trustedUpTo, out long lastOffset, out int lastPosition)
    {
        lastOffset = -1;
        lastPosition = 0;
        if (trustedUpTo <= segment.BaseOffset || view.Count == 0)
            return 0;
        var bytes = new byte[segment.OffsetIndex.SizeInBytes];
        var count = segment.OffsetIndex.File.Read(bytes, 0) / SparseIndex.OffsetEntrySize;
        var keep = 0;
        for (var previousPosition = -1; keep < count; keep++)
        {
            var entry = bytes.AsSpan(keep * SparseIndex.OffsetEntrySize);
            var offset = segment.BaseOffset + BinaryPrimitives.ReadInt32BigEndian(entry);
            var position = BinaryPrimitives.ReadInt32BigEndian(entry[4..]);
            if (offset <= lastOffset || position <= previousPosition || position >= fileLength || offset >= trustedUpTo)
                break;
            lastOffset = offset;
            lastPosition = previousPosition = position;
        }
        return keep;
    }

    private static bool PointsIntoBatch(Segment segment, int relativeOffset, int position, long fileLength)
    {
        if (position < 0 || position >= fileLength || relativeOffset < 0)
            return false;
        Span<byte> bytes = stackalloc byte[BatchHeader.MaxSize];
        var offset = segment.BaseOffset + relativeOffset;
        return BatchHeader.TryRead(bytes[..segment.Log.Read(bytes, position)], out var header)
            && header.Size <= fileLength - position
            && header.BaseOffset >= segment.BaseOffset
            && header.BaseOffset <= offset;
    }
}
