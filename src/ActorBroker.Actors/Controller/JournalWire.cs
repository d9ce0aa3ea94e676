using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Actors.Controller;

/// <summary>An <see cref="Append"/> with the bytes of its batches: what the batches are, the receiver reads in them.</summary>
/// <param name="Batches">Whole record batches in order.</param>
public sealed record JournalAppend(ControllerEpoch Epoch, JournalPosition Previous, Offset Committed, ReadOnlyMemory<byte> Batches);

/// <summary>A <see cref="Pulled"/> with the bytes of its batches.</summary>
public sealed record JournalPulled(JournalReplica From, ControllerEpoch Epoch, JournalPosition Previous, ReadOnlyMemory<byte> Batches);

/// <summary>There is a snapshot for the receiver: it fetches it from the sender with <see cref="PullSnapshotPart"/>. To an acceptor or to a node's image.</summary>
/// <param name="Size">Bytes of the whole file.</param>
public sealed record SnapshotOffered(ControllerEpoch Epoch, JournalPosition Snapshot, long Size);

/// <summary>Asks a controller or a journal replica for a part of its newest snapshot.</summary>
/// <param name="Snapshot">The snapshot whose part is wanted; <see cref="JournalPosition.Beginning"/>: the newest, from its beginning.</param>
public sealed record PullSnapshotPart(JournalPosition Snapshot, long At);

/// <summary>A part of a snapshot file; of size 0 when there is no such snapshot any more.</summary>
public sealed record SnapshotPart(JournalPosition Snapshot, long Size, long At, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The most bytes of one part: a message of 128 KiB with what is around them.</summary>
    public const int MaxBytes = 120 * 1024;
}

/// <summary>A node's image asks to be kept up to date; also repeated while nothing is heard, since controllers come and go.</summary>
/// <param name="Version">What it has applied.</param>
public sealed record SubscribeMetadata(NodeId Node, long Version);

/// <summary>A node has applied the metadata up to a version.</summary>
public sealed record MetadataApplied(NodeId Node, long Version);

/// <summary>Committed batches of the journal for a node's image.</summary>
/// <param name="From">The version that they follow.</param>
/// <param name="To">The version after them.</param>
/// <param name="Batches">Whole record batches; the first may begin before <paramref name="From"/>.</param>
public sealed record MetadataDelta(ControllerEpoch Epoch, long From, long To, ReadOnlyMemory<byte> Batches);
