using System.Buffers.Binary;

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
            var room = destination.Reserve(4 + SnappyBlock.MaximumCompressed(chunk.Length));
            var size = SnappyBlock.Encode(chunk, room[4..]);
            BinaryPrimitives.WriteInt32BigEndian(room, size);
            destination.Commit(4 + size);
        }
    }

    private static RecordsProblem AppendBlock(ReadOnlySpan<byte> block, ref int room, PooledBytes destination)
    {
        if (!SnappyBlock.TryReadLength(block, out var length, out var prefix))
            return RecordsProblem.CorruptCompression;
        // Three bytes give at most 64, so a claim beyond that is a lie and need not be reserved.
        if (length > block.Length * 22L)
            return RecordsProblem.CorruptCompression;
        if (length > room)
            return RecordsProblem.TooLarge;
        var target = destination.Reserve((int)length)[..(int)length];
        if (!SnappyBlock.TryDecode(block[prefix..], target))
            return RecordsProblem.CorruptCompression;
        destination.Commit((int)length);
        room -= (int)length;
        return RecordsProblem.None;
    }
}
