using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// What the controller persists: the events of one or several commands, which become true together, as one batch of the metadata journal. When it is replayed, also
/// a batch of the quorum's own, without events. The object never leaves the process: <see cref="QuorumJournal"/> writes its events in the journal's format.
/// </summary>
internal sealed class MetadataDecision(ImmutableArray<MetadataEvent> events)
{
    private JournalBatch? batch;

    public ImmutableArray<MetadataEvent> Events => events;

    /// <summary>Where the events are in the journal: known when the write is confirmed, and when it is replayed.</summary>
    /// <exception cref="InvalidOperationException">They have no place yet.</exception>
    public JournalBatch Batch => batch ?? throw new InvalidOperationException("the decision has no place in the journal yet");

    /// <summary>The batch as it was written; empty when it is replayed.</summary>
    public byte[] Bytes { get; private set; } = [];

    /// <summary>Says where the events are. By the journal, before it confirms the write.</summary>
    public MetadataDecision PlacedAt(JournalBatch place, byte[] bytes)
    {
        (batch, Bytes) = (place, bytes);
        return this;
    }
}

/// <summary>Replayed in place of records that the journal does not have any more: the image that they made.</summary>
internal sealed record MetadataRestored(ClusterImage Image);

/// <summary>This node's proposer decides nothing any more: another one was promised more, or no majority answers. What was not confirmed may or may not be decided later.</summary>
internal sealed class QuorumLostException(string reason) : Exception(reason);

/// <summary>Told to the controller when its journal cannot go on.</summary>
internal sealed record JournalLost(Exception Cause);
