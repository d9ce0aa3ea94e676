using ActorBroker.Model;
using ActorBroker.Records;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Known damage that another replica's bytes could be put in the place of. Damage whose neighbours cannot be read is left out. Any thread.
    /// Throws <see cref="IOException"/> when a file cannot be read.</summary>
    public IReadOnlyList<DamagedSpan> FindDamage()
    {
        var known = Volatile.Read(ref _corrupt);
        if (known is null)
            return [];
        var content = View.Content;
        var spans = new List<DamagedSpan>();
        for (var i = 0; i < content.Segments.Length; i++)
        {
            var segment = content.Segments[i];
            var ranges = known.Where(entry => entry.File == segment.Log).Select(entry => entry.Range).OrderBy(range => range.Position).ToList();
            for (var first = 0; first < ranges.Count;)
            {
                var next = first + 1;
                var end = ranges[first].Position + ranges[first].Length;
                // What follows a wrong length is damaged only in the eyes of who believes the length.
                for (; next < ranges.Count && ranges[next].Position <= end; next++)
                    end = Math.Max(end, ranges[next].Position + ranges[next].Length);
                if (SpanOf(content, i, ranges[first], end) is { } span)
                    spans.Add(span);
                first = next;
            }
        }
        return spans;
    }

    /// <summary>Puts another replica's bytes in the place of damaged ones, durably, if they are what was there: whole batches of the span's offsets and
    /// leader epochs, of the same length, with right checksums, where the indexes say that batches begin. Only the log's writer.</summary>
    /// <returns>Why nothing was changed, or the damage could not be removed; null when the span is whole and is served again.</returns>
    public string? TryRepair(DamagedSpan span, ReadOnlyMemory<byte> batches)
    {
        var index = Array.FindIndex(_segments, segment => segment.Log == span.Segment && span.Position + span.Length <= segment.Size);
        if (index < 0 || FirstCorruptPosition(span.Segment, span.Position, span.Position + 1) != span.Position)
            return "the damaged bytes are no longer part of the log";
        if (Difference(_segments[index], span, batches.Span) is { } difference)
            return difference;
        var isWritten = false;
        Guarded(() =>
        {
            span.Segment.Write(batches.Span, span.Position);
            span.Segment.Sync();
            var onDisk = new byte[span.Length];
            isWritten = span.Segment.Read(onDisk, span.Position) == span.Length && batches.Span.SequenceEqual(onDisk);
        });
        if (!isWritten)
            return "the disk does not give back what was written";
        ForgetCorrupt(span.Segment, span.Position, span.Position + span.Length);
        return null;
    }

    /// <summary>The batches of the offsets [<paramref name="from"/>, <paramref name="until"/>) for another replica's repair: checked, so that damage does not
    /// spread. Any thread. Throws <see cref="IOException"/>.</summary>
    /// <returns>Empty when one of them is damaged here too, is not here, or they have more than <paramref name="maxBytes"/>.</returns>
    public byte[] ReadWhole(Offset from, Offset until, int maxBytes)
    {
        using var bytes = new MemoryStream();
        for (var next = from; next < until;)
        {
            var read = View.Read(next, maxBytes, until, atLeastOneBatch: true);
            var slice = read.Slice.ToArray();
            read.Slice.Release();
            if (read.Status != ReadStatus.Ok || bytes.Length + slice.Length > maxBytes)
                return [];
            if (slice.Length == 0)
                break;
            bytes.Write(slice);
            for (var at = 0; at < slice.Length;)
            {
                if (!BatchHeader.TryRead(slice.AsSpan(at), out var header) || header.Size > slice.Length - at || !BatchChecksum.IsValid(slice.AsSpan(at, header.Size)))
                    return [];
                next = new Offset(header.NextOffset);
                at += header.Size;
            }
        }
        return bytes.ToArray();
    }

    private static DamagedSpan? SpanOf(LogContent content, int index, CorruptRange first, long end)
    {
        var segment = content.Segments[index];
        var size = content.SizeOf(index);
        if (first.Position >= size)
            return null;
        end = Math.Min(end, size);
        var until = content.EndOf(index);
        if (end < size)
        {
            Span<byte> bytes = stackalloc byte[BatchHeader.MaxSize];
            if (!BatchHeader.TryRead(bytes[..segment.Log.Read(bytes, end)], out var following))
                return null;
            until = following.BaseOffset;
        }
        var from = OffsetAt(content, index, first.Position) ?? first.Offset.Value;
        return from < until ? new DamagedSpan(segment.Log, first.Position, (int)(end - first.Position), new Offset(from), new Offset(until)) : null;
    }

    /// <summary>The offset behind the batch that ends at the position; null when that cannot be read.</summary>
    private static long? OffsetAt(LogContent content, int index, long position)
    {
        var segment = content.Segments[index];
        if (position == 0)
            return segment.BaseOffset;
        var offsets = content.OffsetIndexOf(index);
        var start = offsets.TryGetOffsetEntry(offsets.FloorByPosition((int)position - 1), out _, out var indexed) ? indexed : 0;
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        var scanner = new HeaderScanner(segment.Log, start, position, window);
        long? next = null;
        while (scanner.MoveNext())
            next = scanner.Header.NextOffset;
        return scanner.IsBroken ? null : next;
    }

    /// <summary>What makes the batches another thing than what was written at the span; null when nothing does.</summary>
    private string? Difference(Segment segment, DamagedSpan span, ReadOnlySpan<byte> batches)
    {
        if (batches.Length != span.Length)
            return $"it has {batches.Length} bytes there";
        var next = span.From.Value;
        var tail = segment == Active ? _tail.View : default;
        var ends = new Dictionary<int, long>();
        for (var at = 0; at < batches.Length;)
        {
            if (!BatchHeader.TryRead(batches[at..], out var header) || header.Size > batches.Length - at)
                return "its bytes are no whole batches";
            if (!BatchChecksum.IsValid(batches.Slice(at, header.Size)))
                return $"its batch at offset {header.BaseOffset} does not fit its checksum";
            if (header.BaseOffset < next || header.NextOffset > span.Until.Value)
                return $"its batch of the offsets {header.BaseOffset} to {header.LastOffset} does not fit between {next} and {span.Until}";
            var epoch = _epochs.EpochOf(new Offset(header.BaseOffset));
            if (header.Magic == RecordBatch.CurrentMagic && epoch != LeaderEpoch.Unknown && epoch.Value != header.LeaderEpoch)
                return $"its batch at offset {header.BaseOffset} is of leader epoch {header.LeaderEpoch}, and not of {epoch}";
            var position = (int)span.Position + at;
            if (tail.CoversPosition(position) && tail.At(position)?.LastOffset != header.LastOffset)
                return $"its batch at offset {header.BaseOffset} is not the one that was written here";
            ends[position] = header.LastOffset;
            next = header.NextOffset;
            at += header.Size;
        }
        return IsAsIndexed(segment, span, ends) ? null : "its batches begin elsewhere";
    }

    /// <summary>Whether a batch ends with the offset that the index says wherever the index says that one begins.</summary>
    private static bool IsAsIndexed(Segment segment, DamagedSpan span, Dictionary<int, long> lastOffsets)
    {
        var index = segment.OffsetIndex.View;
        var i = index.FloorByPosition((int)span.Position - 1) + 1;
        for (; index.TryGetOffsetEntry(i, out var relative, out var position) && position < span.Position + span.Length; i++)
        {
            if (!lastOffsets.TryGetValue(position, out var last) || last != segment.BaseOffset + relative)
                return false;
        }
        return true;
    }
}
