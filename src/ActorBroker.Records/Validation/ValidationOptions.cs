namespace ActorBroker.Records;

/// <summary>Who asks for an append.</summary>
public enum AppendOrigin
{
    /// <summary>A producer: everything is checked.</summary>
    Client,

    /// <summary>A coordinator or the leader itself: control batches are allowed, offsets and sequences are its own affair.</summary>
    Coordinator,

    /// <summary>The partition's leader: bytes are taken as they are once checksums, sizes and offset order hold.</summary>
    Replica,
}

/// <summary>What a partition demands of records that are appended. Field names follow the topic's configs.</summary>
public readonly record struct ValidationOptions()
{
    /// <summary>Decompressed bytes that one batch may have by default, 64 MiB: a producer's request limit of 1 MiB at a compression ratio of 64.</summary>
    public const int DefaultMaxDecompressedBytes = 64 << 20;

    public AppendOrigin Origin { get; init; } = AppendOrigin.Client;

    /// <summary>compression.type: null for "producer", None for "uncompressed".</summary>
    public CompressionCodec? TargetCodec { get; init; }

    /// <summary>compression.gzip.level, .lz4.level or .zstd.level of the target codec; null for its default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>message.timestamp.type.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>message.timestamp.before.max.ms.</summary>
    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    /// <summary>message.timestamp.after.max.ms.</summary>
    public long TimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary>max.message.bytes: limit on one batch as it is stored.</summary>
    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>segment.bytes: limit on the whole append.</summary>
    public int SegmentBytes { get; init; } = 1 << 30;

    /// <summary>cleanup.policy contains compact: every record needs a key.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>The smallest magic that the request may carry: 2 from Produce version 3 on.</summary>
    public byte MinimumMagic { get; init; }

    /// <summary>Produce version 7 and later.</summary>
    public bool AllowsZstd { get; init; } = true;

    /// <summary>The broker's clock, milliseconds since 1970.</summary>
    public long NowMs { get; init; }

    /// <summary>Limit on a batch's records after decompression; what passes it is refused as too large.</summary>
    public int MaxDecompressedBytes { get; init; } = DefaultMaxDecompressedBytes;

    /// <summary>Earliest timestamp that a record may carry.</summary>
    internal long EarliestTimestamp => TimestampBeforeMaxMs >= 0 && NowMs < long.MinValue + TimestampBeforeMaxMs ? long.MinValue : NowMs - TimestampBeforeMaxMs;

    /// <summary>Latest timestamp that a record may carry.</summary>
    internal long LatestTimestamp => TimestampAfterMaxMs > long.MaxValue - Math.Max(NowMs, 0) ? long.MaxValue : NowMs + TimestampAfterMaxMs;
}
