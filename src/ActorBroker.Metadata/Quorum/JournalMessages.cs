using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>One life of a proposer. Two lives never share an epoch, not even on one node, since an earlier one's messages may still be under way.</summary>
/// <param name="Incarnation">New for every <see cref="JournalProposer"/>.</param>
public readonly record struct ProposerId(NodeId Node, Guid Incarnation)
{
    public override string ToString() => Node.ToString();
}

/// <summary>What a proposer says to an acceptor. Of an older epoch than the promised one, it is refused.</summary>
public abstract record JournalRequest(ControllerEpoch Epoch);

/// <summary>Asks for the promise to refuse all older epochs, and for what the journal holds.</summary>
public sealed record Prepare(ControllerEpoch Epoch, ProposerId Proposer) : JournalRequest(Epoch)
{
    public override string ToString() => $"Prepare {Epoch} by {Proposer}";
}

/// <summary>Brings batches, or none: then it is a heartbeat that carries the committed offset.</summary>
/// <param name="Previous">Where the batches follow; the acceptor must have this position.</param>
/// <param name="Batches">Whole batches in order without gaps, each with the epoch that wrote it.</param>
/// <param name="Committed">Everything below is decided, as far as the proposer knows.</param>
public sealed record Append(ControllerEpoch Epoch, JournalPosition Previous, ImmutableArray<JournalBatch> Batches, Offset Committed)
    : JournalRequest(Epoch)
{
    /// <summary>The offset after the last batch.</summary>
    public Offset EndOffset => Batches.IsEmpty ? Previous.Offset : Batches[^1].NextOffset;

    public override string ToString() => $"Append {Epoch} after {Previous} [{string.Join(", ", Batches)}] committed {Committed}";
}

/// <summary>A snapshot that the acceptor's shell has received whole and stored takes the place of the journal below it.</summary>
/// <param name="Voters">The voter set that the snapshot names.</param>
public sealed record InstallSnapshot(ControllerEpoch Epoch, JournalPosition Snapshot, VoterSet? Voters) : JournalRequest(Epoch)
{
    public override string ToString() => $"InstallSnapshot {Epoch} {Snapshot}";
}

/// <summary>Asks for batches: a proposer whose own node has not the newest journal fetches it from the node that has.</summary>
/// <param name="From">A position that both journals have.</param>
public sealed record Pull(ControllerEpoch Epoch, JournalPosition From) : JournalRequest(Epoch)
{
    public override string ToString() => $"Pull {Epoch} from {From}";
}

/// <summary>What an acceptor answers.</summary>
/// <param name="From">The replica; its directory id tells whether it is still the one that votes.</param>
/// <param name="Epoch">The epoch of the request.</param>
public abstract record JournalReply(JournalReplica From, ControllerEpoch Epoch);

/// <summary>The acceptor refuses older epochs from now on.</summary>
/// <param name="Outline">What it holds. Not all of it needs to be on its disk yet: only <see cref="Accepted"/> says that.</param>
public sealed record Promise(JournalReplica From, ControllerEpoch Epoch, JournalOutline Outline, Offset Committed) : JournalReply(From, Epoch)
{
    public override string ToString() => $"Promise {Epoch} by {From}: {Outline} committed {Committed}";
}

/// <summary>The acceptor has promised a newer epoch, or this one to another proposer.</summary>
public sealed record Refused(JournalReplica From, ControllerEpoch Epoch, ControllerEpoch Promised) : JournalReply(From, Epoch)
{
    public override string ToString() => $"Refused {Epoch} by {From}: promised {Promised}";
}

/// <summary>The acceptor's disk holds what the proposer's journal holds, up to <paramref name="EndOffset"/>.</summary>
public sealed record Accepted(JournalReplica From, ControllerEpoch Epoch, Offset EndOffset) : JournalReply(From, Epoch)
{
    public override string ToString() => $"Accepted {Epoch} by {From} to {EndOffset}";
}

/// <summary>The acceptor has not the position that the batches follow.</summary>
/// <param name="Outline">What it has.</param>
public sealed record Mismatch(JournalReplica From, ControllerEpoch Epoch, JournalOutline Outline) : JournalReply(From, Epoch)
{
    public override string ToString() => $"Mismatch {Epoch} by {From}: {Outline}";
}

/// <summary>Answers <see cref="Pull"/>. Fewer batches than there are when they are many: the proposer pulls on.</summary>
/// <param name="Previous">The position asked for.</param>
public sealed record Pulled(JournalReplica From, ControllerEpoch Epoch, JournalPosition Previous, ImmutableArray<JournalBatch> Batches)
    : JournalReply(From, Epoch)
{
    public override string ToString() => $"Pulled {Epoch} from {From} after {Previous} [{string.Join(", ", Batches)}]";
}
