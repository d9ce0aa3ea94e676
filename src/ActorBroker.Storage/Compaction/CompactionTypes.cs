using ActorBroker.Model;

namespace ActorBroker.Storage.Compaction;

/// <summary>How much of a log a compaction would look at.</summary>
/// <param name="FirstDirtyOffset">Everything below was compacted before.</param>
/// <param name="EndOffset">Nothing from here on may be compacted yet: the active segment, undecided transactions, min.compaction.lag.ms.</param>
/// <param name="IsOverdue">Whether max.compaction.lag.ms asks for a compaction whatever the ratio is.</param>
public readonly record struct CompactionEstimate(Offset FirstDirtyOffset, Offset EndOffset, long CleanBytes, long DirtyBytes, bool IsOverdue)
{
    /// <summary>Bytes not yet compacted as a part of all that would be gone through.</summary>
    public double DirtyRatio => DirtyBytes == 0 ? 0 : (double)DirtyBytes / (CleanBytes + DirtyBytes);
}

/// <summary>What compactions may use (log.cleaner.* settings).</summary>
public sealed record CompactionLimits
{
    /// <summary>log.cleaner.dedupe.buffer.size: memory of the offset map, bytes.</summary>
    public long OffsetMapBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Limit on a batch's records after decompression, bytes.</summary>
    public int MaxDecompressedBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>log.cleaner.io.max.bytes.per.second, of what is read and written together.</summary>
    public BandwidthLimit Bandwidth { get; init; } = BandwidthLimit.None;
}

/// <summary>What a compaction did.</summary>
/// <param name="EndOffset">Compacted up to here, exclusive.</param>
/// <param name="BytesBefore">Bytes of the segments that were gone through.</param>
/// <param name="BytesAfter">Bytes of the segments that took their place.</param>
public readonly record struct CompactionResult(Offset EndOffset, int SegmentsBefore, int SegmentsAfter, long BytesBefore, long BytesAfter, long RecordsKept, long RecordsDropped);

/// <summary>A batch could not be read while compacting: the log stays as it is, and is not compacted until restart.</summary>
public sealed class UncleanableLogException(TopicPartition partition, string reason) : Exception($"{partition} cannot be compacted: {reason}")
{
    public TopicPartition Partition => partition;
}
