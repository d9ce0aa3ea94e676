namespace ActorBroker.Records;

/// <summary>One implementation of Zstandard: whole frames from span to span, with contexts that are kept for reuse.</summary>
internal abstract class ZstdEngine
{
    /// <summary>Decompress's answer for bytes that are no valid frames.</summary>
    internal const int Corrupt = -1;

    /// <summary>Decompress's answer for frames whose content does not fit.</summary>
    internal const int TooSmall = -2;

    /// <summary>ZSTD_error_dstSize_tooSmall, the same number in every release.</summary>
    private protected const int DestinationTooSmall = 70;

    /// <summary>The library by its usual name.</summary>
    internal abstract string Name { get; }

    /// <summary>Decompresses consecutive frames; returns the bytes written, <see cref="Corrupt"/> or <see cref="TooSmall"/>.</summary>
    internal abstract int Decompress(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Compresses into one frame that states its content size; returns the bytes written, or -1 when that failed.</summary>
    internal abstract int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level);
}
