#nullable disable
namespace Akka.Persistence.Snapshot;

/// <summary>A snapshot of a <see cref="MemorySnapshotStore"/>.</summary>
public class SnapshotEntry
{
    public string Id { get; set; }

    public string PersistenceId { get; set; }

    public long SequenceNr { get; set; }

    public object Snapshot { get; set; }

    /// <summary>Ticks of UTC.</summary>
    public long Timestamp { get; set; }
}

/// <summary>Keeps snapshots, by reference, as long as the store's actor lives.</summary>
public class MemorySnapshotStore : SnapshotStore
{
    private readonly List<SnapshotEntry> _snapshots = [];

    // Only touched while the store's actor handles a message.
    protected virtual List<SnapshotEntry> Snapshots => _snapshots;

    protected override Task DeleteAsync(SnapshotMetadata metadata)
    {
        Snapshots.RemoveAll(s => s.PersistenceId == metadata.PersistenceId && s.SequenceNr == metadata.SequenceNr
            && (metadata.Timestamp == DateTime.MinValue || s.Timestamp == metadata.Timestamp.Ticks));
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        Snapshots.RemoveAll(s => s.PersistenceId == persistenceId && criteria.IsMatch(s.SequenceNr, TimeOf(s)));
        return Task.CompletedTask;
    }

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        SnapshotEntry newest = Snapshots.Where(s => s.PersistenceId == persistenceId && criteria.IsMatch(s.SequenceNr, TimeOf(s)))
            .MaxBy(static s => (s.SequenceNr, s.Timestamp));
        return Task.FromResult(newest is null
            ? null
            : new SelectedSnapshot(new SnapshotMetadata(newest.PersistenceId, newest.SequenceNr, TimeOf(newest)), newest.Snapshot));
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot)
    {
        Snapshots.RemoveAll(s => s.PersistenceId == metadata.PersistenceId && s.SequenceNr == metadata.SequenceNr);
        Snapshots.Add(new SnapshotEntry
        {
            Id = $"{metadata.PersistenceId}_{metadata.SequenceNr}",
            PersistenceId = metadata.PersistenceId,
            SequenceNr = metadata.SequenceNr,
            Snapshot = snapshot,
            Timestamp = metadata.Timestamp.Ticks,
        });
        return Task.CompletedTask;
    }

    private static DateTime TimeOf(SnapshotEntry entry) => new(entry.Timestamp, DateTimeKind.Utc);
}
