using System.Buffers.Binary;
using Snappier;

namespace ActorBroker.Records;

/// <summary>Snappy as Kafka frames it: the stream of snappy-java (xerial), that is a header and chunks of one raw block each. A bare raw
/// block is read too, which other clients send.</summary>
internal static class SnappyStream
{
    private const int HeaderSize = 16;
    private const int ChunkSize = 32768;
    private const int Version = 1;

    private static ReadOnlySpan<byte> StreamMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    internal static RecordsProblem Decompress(ReadOnlySpan<byte> source, int maxBytes, PooledBytes destination)
    {
        if (!source.StartsWith(StreamMagic))
            return AppendBlock(source, ref maxBytes, destination);
        while (!source.IsEmpty)
        {
            // Concatenated streams are one stream; the magic's first four bytes are no valid chunk length.
            if (source.StartsWith(StreamMagic))
            {
                if (source.Length < HeaderSize || BinaryPrimitives.ReadInt32BigEndian(source[12..]) != Version)
                    return RecordsProblem.CorruptCompression;
                source = source[HeaderSize..];
                continue;
            }
            if (source.Length < 4)
                return RecordsProblem.CorruptCompression;
            var length = BinaryPrimitives.ReadInt32BigEndian(source);
            source = source[4..];
            if ((uint)length > (uint)source.Length)
                return RecordsProblem.CorruptCompression;
            var problem = AppendBlock(source[..length], ref maxBytes, destination);
            if (problem != RecordsProblem.None)
                return problem;
            source = source[length..];
        }
        return RecordsProblem.None;
    }

    internal static void Compress(ReadOnlySpan<byte> source, PooledBytes destination)
    {
        var header = destination.Reserve(HeaderSize);
        StreamMagic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], Version);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], Version);
        destination.Commit(HeaderSize);
        while (!source.IsEmpty)
        {
            var chunk = source[..Math.Min(source.Length, ChunkSize)];
            source = source[chunk.Length..];
            var room = destination.Reserve(4 + Snappy.GetMaxCompressedLength(chunk.Length));
            var size = Snappy.Compress(chunk, room[4..]);
            BinaryPrimitives.WriteInt32BigEndian(room, size);
            destination.Commit(4 + size);
        }
    }

    private static RecordsProblem AppendBlock(ReadOnlySpan<byte> block, ref int room, PooledBytes destination)
    {
        if (!TryReadLength(block, out var length))
            return RecordsProblem.CorruptCompression;
        // Three bytes give at most 64, so a claim beyond that is a lie and need not be reserved.
        if (length > block.Length * 22L)
            return RecordsProblem.CorruptCompression;
        if (length > room)
            return RecordsProblem.TooLarge;
        var target = destination.Reserve((int)length)[..(int)length];
        if (!TryDecode(block, target))
            return RecordsProblem.CorruptCompression;
        destination.Commit((int)length);
        room -= (int)length;
        return RecordsProblem.None;
    }

    /// <summary>Reads the varint at the start of a block: how long its content is.</summary>
    private static bool TryReadLength(ReadOnlySpan<byte> block, out uint length)
    {
        length = 0;
        for (var i = 0; i < 5 && i < block.Length; i++)
        {
            var b = block[i];
            if (i == 4 && b > 0x0F)
                return false;
            length |= (uint)(b & 0x7F) << (7 * i);
            if (b < 0x80)
                return true;
        }
        return false;
    }

    /// <summary>Decodes a raw block; true when it fills the target exactly.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> block, Span<byte> target)
    {
        try
        {
            return Snappy.TryDecompress(block, target, out var written) && written == target.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}
