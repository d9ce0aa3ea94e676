using ActorBroker.Model;

namespace ActorBroker.Storage;

public enum AppendStatus
{
    /// <summary>Written; the offsets are the batch's.</summary>
    Appended,

    /// <summary>The same producer batch is in the log already; the offsets are those it got then. Answered like a success.</summary>
    Duplicate,

    /// <summary>The batch's sequence does not follow the producer's last one.</summary>
    OutOfOrderSequence,

    /// <summary>The producer was fenced by a newer epoch.</summary>
    InvalidProducerEpoch,

    /// <summary>A batch outside a transaction while the producer has one open.</summary>
    InvalidTransactionState,

    /// <summary>A marker of a coordinator that was replaced.</summary>
    TransactionCoordinatorFenced,

    /// <summary>The append is larger than segment.bytes.</summary>
    TooLargeForSegment,

    /// <summary>The bytes are not whole batches. For followers also: offsets that do not continue the log.</summary>
    InvalidBatches,

    /// <summary>There is no room on the disk. Nothing was written; later appends may succeed again.</summary>
    DiskFull,

    /// <summary>The log directory is offline after an I/O error. Nothing is written until restart.</summary>
    StorageError,
}

/// <summary>What became of an append.</summary>
/// <param name="FirstOffset">Unknown unless appended or duplicate.</param>
/// <param name="LastOffset">Inclusive; unknown unless appended or duplicate.</param>
/// <param name="TimestampMs">The batch's largest timestamp (its append time on LogAppendTime topics); of a duplicate, that of the earlier
/// append. Milliseconds since 1970, -1 when nothing was appended.</param>
public readonly record struct AppendResult(AppendStatus Status, Offset FirstOffset, Offset LastOffset, long TimestampMs)
{
    internal static AppendResult Refused(AppendStatus status) => new(status, Offset.Unknown, Offset.Unknown, -1);

    /// <summary>Whether the producer's records are in the log.</summary>
    public bool IsSuccess => Status is AppendStatus.Appended or AppendStatus.Duplicate;
}

/// <summary>One append: whole validated batches in memory that the log may patch (base offset, leader epoch) and must not keep.</summary>
public readonly record struct AppendRequest(Memory<byte> Batches);
