using System.Buffers.Binary;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>An index file of a segment: sorted fixed-size entries, big-endian. The file is the truth; only entries that were not written to
/// it yet are kept in memory, so that a partition pays for its index only while it is appended to. Written by the log's writer, read by
/// everybody through an <see cref="IndexView"/>. See docs/formats/indexes.md.</summary>
internal sealed class SparseIndex(LogFile file, int entrySize, int persisted)
{
    /// <summary>Entry of .index: relative offset and position, int32 each.</summary>
    public const int OffsetEntrySize = 8;

    /// <summary>Entry of .timeindex: timestamp int64, relative offset int32.</summary>
    public const int TimeEntrySize = 12;

    /// <summary>Entries that gather in memory before they are written. A crash loses them; recovery makes them again.</summary>
    private const int MaxPending = 256;
    private const int InitialPending = 8;

    private byte[] _pending = [];
    private int _pendingCount;
    private bool _unsynced;

    public LogFile File => file;

    public int Count { get; private set; } = persisted;

    public int SizeInBytes => Count * entrySize;

    public IndexView View => new(file, entrySize, Count - _pendingCount, _pending, _pendingCount);

    /// <summary>Whether so many entries have gathered that they should be written.</summary>
    public bool WantsWrite => _pendingCount >= MaxPending;

    /// <summary>Whether entries were written that no <see cref="Sync"/> has covered.</summary>
    public bool IsUnsynced => Volatile.Read(ref _unsynced);

    /// <summary>Adds an entry, in memory.</summary>
    public void Append(ReadOnlySpan<byte> entry)
    {
        var at = _pendingCount * entrySize;
        if (at == _pending.Length)
        {
            // Views of before hold the old array: entries are never changed in place, only added after what a view counts.
            var larger = new byte[Math.Max(at * 2, InitialPending * entrySize)];
            _pending.CopyTo(larger, 0);
            _pending = larger;
        }
        entry.CopyTo(_pending.AsSpan(at));
        _pendingCount++;
        Count++;
    }

    /// <summary>Writes the gathered entries to the file; without entries no file is made.</summary>
    public void WritePending()
    {
        if (_pendingCount == 0)
            return;
        file.Write(_pending.AsSpan(0, _pendingCount * entrySize), (long)(Count - _pendingCount) * entrySize);
        Volatile.Write(ref _unsynced, true);
        _pending = [];
        _pendingCount = 0;
    }

    /// <summary>Notes that the file may hold entries that an earlier process wrote and did not sync.</summary>
    public void MarkUnsynced() => Volatile.Write(ref _unsynced, true);

    public void NoteSynced() => Volatile.Write(ref _unsynced, false);

    /// <summary>Makes the written entries survive a power failure.</summary>
    public void Sync()
    {
        if (!IsUnsynced)
            return;
        Volatile.Write(ref _unsynced, false);
        file.Sync();
    }

    /// <summary>Keeps the first <paramref name="count"/> entries.</summary>
    public void TruncateTo(int count)
    {
        if (count >= Count)
            return;
        var persistedCount = Count - _pendingCount;
        _pending = count <= persistedCount ? [] : _pending.AsSpan(0, (count - persistedCount) * entrySize).ToArray();
        _pendingCount = Math.Max(0, count - persistedCount);
        Count = count;
        if (count < persistedCount)
            file.SetLength((long)count * entrySize);
    }

    public static void WriteOffsetEntry(Span<byte> entry, int relativeOffset, int position)
    {
        BinaryPrimitives.WriteInt32BigEndian(entry, relativeOffset);
        BinaryPrimitives.WriteInt32BigEndian(entry[4..], position);
    }

    public static void WriteTimeEntry(Span<byte> entry, long timestamp, int relativeOffset)
    {
        BinaryPrimitives.WriteInt64BigEndian(entry, timestamp);
        BinaryPrimitives.WriteInt32BigEndian(entry[8..], relativeOffset);
    }
}

