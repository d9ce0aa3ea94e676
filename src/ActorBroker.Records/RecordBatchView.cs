using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace ActorBroker.Records;

/// <summary>One record batch (magic 2) seen in place. A view exists only for bytes that hold the whole batch as its length field
/// gives it; everything else, the checksum included, is what the bytes say and still to be judged.</summary>
public readonly ref struct RecordBatchView
{
    private RecordBatchView(ReadOnlySpan<byte> bytes) => Bytes = bytes;

    /// <summary>Exactly the batch, header included.</summary>
    public ReadOnlySpan<byte> Bytes { get; }

    /// <summary>Reads the batch at the start of <paramref name="bytes"/>; what follows it is ignored.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordBatchView view, out BatchProblem problem)
    {
        view = default;
        if (bytes.Length < RecordBatch.MagicAt + 1)
        {
            problem = BatchProblem.Truncated;
            return false;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordBatch.BatchLengthAt..]);
        if (bytes[RecordBatch.MagicAt] != RecordBatch.CurrentMagic)
            problem = BatchProblem.UnsupportedMagic;
        else if (length < RecordBatch.MinimumBatchLength)
            problem = BatchProblem.LengthTooSmall;
        else if (length > bytes.Length - RecordBatch.LogOverhead)
            problem = BatchProblem.Truncated;
        else
        {
            view = new RecordBatchView(bytes[..(length + RecordBatch.LogOverhead)]);
            if (view.RecordCount >= 0 && view.LastOffsetDelta >= 0)
            {
                problem = BatchProblem.None;
                return true;
            }
            view = default;
            problem = BatchProblem.NegativeCount;
        }
        return false;
    }

    public long BaseOffset => ReadInt64(RecordBatch.BaseOffsetAt);

    /// <summary>The length field: bytes after it.</summary>
    public int BatchLength => Bytes.Length - RecordBatch.LogOverhead;

    /// <summary>Bytes of the whole batch.</summary>
    public int SizeInBytes => Bytes.Length;

    public int LeaderEpoch => ReadInt32(RecordBatch.LeaderEpochAt);

    public byte Magic => Bytes[RecordBatch.MagicAt];

    /// <summary>The stored CRC-32C.</summary>
    public uint Crc => (uint)ReadInt32(RecordBatch.CrcAt);

    public short Attributes => ReadInt16(RecordBatch.AttributesAt);

    /// <summary>The codec bits; 5 to 7 are no codec, see <see cref="CodecIsKnown"/>.</summary>
    public CompressionCodec Codec => (CompressionCodec)(Attributes & RecordBatch.CodecMask);

    public bool CodecIsKnown => (Attributes & RecordBatch.CodecMask) <= (int)CompressionCodec.Zstd;

    public TimestampType TimestampType =>
        (Attributes & RecordBatch.LogAppendTimeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => (Attributes & RecordBatch.TransactionalBit) != 0;

    public bool IsControl => (Attributes & RecordBatch.ControlBit) != 0;

    /// <summary>The base timestamp holds the time from which compaction may drop the batch's tombstones.</summary>
    public bool HasDeleteHorizon => (Attributes & RecordBatch.DeleteHorizonBit) != 0;

    public int LastOffsetDelta => ReadInt32(RecordBatch.LastOffsetDeltaAt);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset that follows the batch.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>What timestamp deltas count from, milliseconds since 1970.</summary>
    public long BaseTimestamp => ReadInt64(RecordBatch.BaseTimestampAt);

    /// <summary>The largest record timestamp, or the append time, milliseconds since 1970.</summary>
    public long MaxTimestamp => ReadInt64(RecordBatch.MaxTimestampAt);

    public long ProducerId => ReadInt64(RecordBatch.ProducerIdAt);

    public bool HasProducerId => ProducerId != RecordBatch.NoProducerId;

    public short ProducerEpoch => ReadInt16(RecordBatch.ProducerEpochAt);

    public int BaseSequence => ReadInt32(RecordBatch.BaseSequenceAt);

    /// <summary>The sequence of the last record; wraps after <see cref="int.MaxValue"/>.</summary>
    public int LastSequence => RecordBatch.SequenceAfter(BaseSequence, LastOffsetDelta);

    /// <summary>Records in the batch; 0 in one that compaction emptied.</summary>
    public int RecordCount => ReadInt32(RecordBatch.RecordCountAt);

    /// <summary>The record array as stored, that is compressed when a codec is set.</summary>
    public ReadOnlySpan<byte> Payload => Bytes[RecordBatch.HeaderSize..];

    /// <summary>Computes the checksum over everything from the attributes on and compares. Costs a pass over the batch.</summary>
    public bool IsCrcValid => Crc32C.Compute(Bytes[RecordBatch.AttributesAt..]) == Crc;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private short ReadInt16(int at) => BinaryPrimitives.ReadInt16BigEndian(Bytes[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadInt32(int at) => BinaryPrimitives.ReadInt32BigEndian(Bytes[at..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long ReadInt64(int at) => BinaryPrimitives.ReadInt64BigEndian(Bytes[at..]);
}
