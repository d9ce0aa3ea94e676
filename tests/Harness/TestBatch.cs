using System.Buffers.Binary;
using ActorBroker.Records;

namespace ActorBroker.Harness;

/// <summary>Uncompressed record batches whose values the test gives, and the way back from a fetched record set.</summary>
public static class TestBatch
{
    /// <summary>A batch of records without keys and headers.</summary>
    /// <param name="values">One for each record.</param>
    /// <param name="producerId">-1 for a producer that is not idempotent.</param>
    /// <param name="producerEpoch">-1 without producer id.</param>
    /// <param name="baseSequence">-1 without producer id.</param>
    /// <param name="timestampMs">Of every record, Unix milliseconds.</param>
    public static byte[] Build(IReadOnlyList<byte[]> values, long producerId, short producerEpoch, int baseSequence, long timestampMs)
    {
        var buffer = new byte[RecordBatch.HeaderSize + values.Sum(value => value.Length + 24)];
        var end = RecordBatch.HeaderSize;
        for (var i = 0; i < values.Count; i++)
        {
            end = WriteRecord(buffer, end, i, values[i]);
        }

        var batch = buffer.AsSpan(0, end);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BatchLengthAt..], end - RecordBatch.LogOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LeaderEpochAt..], RecordBatch.NoLeaderEpoch);
        batch[RecordBatch.MagicAt] = RecordBatch.CurrentMagic;
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LastOffsetDeltaAt..], values.Count - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseTimestampAt..], timestampMs);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampAt..], timestampMs);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.ProducerIdAt..], producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.ProducerEpochAt..], producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BaseSequenceAt..], baseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.RecordCountAt..], values.Count);
        BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatch.CrcAt..], Crc32C.Compute(batch[RecordBatch.AttributesAt..]));
        return batch.ToArray();
    }

    /// <summary>The records of all whole batches of a record set, in order; a batch that the fetch cut off is left out.</summary>
    /// <exception cref="InvalidDataException">A batch has a wrong CRC or is not what <see cref="Build"/> makes.</exception>
    public static List<(long Offset, byte[] Value)> Parse(ReadOnlySpan<byte> records)
    {
        List<(long, byte[])> found = [];
        while (records.Length >= RecordBatch.HeaderSize && RecordBatchView.TryRead(records, out var batch, out _))
        {
            if (!batch.IsCrcValid || batch.Codec != CompressionCodec.None)
            {
                throw new InvalidDataException($"the batch at offset {batch.BaseOffset} has a wrong CRC or a codec");
            }

            var payload = batch.Payload;
            for (var i = 0; i < batch.RecordCount; i++)
            {
                ReadRecord(ref payload, batch.BaseOffset, found);
            }

            records = records[batch.SizeInBytes..];
        }

        return found;
    }

    private static int WriteRecord(byte[] buffer, int at, int delta, byte[] value)
    {
        Span<byte> head = stackalloc byte[24];
        head[0] = 0; // attributes
        var length = 1;
        length = WriteVarint(head, length, 0); // timestamp delta
        length = WriteVarint(head, length, delta);
        length = WriteVarint(head, length, -1); // no key
        length = WriteVarint(head, length, value.Length);
        at = WriteVarint(buffer, at, length + value.Length + 1);
        head[..length].CopyTo(buffer.AsSpan(at));
        value.CopyTo(buffer.AsSpan(at + length));
        at += length + value.Length;
        buffer[at] = 0; // no headers
        return at + 1;
    }

    private static void ReadRecord(ref ReadOnlySpan<byte> payload, long baseOffset, List<(long, byte[])> found)
    {
        var size = ReadVarint(ref payload);
        var record = payload[..size];
        payload = payload[size..];
        record = record[1..];
        ReadVarint(ref record);
        var delta = ReadVarint(ref record);
        if (ReadVarint(ref record) is var key && key != -1)
        {
            throw new InvalidDataException($"a record at offset {baseOffset + delta} has a key of {key} bytes");
        }

        found.Add((baseOffset + delta, record[..ReadVarint(ref record)].ToArray()));
    }

    private static int WriteVarint(Span<byte> buffer, int at, int value)
    {
        var rest = (uint)((value << 1) ^ (value >> 31));
        for (; rest >= 0x80; rest >>= 7)
        {
            buffer[at++] = (byte)(rest | 0x80);
        }

        buffer[at++] = (byte)rest;
        return at;
    }

    private static int ReadVarint(ref ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[0];
            bytes = bytes[1..];
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return (int)(value >> 1) ^ -(int)(value & 1);
            }
        }
    }
}
