namespace ActorBroker.Records;

/// <summary>The block functions of liblz4 where the system has it: faster than <see cref="Lz4Block"/>, and with compression levels.</summary>
internal static unsafe class Lz4Library
{
    private static readonly nint Library = NativeCodecs.Load("liblz4.so.1", "liblz4.1.dylib", "liblz4.dll");
    private static readonly nint DecompressSafe = NativeCodecs.Find(Library, "LZ4_decompress_safe");
    private static readonly nint CompressDefault = NativeCodecs.Find(Library, "LZ4_compress_default");
    private static readonly nint CompressHigh = NativeCodecs.Find(Library, "LZ4_compress_HC");

    internal static bool IsAvailable { get; } = DecompressSafe != 0 && CompressDefault != 0 && CompressHigh != 0;

    /// <summary>As <see cref="Lz4Block.Decode"/>.</summary>
    internal static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.IsEmpty || destination.IsEmpty)
            return -1;
        fixed (byte* from = source, to = destination)
            return ((delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int>)DecompressSafe)(from, to, source.Length, destination.Length);
    }

    /// <summary>Compresses one block; 0 when it does not fit.</summary>
    internal static int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level)
    {
        fixed (byte* from = source, to = destination)
        {
            return level == Lz4Frame.DefaultLevel
                ? ((delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int>)CompressDefault)(from, to, source.Length, destination.Length)
                : ((delegate* unmanaged[Cdecl]<byte*, byte*, int, int, int, int>)CompressHigh)(from, to, source.Length, destination.Length, level);
        }
    }
}
