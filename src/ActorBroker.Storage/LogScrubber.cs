using ActorBroker.Model;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <summary>Bytes of a segment that are no longer what was written.</summary>
/// <param name="File">Path of the segment file.</param>
/// <param name="Position">Where the damage starts in the file; batches in front of it are whole.</param>
/// <param name="Length">Bytes that cannot be served: one batch, or up to the next known batch boundary when even its header is gone.</param>
/// <param name="Offset">The first offset that is affected.</param>
public sealed record CorruptRange(TopicPartition Partition, string File, long Position, long Length, Offset Offset, string Problem);

/// <summary>What scrubbing a log found.</summary>
public readonly record struct ScrubResult(long BytesChecked, IReadOnlyList<CorruptRange> Corrupt);

/// <summary>Checks the checksums of batches at rest, which nothing else reads for a long time. Damage is reported, and never served from then on.
/// Runs on any one thread, at a bounded rate.</summary>
public sealed class LogScrubber(BandwidthLimit bandwidth)
{
    /// <summary>Checks everything that the log's view shows. Throws <see cref="IOException"/> when a file cannot be read, and
    /// <see cref="OperationCanceledException"/>.</summary>
    public ScrubResult Scrub(PartitionLog log, CancellationToken cancellation)
    {
        var content = log.View.Content;
        var found = new List<CorruptRange>();
        long bytes = 0;
        for (var i = 0; i < content.Segments.Length; i++)
        {
            try
            {
                bytes += Scrub(log, content, i, found, cancellation);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // Deleted or compacted meanwhile.
            }
        }
        return new ScrubResult(bytes, found);
    }

    /// <summary>Checks the segment that holds the offset, as <see cref="Scrub(PartitionLog, CancellationToken)"/> does: a read has met damage there.</summary>
    public ScrubResult ScrubAt(PartitionLog log, Offset offset, CancellationToken cancellation)
    {
        var content = log.View.Content;
        var found = new List<CorruptRange>();
        return new ScrubResult(Scrub(log, content, content.SegmentOf(offset.Value), found, cancellation), found);
    }

    private long Scrub(PartitionLog log, LogContent content, int index, List<CorruptRange> found, CancellationToken cancellation)
    {
        var segment = content.Segments[index];
        var size = content.SizeOf(index);
        long position = 0;
        var next = segment.BaseOffset;
        while (position < size)
        {
            using var reader = new SequentialBatchReader(segment.Log, position, size);
            var isLost = false;
            while (!isLost && reader.MoveNext())
            {
                bandwidth.Take(reader.Header.Size, cancellation);
                position = reader.NextPosition;
                if (BatchChecksum.IsValid(reader.Batch))
                {
                    // The checksum does not cover the offset; memory knows it for the newest batches.
                    if (content.IsAsWritten(index, (int)reader.Position, reader.Header))
                        next = reader.Header.NextOffset;
                    else
                        Report(reader.Position, reader.Header.Size, next, "the batch is not the one that was written here");
                    continue;
                }
                // The damage may be in the size: where the index knows a batch to begin in this one, the index is believed.
                position = Math.Min(position, NextIndexed(content.OffsetIndexOf(index), reader.Position, size));
                Report(reader.Position, position - reader.Position, reader.Header.BaseOffset, "the checksum does not match");
                isLost = position < reader.NextPosition;
            }
            if (reader.Problem is null)
                continue;
            // Without a header only the index tells where another batch starts.
            var resume = NextIndexed(content.OffsetIndexOf(index), position, size);
            Report(position, resume - position, next, reader.Problem);
            position = resume;
        }
        return size;

        void Report(long at, long length, long offset, string problem)
        {
            // Cut or replaced meanwhile: what was read here is not what is there now.
            if (!log.View.Content.Segments.Contains(segment))
                return;
            var range = new CorruptRange(log.Partition, segment.Log.Path, at, length, new Offset(offset), problem);
            log.MarkCorrupt(segment.Log, range);
            found.Add(range);
        }
    }

    private static long NextIndexed(IndexView index, long position, long size)
    {
        var floor = index.FloorByPosition((int)position);
        return index.TryGetOffsetEntry(floor + 1, out _, out var next) && next > position && next < size ? next : size;
    }
}
