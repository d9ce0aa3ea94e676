using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>Reads just enough of Zstandard frames (RFC 8878, section 3.1) to know how much they can decompress to.</summary>
internal static class ZstdFrame
{
    private const uint FrameMagic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const int MaximumBlock = 128 << 10;

    /// <summary>Upper bound on the decompressed bytes of consecutive frames; -1 when they are malformed.</summary>
    internal static long MaximumDecompressed(ReadOnlySpan<byte> source)
    {
        long total = 0;
        if (source.IsEmpty)
            return -1;
        while (!source.IsEmpty)
        {
            if (source.Length < 8)
                return -1;
            var magic = BinaryPrimitives.ReadUInt32LittleEndian(source);
            if ((magic & 0xFFFFFFF0) == SkippableMagic)
            {
                var size = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
                if (size > source.Length - 8)
                    return -1;
                source = source[(8 + (int)size)..];
                continue;
            }
            if (magic != FrameMagic || !TryMeasureFrame(source, out var length, out var decompressed))
                return -1;
            total += decompressed;
            source = source[length..];
        }
        return total;
    }

    private static bool TryMeasureFrame(ReadOnlySpan<byte> source, out int length, out long decompressed)
    {
        var descriptor = source[4];
        var isSingleSegment = (descriptor & 0x20) != 0;
        var hasChecksum = (descriptor & 0x04) != 0;
        var dictionaryIdSize = (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 };
        var contentSizeSize = (descriptor >> 6) switch { 0 => isSingleSegment ? 1 : 0, 1 => 2, 2 => 4, _ => 8 };
        var contentSizeAt = 5 + (isSingleSegment ? 0 : 1) + dictionaryIdSize;
        length = contentSizeAt + contentSizeSize;
        decompressed = 0;
        if (length > source.Length)
            return false;
        var claimed = contentSizeSize switch
        {
            1 => source[contentSizeAt],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(source[contentSizeAt..]) + 256L,
            4 => BinaryPrimitives.ReadUInt32LittleEndian(source[contentSizeAt..]),
            8 => BinaryPrimitives.ReadInt64LittleEndian(source[contentSizeAt..]) & long.MaxValue,
            _ => long.MaxValue,
        };
        bool isLast;
        do
        {
            if (source.Length - length < 3)
                return false;
            var header = source[length] | (source[length + 1] << 8) | (source[length + 2] << 16);
            length += 3;
            isLast = (header & 1) != 0;
            var size = header >> 3;
            var (stored, regenerated) = ((header >> 1) & 3) switch
            {
                0 => (size, size),
                1 => (1, size),
                2 => (size, MaximumBlock),
                _ => (int.MaxValue, 0),
            };
            if (stored > source.Length - length || size > MaximumBlock)
                return false;
            length += stored;
            decompressed += regenerated;
        }
        while (!isLast);
        if (hasChecksum)
            length += 4;
        decompressed = Math.Min(decompressed, claimed);
        return length <= source.Length;
    }
}
