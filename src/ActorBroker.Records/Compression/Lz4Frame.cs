using System.Buffers.Binary;
using System.IO.Hashing;

namespace ActorBroker.Records;

/// <summary>The LZ4 frame format as Kafka reads and writes it: version 01, independent blocks. https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md</summary>
internal static class Lz4Frame
{
    /// <summary>Stands for the fast compressor; every other level asks for the slower, tighter one.</summary>
    internal const int DefaultLevel = 9;

    private const uint FrameMagic = 0x184D2204;
    private const int BlockSizeWritten = 65536;
    private const byte FlagsWritten = 0x60;
    private const byte BlockDescriptorWritten = 0x40;
    private const uint StoredBit = 0x80000000;

    internal static RecordsProblem Decompress(Lz4Engine engine, ReadOnlySpan<byte> source, bool verifyHeader, int maxBytes, PooledBytes destination)
    {
        if (source.Length < 7 || BinaryPrimitives.ReadUInt32LittleEndian(source) != FrameMagic)
            return RecordsProblem.CorruptCompression;
        int flags = source[4], descriptor = source[5];
        var isVersion1 = (flags >> 6) == 1;
        var isIndependent = (flags & 0x20) != 0;
        var hasBlockChecksums = (flags & 0x10) != 0;
        var hasContentSize = (flags & 0x08) != 0;
        var hasContentChecksum = (flags & 0x04) != 0;
        var isReservedClear = (flags & 0x03) == 0 && (descriptor & 0x8F) == 0; // Bit 0 would announce a dictionary.
        var blockSizeId = (descriptor >> 4) & 7;
        if (!isVersion1 || !isIndependent || !isReservedClear || blockSizeId < 4)
            return RecordsProblem.CorruptCompression;
        var blockSize = 1 << (8 + (2 * blockSizeId));
        var at = 6 + (hasContentSize ? 8 : 0);
        if (source.Length <= at || (verifyHeader && source[at] != HeaderChecksum(source[4..at])))
            return RecordsProblem.CorruptCompression;
        at++;

        var room = maxBytes;
        while (true)
        {
            if (source.Length - at < 4)
                return RecordsProblem.CorruptCompression;
            var header = BinaryPrimitives.ReadUInt32LittleEndian(source[at..]);
            at += 4;
            if (header == 0)
                return hasContentChecksum && source.Length - at < 4 ? RecordsProblem.CorruptCompression : RecordsProblem.None;
            var size = (int)(header & ~StoredBit);
            if (size > blockSize || size > source.Length - at)
                return RecordsProblem.CorruptCompression;
            var block = source.Slice(at, size);
            at += size;
            if (hasBlockChecksums)
            {
                if (source.Length - at < 4 || BinaryPrimitives.ReadUInt32LittleEndian(source[at..]) != XxHash32.HashToUInt32(block))
                    return RecordsProblem.CorruptCompression;
                at += 4;
            }
            var problem = (header & StoredBit) != 0
                ? AppendStored(block, room, destination, out var written)
                : AppendDecoded(engine, block, blockSize, room, destination, out written);
            if (problem != RecordsProblem.None)
                return problem;
            room -= written;
        }
    }

    internal static void Compress(Lz4Engine engine, ReadOnlySpan<byte> source, int level, bool brokenHeader, PooledBytes destination)
    {
        var header = destination.Reserve(7);
        BinaryPrimitives.WriteUInt32LittleEndian(header, FrameMagic);
        header[4] = FlagsWritten;
        header[5] = BlockDescriptorWritten;
        // Magic 0 fixed the mistake of hashing from the frame magic on; its readers insist on it.
        header[6] = HeaderChecksum(brokenHeader ? header[..6] : header[4..6]);
        destination.Commit(7);
        while (!source.IsEmpty)
        {
            var block = source[..Math.Min(source.Length, BlockSizeWritten)];
            source = source[block.Length..];
            var room = destination.Reserve(4 + Lz4Engine.MaximumCompressed(block.Length));
            var size = engine.Encode(block, room[4..], level);
            var isStored = size <= 0 || size >= block.Length;
            if (isStored)
            {
                block.CopyTo(room[4..]);
                size = block.Length;
            }
            BinaryPrimitives.WriteUInt32LittleEndian(room, (uint)size | (isStored ? StoredBit : 0));
            destination.Commit(4 + size);
        }
        BinaryPrimitives.WriteUInt32LittleEndian(destination.Reserve(4), 0);
        destination.Commit(4);
    }

    private static byte HeaderChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XxHash32.HashToUInt32(descriptor) >> 8);

    private static RecordsProblem AppendStored(ReadOnlySpan<byte> block, int room, PooledBytes destination, out int written)
    {
        written = block.Length;
        if (block.Length > room)
            return RecordsProblem.TooLarge;
        destination.Append(block);
        return RecordsProblem.None;
    }

    private static RecordsProblem AppendDecoded(Lz4Engine engine, ReadOnlySpan<byte> block, int blockSize, int room, PooledBytes destination, out int written)
    {
        // A block of n bytes cannot give more than 255 n, so a small one does not reserve 4 MiB.
        var most = (int)Math.Min(blockSize, block.Length * 255L);
        var allowed = Math.Min(most, room);
        var target = destination.Reserve(allowed)[..allowed];
        written = engine.Decode(block, target);
        if (written < 0)
            return allowed < most ? RecordsProblem.TooLarge : RecordsProblem.CorruptCompression;
        destination.Commit(written);
        return RecordsProblem.None;
    }
}
