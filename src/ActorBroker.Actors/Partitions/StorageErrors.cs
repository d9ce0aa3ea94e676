using ActorBroker.Protocol;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>What the journal says, in Kafka's codes.</summary>
public static class StorageErrors
{
    public static ErrorCode ToErrorCode(AppendStatus status) => status switch
    {
        AppendStatus.Appended or AppendStatus.Duplicate => ErrorCode.None,
        AppendStatus.OutOfOrderSequence => ErrorCode.OutOfOrderSequenceNumber,
        AppendStatus.InvalidProducerEpoch => ErrorCode.InvalidProducerEpoch,
        AppendStatus.InvalidTransactionState => ErrorCode.InvalidTxnState,
        AppendStatus.TransactionCoordinatorFenced => ErrorCode.TransactionCoordinatorFenced,
        AppendStatus.TooLargeForSegment => ErrorCode.RecordListTooLarge,
        AppendStatus.InvalidBatches => ErrorCode.CorruptMessage,
        AppendStatus.DiskFull or AppendStatus.StorageError => ErrorCode.KafkaStorageError,
        _ => ErrorCode.UnknownServerError,
    };

    /// <summary>For people: what happened, and where.</summary>
    public static string? Explain(AppendStatus status, PartitionLog log) => status switch
    {
        AppendStatus.DiskFull when log.Directory is { IsFull: true, MinFreeBytes: > 0 } directory =>
            $"The disk of log directory {directory.Path} is full: less than the reserve of {directory.MinFreeBytes} bytes is free.",
        AppendStatus.DiskFull => $"The disk of log directory {log.Directory.Path} is full.",
        AppendStatus.StorageError => $"Log directory {log.Directory.Path} is offline: {log.Directory.Failure?.Message}",
        AppendStatus.TooLargeForSegment => $"The records are larger than segment.bytes ({log.Config.SegmentBytes}).",
        _ => null,
    };
}
