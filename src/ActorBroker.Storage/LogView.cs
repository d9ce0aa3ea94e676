using ActorBroker.Model;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <summary>What the bytes of a log are at one moment; shared by the views between two appends.</summary>
internal sealed record LogContent(
    Segment[] Segments,
    int ActiveSize,
    IndexView ActiveOffsetIndex,
    IndexView ActiveTimeIndex,
    TailView Tail,
    LeaderEpochCache Epochs,
    long LogEndOffset)
{
    public int SizeOf(int segment) => segment == Segments.Length - 1 ? ActiveSize : Segments[segment].Size;

    public IndexView OffsetIndexOf(int segment) =>
        segment == Segments.Length - 1 ? ActiveOffsetIndex : Segments[segment].OffsetIndex.View;

    public IndexView TimeIndexOf(int segment) =>
        segment == Segments.Length - 1 ? ActiveTimeIndex : Segments[segment].TimeIndex.View;

    /// <summary>The segment that offsets from <paramref name="offset"/> on are looked for in: the last one whose base is not above, or the
    /// first.</summary>
    public int SegmentOf(long offset)
    {
        int low = 0, high = Segments.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Segments[middle].BaseOffset > offset)
                high = middle;
            else
                low = middle + 1;
        }
        return Math.Max(0, low - 1);
    }

    /// <summary>The offset after the last one that the segment can hold.</summary>
    public long EndOf(int segment) => segment == Segments.Length - 1 ? LogEndOffset : Segments[segment + 1].BaseOffset;

    /// <summary>Whether a header that was read at the position of the segment is the one that was written there, as far as memory still knows.</summary>
    public bool IsAsWritten(int segment, int position, in BatchHeader header) =>
        segment != Segments.Length - 1
        || !Tail.CoversPosition(position)
        || (Tail.At(position) is { } entry
            && header.BaseOffset == entry.BaseOffset
            && header.LastOffset == entry.LastOffset
            && header.Size == Tail.PositionAfter(entry, ActiveSize) - position);
}

/// <summary>Why a read gave no bytes.</summary>
public enum ReadStatus
{
    /// <summary>The slice holds batches, or is empty since nothing fits or nothing is there yet.</summary>
    Ok,

    /// <summary>The offset is below the log start or past the log end.</summary>
    OffsetOutOfRange,

    /// <summary>The segment's bytes are no batches where the indexes say that they are. The read is refused, nothing is served.</summary>
    Corrupt,
}

/// <summary>The answer to a read. Whoever gets it must call <see cref="FileSlice.Release"/> on its slice.</summary>
public readonly record struct ReadResult(ReadStatus Status, FileSlice Slice);

/// <summary>An immutable view of a log, published by its writer. Anybody may read through it on any thread, for as long as they like; segments that
/// were deleted since are no longer readable.</summary>
public sealed partial class LogView
{
    private readonly PartitionLog _log;
    private readonly LogContent _content;

    internal LogView(PartitionLog log, LogContent content, long logStartOffset, long highWatermark, long lastStableOffset)
    {
        _log = log;
        _content = content;
        LogStartOffset = new Offset(logStartOffset);
        HighWatermark = new Offset(highWatermark);
        LastStableOffset = new Offset(lastStableOffset);
    }

    /// <summary>The earliest readable offset.</summary>
    public Offset LogStartOffset { get; }

    /// <summary>Everything below is on all in-sync replicas.</summary>
    public Offset HighWatermark { get; }

    /// <summary>Everything below is committed or aborted; not above the high watermark.</summary>
    public Offset LastStableOffset { get; }

    /// <summary>The offset of the next record.</summary>
    public Offset LogEndOffset => new(_content.LogEndOffset);

    public LeaderEpoch LatestEpoch => _content.Epochs.LatestEpoch;

    public LeaderEpochCache LeaderEpochs => _content.Epochs;

    public int SegmentCount => _content.Segments.Length;

    /// <summary>Base offset of the oldest segment; not above the log start.</summary>
    public Offset FirstSegmentBaseOffset => new(_content.Segments[0].BaseOffset);

    /// <summary>Base offset of the active segment.</summary>
    public Offset ActiveSegmentBaseOffset => new(_content.Segments[^1].BaseOffset);

    /// <summary>Base offsets of all segments, ascending.</summary>
    public IEnumerable<Offset> SegmentBaseOffsets => _content.Segments.Select(segment => new Offset(segment.BaseOffset));

    /// <summary>Bytes of all segments, without indexes.</summary>
    public long SizeInBytes
    {
        get
        {
            long size = 0;
            for (var i = 0; i < _content.Segments.Length; i++)
                size += _content.SizeOf(i);
            return size;
        }
    }

    internal LogContent Content => _content;

    /// <summary>Kafka's answer to OffsetForLeaderEpoch, see <see cref="LeaderEpochCache.EndOffsetFor"/>.</summary>
    public EpochEnd EndOffsetForEpoch(LeaderEpoch epoch) => _content.Epochs.EndOffsetFor(epoch, LogEndOffset);

    /// <summary>The aborted transactions that a reader of [<paramref name="from"/>, <paramref name="upTo"/>) has to know of.</summary>
    public List<AbortedTransaction> AbortedTransactions(Offset from, Offset upTo) =>
        OnCurrent(from, upTo, static (view, from, upTo) => view.FindAbortedTransactions(from, upTo));

    private List<AbortedTransaction> FindAbortedTransactions(Offset from, Offset upTo)
    {
        var found = new List<AbortedTransaction>();
        for (var i = _content.SegmentOf(from.Value); i < _content.Segments.Length; i++)
        {
            if (_content.Segments[i].Aborted.Count == 0)
                continue;
            foreach (var transaction in _content.Segments[i].Aborted.ReadAll())
            {
                if (transaction.LastOffset >= from.Value && transaction.FirstOffset < upTo.Value)
                    found.Add(transaction);
                // Transactions that began below the stable offset of then are all known by then.
                if (transaction.LastStableOffset >= upTo.Value)
                    return found;
            }
        }
        return found;
    }

    /// <summary>Bytes of the log from <paramref name="from"/> to the end, as far as they lie below <paramref name="upTo"/>; an estimate for
    /// lag and fetch sizes that reads at most one index block.</summary>
    public long BytesBetween(Offset from, Offset upTo)
    {
        if (from >= upTo || from < LogStartOffset || from > LogEndOffset)
            return 0;
        return OnCurrent(from, upTo, static (view, from, upTo) => view.PositionEstimate(upTo.Value) - view.PositionEstimate(from.Value));
    }

    /// <summary>Looks something up in this view, or in the current one when segments of this one were deleted meanwhile.</summary>
    private T OnCurrent<T, TFirst, TSecond>(TFirst first, TSecond second, Func<LogView, TFirst, TSecond, T> look)
    {
        for (var view = this; ; view = view._log.View)
        {
            try
            {
                return look(view, first, second);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException && !ReferenceEquals(view, view._log.View))
            {
                // The newer view does not show the segment.
            }
        }
    }

    private long PositionEstimate(long offset)
    {
        var segment = _content.SegmentOf(offset);
        long bytes = 0;
        for (var i = 0; i < segment; i++)
            bytes += _content.SizeOf(i);
        if (offset >= _content.LogEndOffset)
            return bytes + _content.SizeOf(segment);
        return bytes + StartOfSearch(segment, offset);
    }
}
