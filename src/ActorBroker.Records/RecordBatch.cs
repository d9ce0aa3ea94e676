namespace ActorBroker.Records;

/// <summary>Layout of the record batch, magic 2 (KIP-98): big-endian fields at fixed positions, then the record array,
/// compressed as a whole when a codec is set. See docs/formats/record-batch.md.</summary>
public static class RecordBatch
{
    public const int BaseOffsetAt = 0;
    public const int BatchLengthAt = 8;
    public const int LeaderEpochAt = 12;
    public const int MagicAt = 16;
    public const int CrcAt = 17;
    public const int AttributesAt = 21;
    public const int LastOffsetDeltaAt = 23;
    public const int BaseTimestampAt = 27;
    public const int MaxTimestampAt = 35;
    public const int ProducerIdAt = 43;
    public const int ProducerEpochAt = 51;
    public const int BaseSequenceAt = 53;
    public const int RecordCountAt = 57;

    /// <summary>Bytes before the first record.</summary>
    public const int HeaderSize = 61;

    /// <summary>Bytes before what the batch length counts: base offset and the length itself. The same in every magic.</summary>
    public const int LogOverhead = 12;

    /// <summary>The smallest legal value of the batch length field.</summary>
    public const int MinimumBatchLength = HeaderSize - LogOverhead;

    /// <summary>The magic byte of this format.</summary>
    public const byte CurrentMagic = 2;

    public const long NoProducerId = -1;
    public const short NoProducerEpoch = -1;
    public const int NoSequence = -1;
    public const int NoLeaderEpoch = -1;
    public const long NoTimestamp = -1;

    public const int CodecMask = 0x07;
    public const int LogAppendTimeBit = 0x08;
    public const int TransactionalBit = 0x10;
    public const int ControlBit = 0x20;
    public const int DeleteHorizonBit = 0x40;

    /// <summary>The sequence <paramref name="delta"/> records after <paramref name="sequence"/>; numbers wrap from
    /// <see cref="int.MaxValue"/> to 0. <see cref="NoSequence"/> stays.</summary>
    public static int SequenceAfter(int sequence, int delta) =>
        sequence == NoSequence ? NoSequence : (int)(((long)sequence + delta) & int.MaxValue);
}

/// <summary>What a batch's timestamps mean (message.timestamp.type, KIP-32).</summary>
public enum TimestampType
{
    /// <summary>The producer's time of creation.</summary>
    CreateTime = 0,

    /// <summary>The broker's time of append, the same for all records of the batch.</summary>
    LogAppendTime = 1,
}

/// <summary>Codec of a batch's record array, by its number in the attribute bits 0-2.</summary>
public enum CompressionCodec
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,

    /// <summary>Magic 2 only (KIP-110).</summary>
    Zstd = 4,
}

/// <summary>Why bytes are not one readable batch or entry.</summary>
public enum BatchProblem
{
    None = 0,

    /// <summary>The bytes end inside the batch; with more bytes it might be whole.</summary>
    Truncated,

    /// <summary>The length field is smaller than the fixed fields of its magic.</summary>
    LengthTooSmall,

    /// <summary>The magic byte is not 2 (for a batch view) or not 0 to 2 (for an entry).</summary>
    UnsupportedMagic,

    /// <summary>The record count or the last offset delta is negative.</summary>
    NegativeCount,
}
