namespace ActorBroker.Records;

/// <summary>Zstandard (RFC 8878) by libzstd, loaded on first use. Whole frames are decompressed in one call straight into the output, so no
/// window buffer is held and a frame's claimed window size costs nothing.</summary>
internal static unsafe class ZstdCodec
{
    internal const int DefaultLevel = 3;
    private const int MinimumLevel = -131072;
    private const int MaximumLevel = 22;
    private const int DestinationTooSmall = 70;

    private static readonly nint Library = NativeCodecs.Load("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll");
    private static readonly nint CompressFunction = NativeCodecs.Find(Library, "ZSTD_compressCCtx");
    private static readonly nint DecompressFunction = NativeCodecs.Find(Library, "ZSTD_decompressDCtx");
    private static readonly nint BoundFunction = NativeCodecs.Find(Library, "ZSTD_compressBound");
    private static readonly nint IsErrorFunction = NativeCodecs.Find(Library, "ZSTD_isError");
    private static readonly nint ErrorCodeFunction = NativeCodecs.Find(Library, "ZSTD_getErrorCode");

    private static readonly NativeContexts Compressors =
        new(NativeCodecs.Find(Library, "ZSTD_createCCtx"), NativeCodecs.Find(Library, "ZSTD_freeCCtx"));

    private static readonly NativeContexts Decompressors =
        new(NativeCodecs.Find(Library, "ZSTD_createDCtx"), NativeCodecs.Find(Library, "ZSTD_freeDCtx"));

    internal static bool IsAvailable { get; } = CompressFunction != 0 && DecompressFunction != 0 && BoundFunction != 0 && IsErrorFunction != 0
        && ErrorCodeFunction != 0 && Compressors.IsAvailable && Decompressors.IsAvailable;

    internal static RecordsProblem Decompress(ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination)
    {
        if (!IsAvailable)
            return RecordsProblem.UnsupportedCompression;
        var bound = ZstdFrame.MaximumDecompressed(source);
        if (bound < 0)
            return RecordsProblem.CorruptCompression;
        if (bound == 0)
            return RecordsProblem.None;
        var allowed = (int)Math.Min(bound, maxBytes);
        var target = destination.Reserve(allowed);
        var context = Decompressors.Take();
        if (context == 0)
            return RecordsProblem.UnsupportedCompression;
        nuint result;
        fixed (byte* from = source, to = target)
        {
            result = ((delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, nuint>)DecompressFunction)(
                context, to, (nuint)allowed, from, (nuint)source.Length);
        }
        Decompressors.GiveBack(context);
        if (IsError(result))
        {
            var tooSmall = ((delegate* unmanaged[Cdecl]<nuint, int>)ErrorCodeFunction)(result) == DestinationTooSmall;
            return tooSmall && allowed < bound ? RecordsProblem.TooLarge : RecordsProblem.CorruptCompression;
        }
        destination.Commit((int)result);
        return RecordsProblem.None;
    }

    internal static RecordsProblem Compress(ReadOnlySpan<byte> source, int level, PooledBytes destination)
    {
        if (!IsAvailable)
            return RecordsProblem.UnsupportedCompression;
        var bound = (int)((delegate* unmanaged[Cdecl]<nuint, nuint>)BoundFunction)((nuint)source.Length);
        var target = destination.Reserve(bound);
        var context = Compressors.Take();
        if (context == 0)
            return RecordsProblem.UnsupportedCompression;
        nuint result;
        fixed (byte* from = source, to = target)
        {
            result = ((delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int, nuint>)CompressFunction)(
                context, to, (nuint)target.Length, from, (nuint)source.Length, Math.Clamp(level, MinimumLevel, MaximumLevel));
        }
        Compressors.GiveBack(context);
        if (IsError(result))
            return RecordsProblem.UnsupportedCompression;
        destination.Commit((int)result);
        return RecordsProblem.None;
    }

    private static bool IsError(nuint result) => ((delegate* unmanaged[Cdecl]<nuint, uint>)IsErrorFunction)(result) != 0;
}
