using System.Buffers.Binary;
using ActorBroker.Records;

namespace ActorBroker.Storage.Producers;

/// <summary>The control record that ends a transaction. Layout: docs/formats/record-batch.md, control batches.</summary>
internal readonly record struct EndMarker(bool Commits, int CoordinatorEpoch)
{
    private const short Abort = 0;
    private const short Commit = 1;

    /// <summary>Reads the marker of a control batch; false when the batch holds another kind of control record.</summary>
    public static bool TryRead(ReadOnlySpan<byte> batch, out EndMarker marker)
    {
        marker = default;
        if (batch.Length <= RecordBatch.HeaderSize)
            return false;
        var at = RecordBatch.HeaderSize;
        // length, attributes, timestamp delta, offset delta, key, value
        if (!TryReadVarint(batch, ref at, out _) || ++at > batch.Length
            || !TryReadVarint(batch, ref at, out _) || !TryReadVarint(batch, ref at, out _)
            || !TryReadVarint(batch, ref at, out var keyLength) || keyLength < 4 || at + keyLength > batch.Length)
            return false;
        var type = BinaryPrimitives.ReadInt16BigEndian(batch[(at + 2)..]);
        at += (int)keyLength;
        if (type is not (Abort or Commit)
            || !TryReadVarint(batch, ref at, out var valueLength) || valueLength < 6 || at + valueLength > batch.Length)
            return false;
        marker = new EndMarker(type == Commit, BinaryPrimitives.ReadInt32BigEndian(batch[(at + 2)..]));
        return true;
    }

    private static bool TryReadVarint(ReadOnlySpan<byte> bytes, ref int at, out long value)
    {
        ulong raw = 0;
        value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
                return false;
            var next = bytes[at++];
            raw |= (ulong)(next & 0x7f) << shift;
            if ((next & 0x80) == 0)
            {
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                return true;
            }
        }
        return false;
    }
}
