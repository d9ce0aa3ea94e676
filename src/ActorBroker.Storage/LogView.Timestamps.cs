using System.Buffers;
using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <summary>A record found by its time.</summary>
/// <param name="TimestampMs">The record's timestamp, milliseconds since 1970.</param>
public readonly record struct OffsetAtTime(Offset Offset, long TimestampMs, LeaderEpoch LeaderEpoch);

public sealed partial class LogView
{
    /// <summary>Limit on a batch's records after decompression when one is looked into.</summary>
    private const int MaxDecompressedBytes = 256 * 1024 * 1024;

    /// <summary>The first record at or after the log start whose timestamp is not below <paramref name="timestampMs"/>; null when there is none.
    /// Reads at most the batches of one index interval, and decompresses one of them. Throws <see cref="IOException"/>, also when a
    /// segment's bytes are not what the indexes say.</summary>
    public OffsetAtTime? FindOffsetForTimestamp(long timestampMs) =>
        OnCurrent(timestampMs, 0, static (view, timestampMs, _) => view.FindOffset(timestampMs));

    /// <summary>The record with the largest timestamp, the first of them (ListOffsets -3, KIP-734); null when the log has no timestamps.</summary>
    public OffsetAtTime? FindMaxTimestamp() => OnCurrent(0, 0, static (view, _, _) => view.FindMax());

    private OffsetAtTime? FindOffset(long timestampMs)
    {
        for (var i = 0; i < _content.Segments.Length; i++)
        {
            // A closed segment whose newest record is older has nothing; the active one's newest may be newer than this view.
            if (_content.Segments[i].MaxTimestamp < timestampMs)
                continue;
            if (FindInSegment(i, timestampMs) is { } found)
                return found;
        }
        return null;
    }

    private OffsetAtTime? FindMax()
    {
        var best = -1;
        for (var i = 0; i < _content.Segments.Length; i++)
        {
            if (_content.SizeOf(i) > 0 && (best < 0 || _content.Segments[i].MaxTimestamp > _content.Segments[best].MaxTimestamp))
                best = i;
        }
        if (best < 0 || _content.Segments[best].MaxTimestamp < 0)
            return null;
        var offset = _content.Segments[best].MaxTimestampOffset;
        // The writer may have noted a newer one than this view shows.
        if (offset >= _content.LogEndOffset)
            return MaxOfSegment(best);
        return TryLocate(best, offset, out var place) ? MaxOfBatch(best, place.Position, place.Size) : null;
    }

    private OffsetAtTime? FindInSegment(int segment, long timestampMs)
    {
        var log = _content.Segments[segment].Log;
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(log, StartOfTimeSearch(segment, timestampMs), _content.SizeOf(segment), window);
        while (scanner.MoveNext())
        {
            var header = scanner.Header;
            if (header.MaxTimestamp < timestampMs || header.LastOffset < LogStartOffset.Value)
                continue;
            var found = WithBatch(
                segment,
                (int)scanner.Position,
                header.Size,
                (timestampMs, LogStartOffset.Value),
                static (BatchEntry entry, (long TimestampMs, long From) target, out TimestampedOffset found) =>
                    BatchSearch.FindFirstAtOrAfter(entry, target.TimestampMs, target.From, MaxDecompressedBytes, out found));
            if (found is not null)
                return found;
        }
        if (scanner.IsBroken)
            throw new IOException($"{log.Path}: no whole batch at position {scanner.NextPosition}");
        return null;
    }

    /// <summary>Where to begin: the times before the last index entry below the target are all below it.</summary>
    private int StartOfTimeSearch(int segment, long timestampMs)
    {
        var times = _content.TimeIndexOf(segment);
        return times.TryGetTimeEntry(times.FloorByTimestamp(timestampMs - 1), out _, out var relativeOffset)
            ? StartOfSearch(segment, _content.Segments[segment].BaseOffset + relativeOffset)
            : 0;
    }

    private OffsetAtTime? MaxOfSegment(int segment)
    {
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(_content.Segments[segment].Log, 0, _content.SizeOf(segment), window);
        long max = -1, position = 0;
        var size = 0;
        while (scanner.MoveNext())
        {
            if (scanner.Header.MaxTimestamp <= max)
                continue;
            (max, position, size) = (scanner.Header.MaxTimestamp, scanner.Position, scanner.Header.Size);
        }
        return max < 0 ? null : MaxOfBatch(segment, (int)position, size);
    }

    private OffsetAtTime? MaxOfBatch(int segment, int position, int size) => WithBatch(
        segment,
        position,
        size,
        0,
        static (BatchEntry entry, int _, out TimestampedOffset found) => BatchSearch.FindMaxTimestamp(entry, MaxDecompressedBytes, out found));

    private delegate RecordsProblem Search<T>(BatchEntry entry, T target, out TimestampedOffset found);

    private OffsetAtTime? WithBatch<T>(int segment, int position, int size, T target, Search<T> search)
    {
        var log = _content.Segments[segment].Log;
        var bytes = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var length = log.Read(bytes.AsSpan(0, size), position);
            if (!BatchEntry.TryRead(bytes.AsSpan(0, length), out var entry, out _))
                throw new IOException($"{log.Path}: no whole batch at position {position}");
            var problem = search(entry, target, out var found);
            if (problem != RecordsProblem.None)
                throw new IOException($"{log.Path}: the batch at position {position} cannot be read ({problem})");
            if (!found.IsFound)
                return null;
            var offset = new Offset(found.Offset);
            return new OffsetAtTime(offset, found.Timestamp, _content.Epochs.EpochOf(offset));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
