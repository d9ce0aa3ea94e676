using System.Buffers.Binary;
using ActorBroker.Records;

namespace ActorBroker.Storage.Segments;

/// <summary>The fixed fields of a batch (magic 2) or of an entry of an old message set (magic 0 and 1), copied out of a segment.
/// What an old entry does not have is filled with "none".</summary>
internal readonly struct BatchHeader
{
    /// <summary>Bytes that are enough to read the header of any magic.</summary>
    public const int MaxSize = RecordBatch.HeaderSize;

    /// <summary>The bytes that every magic has: offset, length, CRC or leader epoch, magic.</summary>
    public const int CommonSize = RecordBatch.MagicAt + 1;

    private const int MinimumOldLength = 14;
    private const int OldTimestampAt = 18;

    public long BaseOffset { get; private init; }

    /// <summary>Bytes of the whole batch.</summary>
    public int Size { get; private init; }

    public int LeaderEpoch { get; private init; }

    public byte Magic { get; private init; }

    public short Attributes { get; private init; }

    public int LastOffsetDelta { get; private init; }

    public long MaxTimestamp { get; private init; }

    /// <summary>The first record's timestamp, or the delete horizon (<see cref="RecordBatch.DeleteHorizonBit"/>).</summary>
    public long BaseTimestamp { get; private init; }

    public long ProducerId { get; private init; }

    public short ProducerEpoch { get; private init; }

    public int BaseSequence { get; private init; }

    public int RecordCount { get; private init; }

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long NextOffset => LastOffset + 1;

    public int LastSequence => RecordBatch.SequenceAfter(BaseSequence, LastOffsetDelta);

    public bool IsControl => (Attributes & RecordBatch.ControlBit) != 0 && Magic == RecordBatch.CurrentMagic;

    public bool IsTransactional => (Attributes & RecordBatch.TransactionalBit) != 0 && Magic == RecordBatch.CurrentMagic;

    public bool HasProducerId => ProducerId >= 0;

    public bool IsLogAppendTime => (Attributes & RecordBatch.LogAppendTimeBit) != 0 && Magic > 0;

    /// <summary>Reads the header at the start of <paramref name="bytes"/>. False when the bytes are too few or no header of a known magic;
    /// the size may still reach past the bytes.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        header = default;
        if (bytes.Length < CommonSize)
            return false;
        var baseOffset = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.BatchLengthAt..]);
        var magic = bytes[RecordBatch.MagicAt];
        if (baseOffset < 0 || length > int.MaxValue - RecordBatch.LogOverhead)
            return false;
        if (magic < RecordBatch.CurrentMagic)
            return TryReadOld(bytes, baseOffset, length, magic, out header);
        if (magic != RecordBatch.CurrentMagic || length < RecordBatch.MinimumBatchLength || bytes.Length < RecordBatch.HeaderSize)
            return false;
        header = new BatchHeader
        {
            BaseOffset = baseOffset,
            Size = length + RecordBatch.LogOverhead,
            LeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.LeaderEpochAt..]),
            Magic = magic,
            Attributes = BinaryPrimitives.ReadInt16BigEndian(bytes[RecordBatch.AttributesAt..]),
            LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.LastOffsetDeltaAt..]),
            BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[RecordBatch.BaseTimestampAt..]),
            MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[RecordBatch.MaxTimestampAt..]),
            ProducerId = BinaryPrimitives.ReadInt64BigEndian(bytes[RecordBatch.ProducerIdAt..]),
            ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(bytes[RecordBatch.ProducerEpochAt..]),
            BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.BaseSequenceAt..]),
            RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.RecordCountAt..]),
        };
        return header.LastOffsetDelta >= 0;
    }

    private static bool TryReadOld(ReadOnlySpan<byte> bytes, long offset, int length, byte magic, out BatchHeader header)
    {
        header = default;
        if (length < MinimumOldLength || (magic == 1 && bytes.Length < OldTimestampAt + sizeof(long)) || bytes.Length < OldTimestampAt)
            return false;
        var timestamp = magic == 1 ? BinaryPrimitives.ReadInt64BigEndian(bytes[OldTimestampAt..]) : RecordBatch.NoTimestamp;
        // The offset of a compressed wrapper is its last record's; where its first one is, only decompression tells.
        header = new BatchHeader
        {
            BaseOffset = offset,
            Size = length + RecordBatch.LogOverhead,
            LeaderEpoch = RecordBatch.NoLeaderEpoch,
            Magic = magic,
            Attributes = bytes[RecordBatch.CrcAt],
            BaseTimestamp = timestamp,
            MaxTimestamp = timestamp,
            ProducerId = RecordBatch.NoProducerId,
            ProducerEpoch = RecordBatch.NoProducerEpoch,
            BaseSequence = RecordBatch.NoSequence,
            RecordCount = 1,
        };
        return true;
    }
}
