using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>Changes the few fields of a batch (magic 2) that a broker may change, in place. Every method takes the bytes of one whole
/// batch, as <see cref="RecordBatchView.Bytes"/> delimits it.</summary>
public static class BatchPatch
{
    /// <summary>Sets the base offset. Outside the checksum; works for entries of old magic too, whose offset is at the same place.</summary>
    public static void SetBaseOffset(Span<byte> batch, long baseOffset) =>
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseOffsetAt..], baseOffset);

    /// <summary>Sets the partition leader epoch. Outside the checksum.</summary>
    public static void SetLeaderEpoch(Span<byte> batch, int leaderEpoch) =>
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LeaderEpochAt..], leaderEpoch);

    /// <summary>Sets the timestamp type and the largest timestamp and renews the checksum, unless both already hold.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool SetMaxTimestamp(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        var attributes = BinaryPrimitives.ReadInt16BigEndian(batch[RecordBatch.AttributesAt..]);
        var patched = type == TimestampType.LogAppendTime
            ? (short)(attributes | RecordBatch.LogAppendTimeBit)
            : (short)(attributes & ~RecordBatch.LogAppendTimeBit);
        if (patched == attributes && BinaryPrimitives.ReadInt64BigEndian(batch[RecordBatch.MaxTimestampAt..]) == maxTimestamp)
            return false;
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.AttributesAt..], patched);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampAt..], maxTimestamp);
        RenewCrc(batch);
        return true;
    }

    /// <summary>Computes and stores the checksum.</summary>
    public static void RenewCrc(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatch.CrcAt..], Crc32C.Compute(batch[RecordBatch.AttributesAt..]));
}
