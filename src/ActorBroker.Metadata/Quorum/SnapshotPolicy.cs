namespace ActorBroker.Metadata.Quorum;

/// <summary>When a node takes a snapshot, so that its journal, and the time to replay it, stay bounded.</summary>
/// <param name="MaxBytes">Bytes of the journal since the last snapshot (Kafka: metadata.log.max.record.bytes.between.snapshots).</param>
/// <param name="MaxRecords">Records since the last snapshot: many small ones take time too.</param>
public sealed record SnapshotPolicy(long MaxBytes = 20 * 1024 * 1024, long MaxRecords = 250_000)
{
    /// <summary>Whether a snapshot of the committed part is due.</summary>
    /// <param name="journal">The node's journal; it starts at the last snapshot.</param>
    /// <param name="bytes">Its size.</param>
    /// <param name="applied">Up to where the node has an image, at most the committed offset.</param>
    public bool IsDue(JournalOutline journal, long bytes, Model.Offset applied)
    {
        var records = applied - journal.Start.Offset;
        return records > 0 && (records >= MaxRecords || bytes >= MaxBytes);
    }
}
