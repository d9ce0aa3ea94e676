using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>One entry of a log or record set of any magic: a batch (magic 2), or a message of an old message set (magic 0 and 1),
/// which may wrap a compressed set. Offset, length and magic byte lie at the same places in all of them.</summary>
public readonly ref struct BatchEntry
{
    /// <summary>Smallest legal length field of magic 0: CRC, magic, attributes, key length, value length.</summary>
    internal const int MinimumLengthV0 = 14;

    private BatchEntry(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>Exactly the entry.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Reads the entry at the start of <paramref name="bytes"/>. Its checksum is not looked at.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchEntry entry, out BatchProblem problem)
    {
        entry = default;
        if (bytes.Length < RecordBatch.MagicAt + 1)
        {
            problem = BatchProblem.Truncated;
            return false;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.BatchLengthAt..]);
        var magic = bytes[RecordBatch.MagicAt];
        var minimum = magic switch { 0 => MinimumLengthV0, 1 => MinimumLengthV0 + sizeof(long), _ => RecordBatch.MinimumBatchLength };
        problem = magic > RecordBatch.CurrentMagic ? BatchProblem.UnsupportedMagic
            : length < minimum ? BatchProblem.LengthTooSmall
            : length > bytes.Length - RecordBatch.LogOverhead ? BatchProblem.Truncated
            : BatchProblem.None;
        if (problem != BatchProblem.None)
            return false;
        entry = new BatchEntry(bytes[..(length + RecordBatch.LogOverhead)]);
        return true;
    }

    public int SizeInBytes => Bytes.Length;

    public byte Magic => Bytes[RecordBatch.MagicAt];

    /// <summary>The offset field: the base offset of a batch, the (last) offset of an old message.</summary>
    public long OffsetField => BinaryPrimitives.ReadInt64BigEndian(Bytes);

    /// <summary>The last offset that the entry holds.</summary>
    public long LastOffset => Magic == RecordBatch.CurrentMagic
        ? OffsetField + BinaryPrimitives.ReadInt32BigEndian(Bytes[RecordBatch.LastOffsetDeltaAt..])
        : OffsetField;

    /// <summary>The batch view of an entry of magic 2.</summary>
    public bool TryGetBatch(out RecordBatchView view, out BatchProblem problem) => RecordBatchView.TryRead(Bytes, out view, out problem);
}

/// <summary>Walks the consecutive entries of a span, oldest first. Use with <c>foreach</c>, or call <see cref="MoveNext"/> and then ask
/// <see cref="Problem"/> and <see cref="Position"/> why and where it ended.</summary>
public ref struct BatchEntries(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private BatchEntry _current;
    private int _start;
    private int _next;

    public readonly BatchEntries GetEnumerator() => this;

    public readonly BatchEntry Current => _current;

    /// <summary>Byte position of <see cref="Current"/> in the span.</summary>
    public readonly int CurrentPosition => _start;

    /// <summary>Byte position after the last entry that was read.</summary>
    public readonly int Position => _next;

    /// <summary>Why the walk ended before the end of the span; None when it did not.</summary>
    public BatchProblem Problem { get; private set; }

    public bool MoveNext()
    {
        if (_next == _bytes.Length)
            return false;
        if (!BatchEntry.TryRead(_bytes[_next..], out _current, out var problem))
        {
            Problem = problem;
            return false;
        }
        _start = _next;
        _next += _current.SizeInBytes;
        return true;
    }
}
