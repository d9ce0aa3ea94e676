using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>What the shell of a proposer has to do, in the order given.</summary>
public abstract record ProposerEffect;

/// <summary>Send the request to a node's acceptor as it is.</summary>
public sealed record SendRequest(NodeId To, JournalRequest Request) : ProposerEffect
{
    public override string ToString() => $"to {To}: {Request}";
}

/// <summary>
/// Send an <see cref="Append"/> with the batches of this node's journal from <paramref name="Previous"/> to <paramref name="UpTo"/>; without batches when the two
/// are the same offset. Where they are more than a message should hold, send the first of them: the answer tells how far they went. Where the shell cannot read
/// them yet, send nothing: it is asked again.
/// </summary>
public sealed record SendBatches(NodeId To, JournalPosition Previous, Offset UpTo, Offset Committed) : ProposerEffect
{
    public override string ToString() => $"to {To}: batches after {Previous} up to {UpTo}, committed {Committed}";
}

/// <summary>Send this node's newest snapshot, which is of <paramref name="AtLeast"/> or a later position, and when the acceptor's shell has it whole,
/// <see cref="InstallSnapshot"/>. When that fails: <see cref="JournalProposer.OnSnapshotFailed"/>.</summary>
public sealed record SendSnapshot(NodeId To, JournalPosition AtLeast) : ProposerEffect
{
    public override string ToString() => $"to {To}: snapshot of at least {AtLeast}";
}

/// <summary>Fetch the newest snapshot of that node and store it here, then call <see cref="JournalProposer.OnSnapshotPulled"/>; on a failure do nothing.</summary>
public sealed record PullSnapshot(NodeId From, JournalPosition AtLeast) : ProposerEffect
{
    public override string ToString() => $"pull snapshot of at least {AtLeast} from {From}";
}

/// <summary>A batch has its place: the shell keeps its bytes, with this offset and epoch, until the local acceptor has written them. For
/// <see cref="JournalBatchKind.Events"/> they are those that <see cref="JournalProposer.TryPropose"/> was called for; others the shell makes itself.</summary>
public sealed record AssignBatch(JournalBatch Batch) : ProposerEffect
{
    public override string ToString() => $"assign {Batch}";
}

/// <summary>Everything below is decided: a majority has it on disk.</summary>
public sealed record Commit(Offset Offset) : ProposerEffect
{
    public override string ToString() => $"commit {Offset}";
}

/// <summary>The journal below <paramref name="EndOffset"/> is decided, whole, and in this node's log: replay it, then propose.</summary>
public sealed record StartServing(ControllerEpoch Epoch, Offset EndOffset) : ProposerEffect
{
    public override string ToString() => $"serve {Epoch} from {EndOffset}";
}

/// <summary>Why a proposer ended.</summary>
public enum StepDownReason
{
    /// <summary>A replica has promised a newer epoch: there is another controller.</summary>
    Deposed,

    /// <summary>For too long a majority has not answered: nothing can be committed here, and others may have elected another controller.</summary>
    LostMajority,
}

/// <summary>The proposer has ended: nothing more is committed by it, and what is not committed may or may not be later. The shell starts a new one, or stops.</summary>
/// <param name="Epoch">The newest epoch that is known: the next proposer starts above it.</param>
public sealed record StepDown(StepDownReason Reason, ControllerEpoch Epoch) : ProposerEffect
{
    public override string ToString() => $"step down: {Reason}, seen {Epoch}";
}
