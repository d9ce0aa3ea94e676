namespace ActorBroker.Storage.Segments;

/// <summary>Where a batch of the active segment lies.</summary>
internal readonly record struct TailEntry(long BaseOffset, int LastOffsetDelta, int Position)
{
    public long LastOffset => BaseOffset + LastOffsetDelta;
}

/// <summary>The places of the active segment's last batches, so that reads near the end of the log find their batch boundaries without
/// touching a file. Entries are only added behind what published views count; a full array is left to its readers and replaced.</summary>
internal sealed class TailIndex
{
    private const int Capacity = 128;
    private const int Kept = 64;

    private TailEntry[] _entries = [];
    private int _count;

    public TailView View => new(_entries, _count);

    public void Add(long baseOffset, int lastOffsetDelta, int position)
    {
        if (_count == _entries.Length)
            MakeRoom();
        _entries[_count++] = new TailEntry(baseOffset, lastOffsetDelta, position);
    }

    /// <summary>Forgets everything: a new active segment, or a truncated one.</summary>
    public void Clear()
    {
        _entries = [];
        _count = 0;
    }

    private void MakeRoom()
    {
        var kept = _count < Capacity ? _count : Kept;
        var next = new TailEntry[Math.Clamp(_count * 2, 4, Capacity)];
        Array.Copy(_entries, _count - kept, next, 0, kept);
        _entries = next;
        _count = kept;
    }
}

internal readonly struct TailView(TailEntry[] entries, int count)
{
    /// <summary>Whether <paramref name="offset"/> is not below the first batch that the tail knows.</summary>
    public bool Covers(long offset) => count > 0 && entries[0].BaseOffset <= offset;

    /// <summary>Whether a batch boundary at or below <paramref name="position"/> is known.</summary>
    public bool CoversPosition(long position) => count > 0 && entries[0].Position <= position;

    /// <summary>The first batch whose last offset is not below <paramref name="offset"/>; null when the offset is past the last batch.</summary>
    public TailEntry? FindBatch(long offset)
    {
        int low = 0, high = count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].LastOffset < offset)
                low = middle + 1;
            else
                high = middle;
        }
        return low == count ? null : entries[low];
    }

    /// <summary>The batch that starts at <paramref name="position"/>; null when none does.</summary>
    public TailEntry? At(int position) => entries[BoundaryIndex(position)] is var entry && entry.Position == position ? entry : null;

    /// <summary>Where the batch after <paramref name="entry"/> starts.</summary>
    public int PositionAfter(TailEntry entry, int segmentSize)
    {
        var next = BoundaryIndex(entry.Position) + 1;
        return next < count ? entries[next].Position : segmentSize;
    }

    /// <summary>The start of the last batch that starts at or below <paramref name="position"/>.</summary>
    public int BoundaryAtOrBelow(long position) => entries[BoundaryIndex(position)].Position;

    private int BoundaryIndex(long position)
    {
        int low = 0, high = count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (entries[middle].Position > position)
                high = middle;
            else
                low = middle + 1;
        }
        return low - 1;
    }
}
