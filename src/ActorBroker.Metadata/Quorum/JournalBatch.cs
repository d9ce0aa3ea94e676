using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>A place between two records of a journal, with the epoch of the record before it. Two journals that both have a position hold the same
/// records below it. Also the name of a snapshot: what it holds.</summary>
/// <param name="Offset">The offset of the next record.</param>
/// <param name="Epoch">The epoch of the record before; <see cref="ControllerEpoch.None"/> at the very beginning.</param>
public readonly record struct JournalPosition(Offset Offset, ControllerEpoch Epoch)
{
    public static JournalPosition Beginning => default;

    public override string ToString() => $"{Offset}@{Epoch}";
}

/// <summary>What a batch of the journal holds.</summary>
public enum JournalBatchKind : byte
{
    /// <summary>Metadata events.</summary>
    Events = 0,

    /// <summary>A controller's first batch: with it everything before is committed (Kafka: LeaderChangeMessage).</summary>
    LeaderChange = 1,

    /// <summary>A new voter set, in force from the moment it is in a journal (Kafka: VotersRecord).</summary>
    Voters = 2,
}

/// <summary>One batch of the journal as the quorum sees it: where it is and who wrote it. Its bytes stay with the shells.</summary>
/// <param name="Epoch">The controller that wrote it first; it keeps that when later controllers replicate it again.</param>
/// <param name="Count">Records in it, at least one.</param>
/// <param name="Voters">Given with <see cref="JournalBatchKind.Voters"/>, otherwise null.</param>
public sealed record JournalBatch(
    ControllerEpoch Epoch, Offset BaseOffset, int Count, JournalBatchKind Kind = JournalBatchKind.Events, VoterSet? Voters = null)
{
    /// <summary>The offset after its last record.</summary>
    public Offset NextOffset => BaseOffset + Count;

    public override string ToString() =>
        $"{BaseOffset}-{NextOffset - 1}@{Epoch}{Kind switch { JournalBatchKind.LeaderChange => "!", JournalBatchKind.Voters => $" {Voters}", _ => "" }}";
}
