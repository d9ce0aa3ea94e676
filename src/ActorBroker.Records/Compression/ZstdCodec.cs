namespace ActorBroker.Records;

/// <summary>Zstandard (RFC 8878). Whole frames are decompressed in one call straight into the output, so no window buffer is held and a
/// frame's claimed window size costs nothing.</summary>
internal static class ZstdCodec
{
    internal const int DefaultLevel = 3;
    private const int MinimumLevel = -131072;
    private const int MaximumLevel = 22;
    private const int SmallSource = 128 << 10;

    internal static RecordsProblem Decompress(ZstdEngine engine, ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination)
    {
        var bound = ZstdFrame.MaximumDecompressed(source);
        if (bound < 0)
            return RecordsProblem.CorruptCompression;
        if (bound == 0)
            return RecordsProblem.None;
        var allowed = (int)Math.Min(bound, maxBytes);
        var written = engine.Decompress(source, destination.Reserve(allowed)[..allowed]);
        if (written < 0)
            return written == ZstdEngine.TooSmall && allowed < bound ? RecordsProblem.TooLarge : RecordsProblem.CorruptCompression;
        destination.Commit(written);
        return RecordsProblem.None;
    }

    internal static RecordsProblem Compress(ZstdEngine engine, ReadOnlySpan<byte> source, int level, PooledBytes destination)
    {
        var target = destination.Reserve(MaximumCompressed(source.Length));
        var written = engine.Compress(source, target, Math.Clamp(level, MinimumLevel, MaximumLevel));
        if (written < 0)
            return RecordsProblem.UnsupportedCompression;
        destination.Commit(written);
        return RecordsProblem.None;
    }

    /// <summary>ZSTD_COMPRESSBOUND of zstd.h.</summary>
    private static int MaximumCompressed(int length) =>
        checked(length + (length >> 8) + (length < SmallSource ? (SmallSource - length) >> 11 : 0));
}
