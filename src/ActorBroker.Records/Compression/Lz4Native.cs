namespace ActorBroker.Records;

/// <summary>LZ4 blocks by the system's liblz4.</summary>
internal sealed unsafe class Lz4Native : Lz4Engine
{
    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int> _decompress;
    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int> _compress;
    private readonly delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int, int> _compressHigh;

    private Lz4Native(NativeLibraryFunctions library)
    {
        _decompress = (delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int>)library["LZ4_decompress_safe"];
        _compress = (delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int>)library["LZ4_compress_default"];
        _compressHigh = (delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int, int>)library["LZ4_compress_HC"];
    }

    internal override string Name => "liblz4";

    /// <summary>The library of this system; null where it is missing or lacks a function.</summary>
    internal static Lz4Native? TryLoad()
    {
        var library = new NativeLibraryFunctions("liblz4.so.1", "liblz4.1.dylib", "liblz4.dll");
        var loaded = library.IsLoaded ? new Lz4Native(library) : null;
        return library.IsComplete ? loaded : null;
    }

    internal override int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.IsEmpty || destination.IsEmpty)
            return -1;
        fixed (byte* from = source, to = destination)
            return _decompress(from, to, source.Length, destination.Length);
    }

    internal override int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        fixed (byte* from = source, to = destination)
        {
            return level == Lz4Frame.DefaultLevel
                ? _compress(from, to, source.Length, destination.Length)
                : _compressHigh(from, to, source.Length, destination.Length, level);
        }
    }
}
