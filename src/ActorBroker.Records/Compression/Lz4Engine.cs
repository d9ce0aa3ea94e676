namespace ActorBroker.Records;

/// <summary>One implementation of the LZ4 block format. https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md</summary>
internal abstract class Lz4Engine
{
    /// <summary>The library by its usual name.</summary>
    internal abstract string Name { get; }

    /// <summary>Most bytes that compressing <paramref name="length"/> bytes can give.</summary>
    internal static int MaximumCompressed(int length) => length + (length / 255) + 16;

    /// <summary>Decompresses one block. Returns the bytes written, or a negative number when the block is malformed or does not fit.</summary>
    internal abstract int Decode(ReadOnlySpan<byte> source, Span<byte> destination);

    /// <summary>Compresses one block into a destination of <see cref="MaximumCompressed"/> bytes; returns the bytes written.</summary>
    /// <param name="level"><see cref="Lz4Frame.DefaultLevel"/> for the fast compressor, another for the slower, tighter one.</param>
    internal abstract int Encode(ReadOnlySpan<byte> source, Span<byte> destination, int level);
}
