using System.Buffers.Binary;
using System.IO.Hashing;

namespace ActorBroker.Records;

/// <summary>One message of magic 0 or 1 seen in place, its 12 bytes of offset and length included. With a codec set it wraps a
/// compressed message set as its value.</summary>
public readonly ref struct MessageView
{
    internal const int CrcAt = 12;
    internal const int AttributesAt = 17;
    internal const int TimestampAt = 18;

    private MessageView(ReadOnlySpan<byte> bytes, OptionalBytes key, OptionalBytes value)
    {
        Bytes = bytes;
        Key = key;
        Value = value;
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public OptionalBytes Key { get; }

    public OptionalBytes Value { get; }

    /// <summary>Absolute; in a wrapper that of its last message; relative inside a wrapper of magic 1.</summary>
    public long Offset => BinaryPrimitives.ReadInt64BigEndian(Bytes);

    public byte Magic => Bytes[RecordBatch.MagicAt];

    public CompressionCodec Codec => (CompressionCodec)(Bytes[AttributesAt] & RecordBatch.CodecMask);

    public TimestampType TimestampType => Magic > 0 && (Bytes[AttributesAt] & RecordBatch.LogAppendTimeBit) != 0
        ? TimestampType.LogAppendTime
        : TimestampType.CreateTime;

    /// <summary>-1 in magic 0.</summary>
    public long Timestamp => Magic == 0 ? RecordBatch.NoTimestamp : BinaryPrimitives.ReadInt64BigEndian(Bytes[TimestampAt..]);

    /// <summary>CRC-32 (IEEE) from the magic byte on, compared with the stored one.</summary>
    public bool IsCrcValid => Crc32.HashToUInt32(Bytes[RecordBatch.MagicAt..]) == BinaryPrimitives.ReadUInt32BigEndian(Bytes[CrcAt..]);

    /// <summary>Reads exactly one message; false when its lengths do not add up or its magic is another.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out MessageView message)
    {
        message = default;
        if (!BatchEntry.TryRead(bytes, out var entry, out _) || entry.SizeInBytes != bytes.Length || entry.Magic > 1)
            return false;
        var at = entry.Magic == 0 ? TimestampAt : TimestampAt + sizeof(long);
        if (!TryReadField(bytes, ref at, out var key) || !TryReadField(bytes, ref at, out var value) || at != bytes.Length)
            return false;
        message = new MessageView(bytes, key, value);
        return true;
    }

    private static bool TryReadField(ReadOnlySpan<byte> bytes, scoped ref int at, out OptionalBytes field)
    {
        field = default;
        if (bytes.Length - at < sizeof(int))
            return false;
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes[at..]);
        at += sizeof(int);
        if (length < 0)
            return length == -1;
        if (length > bytes.Length - at)
            return false;
        field = bytes.Slice(at, length);
        at += length;
        return true;
    }
}
