using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.Persistence.Journal;

namespace Akka.Persistence.Files;

/// <summary>
/// A journal in append-only files, one a persistence id (format: <see cref="JournalRecord"/>). An atomic write is one record and
/// one fsync; a batch of several shares both. A tail that a crash tore is cut with a warning; a record that does not fit its CRC
/// elsewhere fails recovery with the file and position. After an I/O error a file is not used until the journal restarts.
/// </summary>
public sealed class FileJournal : AsyncWriteJournal
{
    private readonly ConcurrentDictionary<string, JournalFile> files = new();
    private readonly Akka.Serialization.Serialization serialization;
    private readonly ILoggingAdapter log;
    private readonly JournalFileSettings settings;

    /// <param name="config">The journal's section; keys and defaults are in <see cref="DefaultConfig"/>.</param>
    public FileJournal(Config config)
    {
        settings = new JournalFileSettings(
            Path.GetFullPath(config.GetString("dir", "journal")!),
            config.GetBoolean("fsync", true),
            config.GetByteSize("rewrite-min-bytes", 64 * 1024) ?? 64 * 1024);
        serialization = ((ExtendedActorSystem)Context.System).Serialization;
        log = Context.GetLogger();
    }

    /// <summary>The section akka.persistence.journal.file.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource<FileJournal>("Akka.Persistence.Files.file-journal.conf");

    /// <inheritdoc/>
    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) => FileOf(persistenceId).HighestAsync();

    /// <inheritdoc/>
    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback) =>
        FileOf(persistenceId).ReplayAsync(fromSequenceNr, toSequenceNr, max, e => recoveryCallback(Persistent(persistenceId, e)));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        Directory.CreateDirectory(settings.Directory);
        base.PreStart();
    }

    /// <inheritdoc/>
    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) => FileOf(persistenceId).DeleteToAsync(toSequenceNr);

    /// <inheritdoc/>
    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        // The list's elements are null for what was written; Akka.NET's signature does not say so.
        var rejections = new List<Exception>();
        var writing = new List<Task>();
        var byId = new Dictionary<string, List<JournalRecord>>();
        foreach (AtomicWrite write in messages)
        {
            try
            {
                var events = ((IImmutableList<IPersistentRepresentation>)write.Payload).Select(Event).ToArray();
                if (!byId.TryGetValue(write.PersistenceId, out List<JournalRecord>? records)) byId[write.PersistenceId] = records = [];
                records.Add(JournalRecord.Of(events));
                rejections.Add(null!);
            }
            catch (Exception e)
            {
                // What cannot be serialised is rejected, nothing of it was written.
                rejections.Add(e);
            }
        }

        foreach ((var persistenceId, List<JournalRecord> records) in byId) writing.Add(FileOf(persistenceId).AppendAsync(records));
        await Task.WhenAll(writing).ConfigureAwait(false);
        return [.. rejections];
    }

    private JournalFile FileOf(string persistenceId) =>
        files.GetOrAdd(persistenceId, static (id, self) => new JournalFile(id, self.settings, self.Warn), this);

    private void Warn(string message) => log.Warning(message);

    private JournalEvent Event(IPersistentRepresentation persistent)
    {
        var payload = persistent.Payload is Tagged tagged ? tagged.Payload : persistent.Payload;
        Akka.Serialization.Serializer serializer = serialization.FindSerializerFor(payload);
        return new JournalEvent(
            persistent.SequenceNr,
            persistent.Timestamp,
            persistent.WriterGuid,
            persistent.Manifest,
            serializer.Identifier,
            Akka.Serialization.Serialization.ManifestFor(serializer, payload),
            serializer.ToBinary(payload));
    }

    private Persistent Persistent(string persistenceId, JournalEvent e) => new(
        serialization.Deserialize(e.Payload, e.SerializerId, e.SerializerManifest),
        e.SequenceNr,
        persistenceId,
        e.Manifest,
        isDeleted: false,
        sender: null!,
        e.WriterGuid,
        e.TimestampTicks);
}
