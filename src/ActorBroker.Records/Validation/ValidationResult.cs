namespace ActorBroker.Records;

/// <summary>Why an append is refused; each has one Kafka error code.</summary>
public enum AppendError
{
    None = 0,

    /// <summary>CORRUPT_MESSAGE.</summary>
    CorruptMessage,

    /// <summary>INVALID_RECORD.</summary>
    InvalidRecord,

    /// <summary>INVALID_TIMESTAMP.</summary>
    InvalidTimestamp,

    /// <summary>MESSAGE_TOO_LARGE.</summary>
    MessageTooLarge,

    /// <summary>RECORD_LIST_TOO_LARGE.</summary>
    RecordListTooLarge,

    /// <summary>UNSUPPORTED_COMPRESSION_TYPE.</summary>
    UnsupportedCompressionType,

    /// <summary>UNSUPPORTED_FOR_MESSAGE_FORMAT.</summary>
    UnsupportedForMessageFormat,
}

/// <summary>A record that made its batch fail (KIP-467).</summary>
/// <param name="BatchIndex">Position of the record in its batch.</param>
public readonly record struct RecordError(int BatchIndex, string Message);

/// <summary>The outcome of validating the records of one partition. Dispose it when the batches have been written: they may lie in pooled
/// memory of the result's own. Dispose once, and not the copies.</summary>
public readonly struct ValidationResult : IDisposable
{
    private readonly PooledBytes? _owner;

    private ValidationResult(AppendError error, string message, IReadOnlyList<RecordError>? recordErrors)
    {
        Error = error;
        Message = message;
        RecordErrors = recordErrors ?? [];
        MaxTimestamp = RecordBatch.NoTimestamp;
    }

    private ValidationResult(Memory<byte> batches, PooledBytes? owner, int recordCount, int offsetCount, long maxTimestamp, int offsetDeltaOfMaxTimestamp)
    {
        Batches = batches;
        _owner = owner;
        RecordCount = recordCount;
        OffsetCount = offsetCount;
        MaxTimestamp = maxTimestamp;
        OffsetDeltaOfMaxTimestamp = offsetDeltaOfMaxTimestamp;
        RecordErrors = [];
    }

    /// <summary>None when the batches may be appended.</summary>
    public AppendError Error { get; }

    /// <summary>What is wrong, for the response and the log; null on success.</summary>
    public string? Message { get; }

    /// <summary>The records that are to blame, at most <see cref="BatchValidator.MaximumRecordErrors"/>; empty when the batch as a whole is.</summary>
    public IReadOnlyList<RecordError> RecordErrors { get; }

    public bool IsValid => Error == AppendError.None;

    /// <summary>The batches to append. Base offset and leader epoch are still the sender's; the leader patches them.</summary>
    public Memory<byte> Batches { get; }

    public int RecordCount { get; }

    /// <summary>Offsets that the batches take; for replicated batches the distance from the first offset to the end, gaps included.</summary>
    public int OffsetCount { get; }

    /// <summary>The largest timestamp; -1 when no record has one.</summary>
    public long MaxTimestamp { get; }

    /// <summary>Last offset of the batch that holds <see cref="MaxTimestamp"/>, relative to the first offset: what time indexes store.</summary>
    public int OffsetDeltaOfMaxTimestamp { get; }

    /// <summary>The batches are not the sender's bytes: recompressed, converted or renumbered.</summary>
    public bool IsRewritten => _owner is not null;

    public void Dispose() => _owner?.Dispose();

    internal static ValidationResult Fail(AppendError error, string message, IReadOnlyList<RecordError>? recordErrors = null) =>
        new(error, message, recordErrors);

    internal static ValidationResult Accept(Memory<byte> batches, PooledBytes? owner, int recordCount, int offsetCount, long maxTimestamp,
        int offsetDeltaOfMaxTimestamp) =>
        new(batches, owner, recordCount, offsetCount, maxTimestamp, offsetDeltaOfMaxTimestamp);
}