/// <summary>What an index holds at one moment; usable while the writer goes on.</summary>
internal readonly struct IndexView(LogFile file, int entrySize, int persisted, byte[] pending, int pendingCount)
{
    /// <summary>Entries that one read brings in for the last steps of a search.</summary>
    private const int BlockEntries = 128;

    public int Count => persisted + pendingCount;

    public bool TryGetOffsetEntry(int index, out int relativeOffset, out int position)
    {
        Span<byte> entry = stackalloc byte[SparseIndex.OffsetEntrySize];
        if (!TryRead(index, entry))
        {
            relativeOffset = position = 0;
            return false;
        }
        relativeOffset = BinaryPrimitives.ReadInt32BigEndian(entry);
        position = BinaryPrimitives.ReadInt32BigEndian(entry[4..]);
        return true;
    }

    public bool TryGetTimeEntry(int index, out long timestamp, out int relativeOffset)
    {
        Span<byte> entry = stackalloc byte[SparseIndex.TimeEntrySize];
        if (!TryRead(index, entry))
        {
            timestamp = relativeOffset = 0;
            return false;
        }
        timestamp = BinaryPrimitives.ReadInt64BigEndian(entry);
        relativeOffset = BinaryPrimitives.ReadInt32BigEndian(entry[8..]);
        return true;
    }

    /// <summary>The index of the last entry of .index whose relative offset is not above; -1 when there is none.</summary>
    public int FloorByOffset(int relativeOffset) => Floor(relativeOffset, 0, isInt64: false);

    /// <summary>The index of the last entry of .index whose position is not above; -1 when there is none.</summary>
    public int FloorByPosition(int position) => Floor(position, 4, isInt64: false);

    /// <summary>The index of the last entry of .timeindex whose timestamp is not above; -1 when there is none.</summary>
    public int FloorByTimestamp(long timestamp) => Floor(timestamp, 0, isInt64: true);

    private int Floor(long target, int keyAt, bool isInt64)
    {
        if (pendingCount > 0 && Key(pending, 0, keyAt, isInt64) <= target)
            return persisted + FloorIn(pending.AsSpan(0, pendingCount * entrySize), target, keyAt, isInt64);

        Span<byte> block = stackalloc byte[BlockEntries * SparseIndex.TimeEntrySize];
        int low = 0, high = persisted; // the answer is in [low - 1, high)
        while (high - low > BlockEntries)
        {
            var middle = (int)(((uint)low + (uint)high) / 2);
            // A missing entry was truncated after the view was taken: it was above everything that this view may still read.
            if (!TryRead(middle, block) || Key(block, 0, keyAt, isInt64) > target)
                high = middle;
            else
                low = middle + 1;
        }
        if (high == low)
            return low - 1;
        var count = file.Read(block[..((high - low) * entrySize)], (long)low * entrySize) / entrySize;
        return low + FloorIn(block[..(count * entrySize)], target, keyAt, isInt64);
    }

    private int FloorIn(ReadOnlySpan<byte> entries, long target, int keyAt, bool isInt64)
    {
        int low = 0, high = entries.Length / entrySize;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Key(entries, middle, keyAt, isInt64) > target)
                high = middle;
            else
                low = middle + 1;
        }
        return low - 1;
    }

    private long Key(ReadOnlySpan<byte> entries, int index, int keyAt, bool isInt64)
    {
        var bytes = entries[(index * entrySize + keyAt)..];
        return isInt64 ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt32BigEndian(bytes);
    }

    private bool TryRead(int index, Span<byte> entry)
    {
        if (index < 0 || index >= Count)
            return false;
        if (index >= persisted)
        {
            pending.AsSpan((index - persisted) * entrySize, entrySize).CopyTo(entry);
            return true;
        }
        return file.Read(entry[..entrySize], (long)index * entrySize) == entrySize;
    }
}
