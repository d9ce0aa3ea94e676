namespace ActorBroker.Records;

/// <summary>What a new batch carries besides its records. The default is a plain producer batch without compression.</summary>
public sealed record BatchProperties
{
    public static readonly BatchProperties Default = new();

    public CompressionCodec Codec { get; init; }

    /// <summary>The codec's own scale; null for its default.</summary>
    public int? CompressionLevel { get; init; }

    public long BaseOffset { get; init; }

    public int LeaderEpoch { get; init; } = RecordBatch.NoLeaderEpoch;

    public long ProducerId { get; init; } = RecordBatch.NoProducerId;

    public short ProducerEpoch { get; init; } = RecordBatch.NoProducerEpoch;

    public int BaseSequence { get; init; } = RecordBatch.NoSequence;

    public bool IsTransactional { get; init; }

    public bool IsControl { get; init; }

    public TimestampType TimestampType { get; init; }

    /// <summary>The time that counts for every record when the type is LogAppendTime, milliseconds since 1970.</summary>
    public long LogAppendTime { get; init; } = RecordBatch.NoTimestamp;

    /// <summary>Time from which compaction may drop the batch's tombstones; null when none is set.</summary>
    public long? DeleteHorizon { get; init; }

    /// <summary>The last offset minus the base offset where it is not that of the last record, as after compaction.</summary>
    public int? LastOffsetDelta { get; init; }

    /// <summary>The properties of a batch that exists.</summary>
    public static BatchProperties Of(RecordBatchView batch) => new()
    {
        Codec = batch.Codec,
        BaseOffset = batch.BaseOffset,
        LeaderEpoch = batch.LeaderEpoch,
        ProducerId = batch.ProducerId,
        ProducerEpoch = batch.ProducerEpoch,
        BaseSequence = batch.BaseSequence,
        IsTransactional = batch.IsTransactional,
        IsControl = batch.IsControl,
        TimestampType = batch.TimestampType,
        LogAppendTime = batch.TimestampType == TimestampType.LogAppendTime ? batch.MaxTimestamp : RecordBatch.NoTimestamp,
        DeleteHorizon = batch.HasDeleteHorizon ? batch.BaseTimestamp : null,
        LastOffsetDelta = batch.LastOffsetDelta,
    };

    internal short Attributes => (short)((int)Codec
        | (TimestampType == TimestampType.LogAppendTime ? RecordBatch.LogAppendTimeBit : 0)
        | (IsTransactional ? RecordBatch.TransactionalBit : 0)
        | (IsControl ? RecordBatch.ControlBit : 0)
        | (DeleteHorizon is not null ? RecordBatch.DeleteHorizonBit : 0));
}
