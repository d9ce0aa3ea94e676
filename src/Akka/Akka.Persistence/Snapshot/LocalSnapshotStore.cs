#nullable disable
using System.Globalization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence.Files;

namespace Akka.Persistence.Snapshot;

/// <summary>
/// Keeps each snapshot in a file of its own, [id]-[number]-[ticks].snapshot, written beside its place, synced and renamed.
/// A file that does not fit its CRC is passed over in favour of the next older one, max-load-attempts times.
/// </summary>
public class LocalSnapshotStore : SnapshotStore
{
    private readonly Akka.Serialization.Serialization _serialization;
    private readonly ILoggingAdapter _log;
    private readonly string _directory;
    private readonly int _maxLoadAttempts;

    public LocalSnapshotStore()
    {
        // The plug-in's name is the path of its section.
        Config config = Context.System.Settings.Config.GetConfig(Self.Path.Name)
            ?? Context.System.Settings.Config.GetConfig("akka.persistence.snapshot-store.local");
        _directory = Path.GetFullPath(config.GetString("dir", "snapshots"));
        _maxLoadAttempts = Math.Max(1, config.GetInt("max-load-attempts", 3));
        _serialization = ((ExtendedActorSystem)Context.System).Serialization;
        _log = Context.GetLogger();
    }

    protected override void PreStart()
    {
        Directory.CreateDirectory(_directory);
        base.PreStart();
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata) => Task.Run(() => Delete(
        metadata.PersistenceId, f => f.SequenceNr == metadata.SequenceNr && (metadata.Timestamp == DateTime.MinValue || f.Timestamp == metadata.Timestamp)));

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        Task.Run(() => Delete(persistenceId, f => criteria.IsMatch(f.SequenceNr, f.Timestamp)));

    protected override Task<SelectedSnapshot> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria) =>
        Task.Run(() => Load(persistenceId, criteria));

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot) => Task.Run(() => Save(metadata, snapshot));

    /// <summary>Writes one snapshot.</summary>
    protected virtual void Save(SnapshotMetadata metadata, object snapshot)
    {
        Akka.Serialization.Serializer serializer = _serialization.FindSerializerFor(snapshot);
        var file = new SnapshotFile(
            metadata.PersistenceId,
            metadata.SequenceNr,
            metadata.Timestamp.Ticks,
            serializer.Identifier,
            Akka.Serialization.Serialization.ManifestFor(serializer, snapshot),
            serializer.ToBinary(snapshot));
        var name = string.Create(CultureInfo.InvariantCulture, $"{DurableDirectory.NameOf(metadata.PersistenceId)}-{metadata.SequenceNr}-{metadata.Timestamp.Ticks}{SnapshotFile.Extension}");
        file.Write(Path.Combine(_directory, name));
    }

    private SelectedSnapshot Load(string persistenceId, SnapshotSelectionCriteria criteria)
    {
        Exception failure = null;
        foreach (Found found in Find(persistenceId).Where(f => criteria.IsMatch(f.SequenceNr, f.Timestamp))
            .OrderByDescending(static f => (f.SequenceNr, f.Timestamp)).Take(_maxLoadAttempts))
        {
            try
            {
                SnapshotFile file = SnapshotFile.Read(found.Path);
                return new SelectedSnapshot(
                    new SnapshotMetadata(persistenceId, file.SequenceNr, new DateTime(file.TimestampTicks, DateTimeKind.Utc)),
                    _serialization.Deserialize(file.Payload, file.SerializerId, file.Manifest));
            }
            catch (Exception e)
            {
                _log.Error(e, "Cannot load snapshot {0}", found.Path);
                failure = e;
            }
        }

        // Starting from an empty state would be wrong if events were deleted because of the snapshot.
        return failure is null ? null : throw new IOException($"No snapshot of [{persistenceId}] could be loaded.", failure);
    }

    private void Delete(string persistenceId, Func<Found, bool> fits)
    {
        foreach (Found found in Find(persistenceId))
            if (fits(found)) File.Delete(found.Path);
        DurableDirectory.Sync(_directory);
    }

    private IEnumerable<Found> Find(string persistenceId)
    {
        var name = DurableDirectory.NameOf(persistenceId);
        foreach (var path in Directory.EnumerateFiles(_directory, "*" + SnapshotFile.Extension))
        {
            // [id]-[number]-[ticks], and the id may have hyphens.
            var parts = Path.GetFileNameWithoutExtension(path).Split('-');
            if (parts.Length < 3 || string.Join('-', parts[..^2]) != name) continue;
            if (long.TryParse(parts[^2], NumberStyles.None, CultureInfo.InvariantCulture, out var sequenceNr)
                && long.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks))
                yield return new Found(path, sequenceNr, new DateTime(ticks, DateTimeKind.Utc));
        }
    }

    private readonly record struct Found(string Path, long SequenceNr, DateTime Timestamp);
}
