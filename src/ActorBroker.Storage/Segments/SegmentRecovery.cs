using System.Buffers;
using System.Buffers.Binary;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>What a segment turned out to hold.</summary>
/// <param name="NextOffset">The offset after its last batch; its base offset when it is empty.</param>
/// <param name="Scanned">Bytes whose checksums were verified.</param>
/// <param name="Problem">Why the scan ended before the end of the file; null when it did not.</param>
internal readonly record struct SegmentScan(int ValidBytes, long NextOffset, long Scanned, string? Problem);

/// <summary>Finds out what a segment found at start holds, checks what no flush has covered, and makes its indexes whole.</summary>
internal static class SegmentRecovery
{
    private const int BufferSize = 1024 * 1024;

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
        var start = TrimIndexes(segment, fileLength, trustedUpTo);
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, Math.Max(BatchHeader.MaxSize, fileLength - start)));
        var file = segment.Log.Acquire(FileOpenMode.OpenOrCreate);
        try
        {
            long scanned = 0, position = start;
            var next = segment.BaseOffset;
            int filled = 0, at = 0;
            while (position < fileLength)
            {
                if (filled - at < BatchHeader.MaxSize)
                    Refill(file, ref buffer, ref at, ref filled, position, fileLength, BatchHeader.MaxSize);
                if (!BatchHeader.TryRead(buffer.AsSpan(at, filled - at), out var header))
                    return new SegmentScan((int)position, next, scanned, "no batch header");
                if (header.Size > fileLength - position)
                    return new SegmentScan((int)position, next, scanned, $"a batch of {header.Size} bytes of which {fileLength - position} are there");
                if (header.BaseOffset < next)
                    return new SegmentScan((int)position, next, scanned, $"offset {header.BaseOffset} after {next - 1}");
                if (!segment.CanHold(header.LastOffset) || position + header.Size > int.MaxValue)
                    return new SegmentScan((int)position, next, scanned, "a batch that the segment cannot hold");
                if (filled - at < header.Size)
                    Refill(file, ref buffer, ref at, ref filled, position, fileLength, header.Size);
                if (header.NextOffset > trustedUpTo)
                {
                    if (filled - at < header.Size || !BatchChecksum.IsValid(buffer.AsSpan(at, header.Size)))
                        return new SegmentScan((int)position, next, scanned, "the checksum does not match");
                    scanned += header.Size;
                }
                segment.Index(header, (int)position, indexIntervalBytes);
                visit(header);
                next = header.NextOffset;
                position += header.Size;
                at += header.Size;
            }
            return new SegmentScan((int)position, next, scanned, null);
        }
        finally
        {
            segment.Log.Release();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Refill(IFile file, ref byte[] buffer, ref int at, ref int filled, long position, long fileLength, int wanted)
    {
        if (buffer.Length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(wanted);
            buffer.AsSpan(at, filled - at).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }
        else
        {
            buffer.AsSpan(at, filled - at).CopyTo(buffer);
        }
        filled -= at;
        at = 0;
        var missing = (int)Math.Min(buffer.Length - filled, fileLength - position - filled);
        filled += file.Read(buffer.AsSpan(filled, missing), position + filled);
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
