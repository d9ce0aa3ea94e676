namespace ActorBroker.Records;

/// <summary>Compresses and decompresses record arrays and wrapped message sets, in the framing that Kafka uses for each codec. Output goes
/// into pooled memory and never passes the given limit.</summary>
public static class Compression
{
    /// <summary>Whether the codec is one of Kafka's.</summary>
    public static bool IsKnown(CompressionCodec codec) => codec is >= CompressionCodec.None and <= CompressionCodec.Zstd;

    /// <summary>Which implementation serves each codec in this process, for people.</summary>
    public static string Implementations =>
        $"gzip by the runtime's zlib, snappy by Snappier, lz4 by {CodecEngines.Current.Lz4.Name}, zstd by {CodecEngines.Current.Zstd.Name}";

    /// <summary>The level that is used when none is given (compression.gzip.level, .lz4.level, .zstd.level).</summary>
    public static int DefaultLevel(CompressionCodec codec) => codec switch
    {
        CompressionCodec.Gzip => GzipCodec.DefaultLevel,
        CompressionCodec.Lz4 => Lz4Frame.DefaultLevel,
        CompressionCodec.Zstd => ZstdCodec.DefaultLevel,
        _ => 0,
    };

    /// <summary>Appends the decompressed form of <paramref name="source"/> to <paramref name="destination"/>. On a problem the destination's
    /// new content means nothing.</summary>
    /// <param name="magic">Format of the entry: LZ4 headers of magic 0 carry a wrong checksum that is not looked at.</param>
    /// <param name="maxBytes">Limit on the bytes added; more is answered with <see cref="RecordsProblem.TooLarge"/>.</param>
    public static RecordsProblem Decompress(CompressionCodec codec, byte magic, ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination) =>
        Decompress(CodecEngines.Current, codec, magic, source, maxBytes, destination);

    /// <summary>Appends the compressed form of <paramref name="source"/> to <paramref name="destination"/>.</summary>
    /// <param name="level">The codec's own scale; null for its default. Snappy has none.</param>
    public static RecordsProblem Compress(CompressionCodec codec, int? level, byte magic, ReadOnlySpan<byte> source, PooledBytes destination) =>
        Compress(CodecEngines.Current, codec, level, magic, source, destination);

    internal static RecordsProblem Decompress(
        CodecEngines engines, CompressionCodec codec, byte magic, ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination)
    {
        switch (codec)
        {
            case CompressionCodec.None:
                if (source.Length > maxBytes)
                    return RecordsProblem.TooLarge;
                destination.Append(source);
                return RecordsProblem.None;
            case CompressionCodec.Gzip:
                return GzipCodec.Decompress(source, maxBytes, destination);
            case CompressionCodec.Snappy:
                return SnappyStream.Decompress(source, maxBytes, destination);
            case CompressionCodec.Lz4:
                return Lz4Frame.Decompress(engines.Lz4, source, verifyHeader: magic > 0, maxBytes, destination);
            case CompressionCodec.Zstd:
                return magic < RecordBatch.CurrentMagic
                    ? RecordsProblem.UnsupportedCompression
                    : ZstdCodec.Decompress(engines.Zstd, source, maxBytes, destination);
            default:
                return RecordsProblem.UnsupportedCompression;
        }
    }

    internal static RecordsProblem Compress(
        CodecEngines engines, CompressionCodec codec, int? level, byte magic, ReadOnlySpan<byte> source, PooledBytes destination)
    {
        switch (codec)
        {
            case CompressionCodec.None:
                destination.Append(source);
                return RecordsProblem.None;
            case CompressionCodec.Gzip:
                GzipCodec.Compress(source, level ?? GzipCodec.DefaultLevel, destination);
                return RecordsProblem.None;
            case CompressionCodec.Snappy:
                SnappyStream.Compress(source, destination);
                return RecordsProblem.None;
            case CompressionCodec.Lz4:
                Lz4Frame.Compress(engines.Lz4, source, level ?? Lz4Frame.DefaultLevel, brokenHeader: magic == 0, destination);
                return RecordsProblem.None;
            case CompressionCodec.Zstd when magic >= RecordBatch.CurrentMagic:
                return ZstdCodec.Compress(engines.Zstd, source, level ?? ZstdCodec.DefaultLevel, destination);
            default:
                return RecordsProblem.UnsupportedCompression;
        }
    }
}
