namespace ActorBroker.Storage.Compaction;

/// <summary>The last offset of each key, in bounded memory: keys are kept as 128 bits of a keyed hash, since two keys that collide would lose one
/// of them. Open addressing with linear probing.</summary>
internal sealed class OffsetMap
{
    /// <summary>Bytes that an entry takes: hash and offset.</summary>
    public const int EntrySize = 24;

    private const double LoadFactor = 0.9;
    private const long Empty = -1;

    private readonly SipHash _hash = SipHash.WithRandomKey();
    private readonly Slot[] _slots;
    private readonly int _capacity;
    private int _count;

    /// <param name="maxBytes">Limit on the memory.</param>
    /// <param name="expectedEntries">As many keys as there can be at most; the map is not made larger than needed for them.</param>
    public OffsetMap(long maxBytes, long expectedEntries)
    {
        var slots = Math.Clamp((long)(expectedEntries / LoadFactor) + 2, 16, Math.Max(16, maxBytes / EntrySize));
        _slots = new Slot[Math.Min(slots, Array.MaxLength / 2)];
        _slots.AsSpan().Fill(new Slot(0, 0, Empty));
        _capacity = (int)(_slots.Length * LoadFactor);
    }

    public int Count => _count;

    /// <summary>Keys that still fit.</summary>
    public int Room => _capacity - _count;

    /// <summary>Notes the key's offset. False when the map is full and the key is not in it.</summary>
    public bool TryPut(ReadOnlySpan<byte> key, long offset)
    {
        ref var slot = ref Find(key, out var high, out var low);
        if (slot.Offset == Empty)
        {
            if (_count == _capacity)
                return false;
            _count++;
        }
        slot = new Slot(high, low, offset);
        return true;
    }

    /// <summary>The key's last offset, or -1.</summary>
    public long Get(ReadOnlySpan<byte> key) => Find(key, out _, out _).Offset;

    private ref Slot Find(ReadOnlySpan<byte> key, out ulong high, out ulong low)
    {
        _hash.Compute(key, out low, out high);
        var index = (int)Math.BigMul(high, (ulong)_slots.Length, out _);
        while (true)
        {
            ref var slot = ref _slots[index];
            if (slot.Offset == Empty || (slot.High == high && slot.Low == low))
                return ref slot;
            index = index + 1 == _slots.Length ? 0 : index + 1;
        }
    }

    private readonly record struct Slot(ulong High, ulong Low, long Offset);
}
