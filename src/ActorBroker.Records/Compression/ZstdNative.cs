namespace ActorBroker.Records;

/// <summary>Zstandard by the system's libzstd.</summary>
internal sealed unsafe class ZstdNative : ZstdEngine
{
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int, nuint> _compress;
    private readonly delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, nuint> _decompress;
    private readonly delegate* unmanaged[Cdecl]<nuint, uint> _isError;
    private readonly delegate* unmanaged[Cdecl]<nuint, int> _errorCode;
    private readonly ContextPool _compressors;
    private readonly ContextPool _decompressors;

    private ZstdNative(NativeLibraryFunctions library)
    {
        _compress = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, int, nuint>)library["ZSTD_compressCCtx"];
        _decompress = (delegate* unmanaged[Cdecl]<nint, byte*, nuint, byte*, nuint, nuint>)library["ZSTD_decompressDCtx"];
        _isError = (delegate* unmanaged[Cdecl]<nuint, uint>)library["ZSTD_isError"];
        _errorCode = (delegate* unmanaged[Cdecl]<nuint, int>)library["ZSTD_getErrorCode"];
        _compressors = Contexts(library["ZSTD_createCCtx"], library["ZSTD_freeCCtx"]);
        _decompressors = Contexts(library["ZSTD_createDCtx"], library["ZSTD_freeDCtx"]);
    }

    internal override string Name => "libzstd";

    /// <summary>The library of this system; null where it is missing or lacks a function.</summary>
    internal static ZstdNative? TryLoad()
    {
        var library = new NativeLibraryFunctions("libzstd.so.1", "libzstd.1.dylib", "libzstd.dll", "zstd.dll");
        var loaded = library.IsLoaded ? new ZstdNative(library) : null;
        return library.IsComplete ? loaded : null;
    }

    internal override int Decompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        var context = _decompressors.Take();
        nuint result;
        fixed (byte* from = source, to = destination)
            result = _decompress(context, to, (nuint)destination.Length, from, (nuint)source.Length);
        _decompressors.GiveBack(context);
        if (_isError(result) == 0)
            return (int)result;
        return _errorCode(result) == DestinationTooSmall ? TooSmall : Corrupt;
    }

    internal override int Compress(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        var context = _compressors.Take();
        nuint result;
        fixed (byte* from = source, to = destination)
            result = _compress(context, to, (nuint)destination.Length, from, (nuint)source.Length, level);
        _compressors.GiveBack(context);
        return _isError(result) == 0 ? (int)result : -1;
    }

    private static ContextPool Contexts(nint create, nint free) => new(
        () => ((delegate* unmanaged[Cdecl]<nint>)create)(), context => ((delegate* unmanaged[Cdecl]<nint, nuint>)free)(context));
}
