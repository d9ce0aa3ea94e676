using System.Buffers.Binary;
using System.IO.Hashing;

namespace ActorBroker.Records;

/// <summary>Writes messages of magic 0 and 1.</summary>
public static class MessageSetWriter
{
    /// <summary>Appends one message.</summary>
    /// <param name="timestamp">Written in magic 1 only.</param>
    /// <param name="codec">The codec of the set in <paramref name="value"/>, for a wrapper.</param>
    public static void Append(PooledBytes destination, byte magic, long offset, CompressionCodec codec, TimestampType timestampType, long timestamp,
        OptionalBytes key, OptionalBytes value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(magic, (byte)1);
        var size = SizeOf(magic, key, value);
        var message = destination.Reserve(size)[..size];
        BinaryPrimitives.WriteInt64BigEndian(message, offset);
        BinaryPrimitives.WriteInt32BigEndian(message[RecordBatch.BatchLengthAt..], size - RecordBatch.LogOverhead);
        message[RecordBatch.MagicAt] = magic;
        message[MessageView.AttributesAt] =
            (byte)((int)codec | (magic == 1 && timestampType == TimestampType.LogAppendTime ? RecordBatch.LogAppendTimeBit : 0));
        var at = MessageView.TimestampAt;
        if (magic == 1)
        {
            BinaryPrimitives.WriteInt64BigEndian(message[at..], timestamp);
            at += sizeof(long);
        }
        at = WriteField(message, at, key);
        WriteField(message, at, value);
        BinaryPrimitives.WriteUInt32BigEndian(message[MessageView.CrcAt..], Crc32.HashToUInt32(message[RecordBatch.MagicAt..]));
        destination.Commit(size);
    }

    /// <summary>Bytes of a message.</summary>
    public static int SizeOf(byte magic, OptionalBytes key, OptionalBytes value) =>
        checked(RecordBatch.LogOverhead + BatchEntry.MinimumLengthV0 + (magic * sizeof(long)) + key.Bytes.Length + value.Bytes.Length);

    private static int WriteField(Span<byte> message, int at, OptionalBytes field)
    {
        BinaryPrimitives.WriteInt32BigEndian(message[at..], field.EncodedLength);
        at += sizeof(int);
        field.Bytes.CopyTo(message[at..]);
        return at + field.Bytes.Length;
    }
}
