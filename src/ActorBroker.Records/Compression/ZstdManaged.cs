using ZstdSharp.Unsafe;

namespace ActorBroker.Records;

/// <summary>Zstandard by ZstdSharp, a port of libzstd. Its functions are used as in C, because they answer hostile bytes with error codes
/// where its classes throw.</summary>
internal sealed unsafe class ZstdManaged : ZstdEngine
{
    private readonly ContextPool _compressors = new(
        static () => (nint)Methods.ZSTD_createCCtx(), static context => Methods.ZSTD_freeCCtx((ZSTD_CCtx_s*)context));

    private readonly ContextPool _decompressors = new(
        static () => (nint)Methods.ZSTD_createDCtx(), static context => Methods.ZSTD_freeDCtx((ZSTD_DCtx_s*)context));

    internal override string Name => "ZstdSharp";

    internal override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var context = _decompressors.Take();
        nuint result;
        fixed (byte* from = source, to = destination)
            result = Methods.ZSTD_decompressDCtx((ZSTD_DCtx_s*)context, to, (nuint)destination.Length, from, (nuint)source.Length);
        _decompressors.GiveBack(context);
        if (!Methods.ZSTD_isError(result))
            return (int)result;
        return (int)Methods.ZSTD_getErrorCode(result) == DestinationTooSmall ? TooSmall : Corrupt;
    }

    internal override int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        var context = _compressors.Take();
        nuint result;
        fixed (byte* from = source, to = destination)
            result = Methods.ZSTD_compressCCtx((ZSTD_CCtx_s*)context, to, (nuint)destination.Length, from, (nuint)source.Length, level);
        _compressors.GiveBack(context);
        return Methods.ZSTD_isError(result) ? -1 : (int)result;
    }
}
