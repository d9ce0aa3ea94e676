using System.Buffers.Binary;

namespace ActorBroker.Records;

/// <summary>The kinds of control records, by the number in their key.</summary>
public enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
}

/// <summary>The end of a producer's transaction in one partition (KIP-98): a control batch of one record.</summary>
/// <param name="IsCommit">Whether the transaction's records count; otherwise they are aborted.</param>
/// <param name="CoordinatorEpoch">Epoch of the transaction coordinator that decided; a partition refuses a marker of an older one.</param>
public readonly record struct TransactionMarker(bool IsCommit, int CoordinatorEpoch)
{
    /// <summary>Bytes of a marker's batch.</summary>
    public const int MaximumBatchSize = 128;

    private const int KeySize = 4;
    private const int ValueSize = 6;

    /// <summary>Builds the control batch that ends the transaction of a producer.</summary>
    /// <param name="timestamp">Milliseconds since 1970.</param>
    public byte[] ToBatch(long producerId, short producerEpoch, long timestamp, long baseOffset = 0, int leaderEpoch = RecordBatch.NoLeaderEpoch)
    {
        Span<byte> key = stackalloc byte[KeySize];
        BinaryPrimitives.WriteInt16BigEndian(key, 0);
        BinaryPrimitives.WriteInt16BigEndian(key[2..], (short)(IsCommit ? ControlRecordType.Commit : ControlRecordType.Abort));
        Span<byte> value = stackalloc byte[ValueSize];
        BinaryPrimitives.WriteInt16BigEndian(value, 0);
        BinaryPrimitives.WriteInt32BigEndian(value[2..], CoordinatorEpoch);
        using var builder = new RecordBatchBuilder(new BatchProperties
        {
            BaseOffset = baseOffset,
            LeaderEpoch = leaderEpoch,
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            IsTransactional = true,
            IsControl = true,
        }, MaximumBatchSize);
        builder.Append(timestamp, (ReadOnlySpan<byte>)key, (ReadOnlySpan<byte>)value);
        return builder.BuildArray();
    }

    /// <summary>Reads the marker of a control batch; false when the batch is none, or holds another kind of control record.</summary>
    public static bool TryRead(RecordBatchView batch, out MarkerBatch marker)
    {
        marker = default;
        if (!batch.IsControl || batch.Codec != CompressionCodec.None)
            return false;
        var records = new RecordEnumerator(batch.Payload, batch);
        if (!records.MoveNext() || !TryReadType(records.Current, out var type) || type > ControlRecordType.Commit)
            return false;
        var value = records.Current.Value.Bytes;
        if (value.Length < ValueSize)
            return false;
        var epoch = BinaryPrimitives.ReadInt32BigEndian(value[2..]);
        marker = new MarkerBatch(batch.ProducerId, batch.ProducerEpoch, records.Current.Offset, records.Current.Timestamp,
            new TransactionMarker(type == ControlRecordType.Commit, epoch));
        return true;
    }

    /// <summary>Reads the kind of a control record from its key: only the first four bytes count, a later version may add more.</summary>
    public static bool TryReadType(in Record record, out ControlRecordType type)
    {
        type = default;
        var key = record.Key.Bytes;
        if (key.Length < KeySize || BinaryPrimitives.ReadInt16BigEndian(key) < 0)
            return false;
        type = (ControlRecordType)BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        return type >= ControlRecordType.Abort;
    }
}

/// <summary>A transaction marker together with what its batch says about it.</summary>
public readonly record struct MarkerBatch(long ProducerId, short ProducerEpoch, long Offset, long Timestamp, TransactionMarker Marker);
