using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class LogView
{
    /// <summary>Finds whole batches from the one that holds <paramref name="from"/> on, in one segment: as many as fit into
    /// <paramref name="maxBytes"/> and start below <paramref name="upTo"/>. The first batch may begin below <paramref name="from"/>; readers skip
    /// what they did not ask for. Nothing is read but, at most, index entries and batch headers.</summary>
    /// <param name="upTo">Exclusive: log end for replicas, high watermark or last stable offset for consumers. Past the log end means the log
    /// end.</param>
    /// <param name="atLeastOneBatch">Whether the first batch comes even when it is larger than <paramref name="maxBytes"/>, so that readers
    /// always get on (KIP-74).</param>
    /// <returns>An empty slice when nothing is there yet or nothing fits.</returns>
    public ReadResult Read(Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch)
    {
        var end = Math.Min(upTo.Value, _content.LogEndOffset);
        if (from < LogStartOffset || from.Value > _content.LogEndOffset)
            return new ReadResult(ReadStatus.OffsetOutOfRange, default);
        if (from.Value >= end || maxBytes < 0)
            return default;
        try
        {
            for (var i = _content.SegmentOf(from.Value); i < _content.Segments.Length; i++)
            {
                if (_content.Segments[i].BaseOffset >= end)
                    return default;
                // Compaction may have left nothing at or after the offset in this segment.
                if (TryLocate(i, from.Value, out var batch))
                    return batch.BaseOffset >= end ? default : Slice(i, batch, from.Value, maxBytes, end, atLeastOneBatch);
                if (_log.IsDamagedBefore(_content.Segments[i].Log, _content.SizeOf(i), from.Value))
                    return new ReadResult(ReadStatus.Corrupt, default);
            }
            return default;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // The segment was deleted while this view was in use: what it held is below today's log start, or was compacted.
            var current = _log.View;
            return ReferenceEquals(current, this)
                ? new ReadResult(ReadStatus.OffsetOutOfRange, default)
                : current.Read(from, maxBytes, upTo, atLeastOneBatch);
        }
        catch (CorruptSegmentException)
        {
            return new ReadResult(ReadStatus.Corrupt, default);
        }
    }

    private ReadResult Slice(int segment, BatchPlace first, long from, int maxBytes, long upTo, bool atLeastOneBatch)
    {
        var size = _content.SizeOf(segment);
        // Where the batches below upTo end.
        var limit = size;
        if (upTo < _content.EndOf(segment) && TryLocate(segment, upTo, out var beyond))
            limit = beyond.BaseOffset < upTo ? beyond.Position + beyond.Size : beyond.Position;
        var end = limit;
        if (limit - first.Position > maxBytes)
        {
            end = first.Size > maxBytes
                ? atLeastOneBatch ? first.Position + first.Size : first.Position
                : BoundaryAtOrBelow(segment, first, (long)first.Position + maxBytes);
        }
        if (end <= first.Position)
            return default;
        var log = _content.Segments[segment].Log;
        if (first.BaseOffset > from && _log.IsDamagedBefore(log, first.Position, from))
            return new ReadResult(ReadStatus.Corrupt, default);
        end = (int)_log.FirstCorruptPosition(log, first.Position, end);
        if (end == first.Position)
            return new ReadResult(ReadStatus.Corrupt, default);
        return new ReadResult(ReadStatus.Ok, new FileSlice(log, log.Acquire(), first.Position, end - first.Position));
    }

    /// <summary>Finds the first batch of the segment whose last offset is not below <paramref name="offset"/>.</summary>
    private bool TryLocate(int segment, long offset, out BatchPlace place)
    {
        var size = _content.SizeOf(segment);
        var isActive = segment == _content.Segments.Length - 1;
        if (isActive && _content.Tail.Covers(offset))
        {
            if (_content.Tail.FindBatch(offset) is { } entry)
            {
                var next = _content.Tail.PositionAfter(entry, size);
                place = new BatchPlace(entry.Position, next - entry.Position, entry.BaseOffset, entry.LastOffset);
                return true;
            }
            place = default;
            return false;
        }
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(_content.Segments[segment].Log, StartOfSearch(segment, offset), size, window);
        while (scanner.MoveNext())
        {
            if (scanner.Header.LastOffset >= offset)
            {
                place = new BatchPlace((int)scanner.Position, scanner.Header.Size, scanner.Header.BaseOffset, scanner.Header.LastOffset);
                return true;
            }
        }
        if (scanner.IsBroken)
            throw new CorruptSegmentException(_content.Segments[segment].Log.Path, scanner.NextPosition);
        place = default;
        return false;
    }

    /// <summary>A batch boundary from which the batch with the offset is found by walking forward.</summary>
    private int StartOfSearch(int segment, long offset)
    {
        var index = _content.OffsetIndexOf(segment);
        var relative = (int)Math.Clamp(offset - _content.Segments[segment].BaseOffset, 0, int.MaxValue);
        return index.TryGetOffsetEntry(index.FloorByOffset(relative), out _, out var position) && position < _content.SizeOf(segment)
            ? position
            : 0;
    }

    /// <summary>The last batch boundary in (first batch's start, position].</summary>
    private int BoundaryAtOrBelow(int segment, BatchPlace first, long position)
    {
        var isActive = segment == _content.Segments.Length - 1;
        if (isActive && _content.Tail.CoversPosition(position))
            return _content.Tail.BoundaryAtOrBelow(position);
        var index = _content.OffsetIndexOf(segment);
        var start = first.Position;
        if (index.TryGetOffsetEntry(index.FloorByPosition((int)Math.Min(position, int.MaxValue)), out _, out var indexed))
            start = Math.Max(start, indexed);
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(_content.Segments[segment].Log, start, _content.SizeOf(segment), window);
        var boundary = start;
        while (scanner.MoveNext() && scanner.NextPosition <= position)
            boundary = (int)scanner.NextPosition;
        if (scanner.IsBroken)
            throw new CorruptSegmentException(_content.Segments[segment].Log.Path, scanner.NextPosition);
        return boundary;
    }

    private readonly record struct BatchPlace(int Position, int Size, long BaseOffset, long LastOffset);
}

/// <summary>A segment does not hold a whole batch where one must start.</summary>
internal sealed class CorruptSegmentException(string path, long position) : IOException($"{path}: no whole batch at position {position}")
{
    public long Position => position;
}
