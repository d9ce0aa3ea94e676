using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Storage;
using ActorBroker.Storage.Files;

namespace ActorBroker.Actors.Controller;

/// <summary>Batches of the journal as they were read: their bytes, and what they are.</summary>
internal sealed record JournalSlice(ImmutableArray<JournalBatch> Batches, ReadOnlyMemory<byte> Bytes)
{
    public static JournalSlice Empty { get; } = new([], default);
}

/// <summary>
/// The metadata journal of a controller node on its disk: the log <c>__cluster_metadata-0</c>, the snapshots and the promise beside it. Its one writer is the
/// <see cref="JournalReplicaActor"/>; what says so may be called by any thread.
/// </summary>
public sealed class MetadataJournal
{
    private readonly PartitionLog log;
    private readonly TimeProvider time;
    private StoredSnapshot? snapshot;
    private JournalOutline outline = JournalOutline.Empty;
    private bool isFresh;

    private MetadataJournal(PartitionLog log, NodeId node, TimeProvider time, EarlierReplicas earlier)
    {
        this.log = log;
        this.time = time;
        Earlier = earlier;
        Self = new JournalReplica(node, log.Directory.Id.Value);
    }

    /// <summary>Where the journal lives.</summary>
    public static TopicPartition Partition { get; } = new(TopicName.ClusterMetadata, 0);

    /// <summary>The id that Kafka reserves for the metadata topic.</summary>
    public static TopicId TopicId { get; } = new(new Guid("00000000-0000-0000-0000-000000000001"));

    /// <summary>Records go with snapshots, never by their age; segments are small enough to copy.</summary>
    public static LogConfig Config { get; } = new()
    {
        SegmentBytes = 256 << 20, SegmentMs = long.MaxValue, RetentionMs = -1, UsesReserve = true, FileDeleteDelayMs = 0,
    };

    /// <summary>This replica: the node, and the id of the log directory that the journal is in.</summary>
    public JournalReplica Self { get; }

    /// <summary>The promise at the opening.</summary>
    internal ControllerEpoch Promised { get; private set; }

    /// <summary>The image of the newest snapshot at the opening: a node that starts knows at least this.</summary>
    public ClusterImage SnapshotImage { get; private set; } = ClusterImage.Empty;

    /// <summary>What snapshot and records at the opening tell of the logs that this node has.</summary>
    public EarlierReplicas Earlier { get; }

    /// <summary>The newest snapshot: its position and voters. Any thread.</summary>
    internal StoredSnapshot? Snapshot => Volatile.Read(ref snapshot);

    /// <summary>Bytes of the log that no snapshot holds yet, about. Any thread.</summary>
    internal long BytesSinceSnapshot => Snapshot is { } stored ? log.View.BytesBetween(stored.Position.Offset, log.View.LogEndOffset) : log.View.SizeInBytes;

    private IFileSystem Files => log.Directory.FileSystem;

    /// <summary>A snapshot on disk.</summary>
    internal sealed record StoredSnapshot(JournalPosition Position, VoterSet? Voters);

    /// <summary>The promise and what the journal holds, for its one acceptor; read again for one that was restarted.</summary>
    internal (ControllerEpoch Promised, JournalOutline Outline) Load()
    {
        if (!isFresh)
        {
            Open();
        }

        isFresh = false;
        return (Promised, outline);
    }

    /// <summary>Opens this node's journal.</summary>
    /// <exception cref="IOException">It cannot be read, or what it holds makes no sense.</exception>
    public static MetadataJournal Open(LogManager logs, NodeId node, TimeProvider time)
    {
        var journal = new MetadataJournal(logs.GetOrCreate(Partition, TopicId, Config), node, time, EarlierReplicas.Of(logs, node));
        try
        {
            journal.Open();
            return journal;
        }
        catch (InvalidDataException e)
        {
            throw new IOException($"the metadata journal in {journal.log.DirectoryPath} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Batches from an offset on, as many whole ones as fit, at least one when there is one. Empty at the end, and for what is not there (any more).
    /// Any thread.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    internal JournalSlice Read(Offset from, Offset upTo, int maxBytes)
    {
        var view = log.View;
        var read = view.Read(from, maxBytes, Offset.Min(upTo, view.LogEndOffset), atLeastOneBatch: true);
        try
        {
            if (read.Status == ReadStatus.Corrupt)
            {
                throw new IOException($"the metadata journal in {log.DirectoryPath} cannot be read at offset {from}");
            }

            if (read.Status != ReadStatus.Ok || read.Slice.IsEmpty)
            {
                return JournalSlice.Empty;
            }

            var bytes = read.Slice.ToArray();
            return new JournalSlice(JournalRecords.Parse(bytes), bytes);
        }
        finally
        {
            if (read.Status == ReadStatus.Ok)
            {
                read.Slice.Release();
            }
        }
    }

    /// <summary>The file of the newest snapshot. Any thread.</summary>
    internal byte[] LoadSnapshot(JournalPosition position) => MetadataSnapshot.Load(Files, log.DirectoryPath, position);

    internal void StorePromise(ControllerEpoch epoch, NodeId proposer) => QuorumStateFile.Write(Files, log.DirectoryPath, epoch, proposer, Self);

    /// <summary>Writes batches at the end, not yet durably.</summary>
    internal void Write(ReadOnlyMemory<byte> batches)
    {
        var result = log.AppendAsFollower(batches, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (result.Status != AppendStatus.Appended)
        {
            throw new IOException($"the metadata journal in {log.DirectoryPath} cannot be written: {result.Status}", log.Directory.Failure);
        }
    }

    internal void Flush() => log.Flush();

    internal void Truncate(Offset end) => log.TruncateTo(end);

    /// <summary>Moves the high watermark, which tools read, and below which segments may go.</summary>
    internal void SetCommitted(Offset committed) => log.SetHighWatermark(committed);

    /// <summary>Writes a snapshot file, durably. Any thread, one at a time.</summary>
    internal void StoreSnapshot(JournalPosition position, VoterSet? voters, ReadOnlySpan<byte> bytes)
    {
        MetadataSnapshot.Store(Files, log.DirectoryPath, position, bytes);
        if (Snapshot is not { } newest || newest.Position.Offset < position.Offset)
        {
            Volatile.Write(ref snapshot, new StoredSnapshot(position, voters));
        }
    }

    /// <summary>Drops what the snapshot holds, and the older snapshots.</summary>
    internal void StartAt(JournalPosition position, bool isWhole)
    {
        if (isWhole)
        {
            log.TruncateFullyAndStartAt(position.Offset);
        }
        else
        {
            log.SetHighWatermark(position.Offset);
            log.SetLogStartOffset(position.Offset);
            if (log.View.SizeInBytes > 0)
            {
                log.Roll();
                log.ApplyRetention(time.GetUtcNow().ToUnixTimeMilliseconds());
            }
        }

        foreach (var older in MetadataSnapshot.Find(Files, log.DirectoryPath).Where(other => other.Offset < position.Offset))
        {
            MetadataSnapshot.Delete(Files, log.DirectoryPath, older);
        }
    }

    private void Open()
    {
        Promised = QuorumStateFile.Read(Files, log.DirectoryPath);
        foreach (var position in MetadataSnapshot.Find(Files, log.DirectoryPath).Take(1))
        {
            (SnapshotImage, var voters) = MetadataSnapshot.Decode(LoadSnapshot(position), position);
            snapshot = new StoredSnapshot(position, voters);
            MaybeNote(SnapshotImage);
        }

        var start = snapshot is null ? JournalOutline.Empty : JournalOutline.OfSnapshot(snapshot.Position, snapshot.Voters);
        if (log.View.LogStartOffset > start.Start.Offset)
        {
            throw new InvalidDataException($"its records begin at offset {log.View.LogStartOffset}, and no snapshot holds what was before");
        }

        if (log.View.LogEndOffset < start.Start.Offset || !ContinuesFrom(start.Start))
        {
            // The end between a snapshot's arrival and the removal of the journal that it replaces.
            log.TruncateFullyAndStartAt(start.Start.Offset);
        }

        outline = Scan(start);
        Earlier.EndOwn(outline.EndOffset.Value);
        Promised = ControllerEpoch.Max(Promised, outline.LastEpoch);
        isFresh = true;
    }

    /// <summary>Whether the log's records before the snapshot's end are those that the snapshot holds.</summary>
    private bool ContinuesFrom(JournalPosition position) =>
        log.View.LogStartOffset >= position.Offset || log.View.LeaderEpochs.EpochOf(position.Offset - 1).Value == position.Epoch.Value;

    private JournalOutline Scan(JournalOutline scanned)
    {
        const int readBytes = 1 << 20;
        while (Read(scanned.EndOffset, log.View.LogEndOffset, readBytes) is { Batches.IsEmpty: false } slice)
        {
            MaybeNote(slice, scanned.EndOffset);
            foreach (var batch in slice.Batches.Where(batch => batch.BaseOffset >= scanned.EndOffset))
            {
                scanned = batch.BaseOffset == scanned.EndOffset && batch.Epoch >= scanned.LastEpoch
                    ? scanned.Append(batch)
                    : throw new InvalidDataException($"batch {batch} does not follow {scanned.End}");
            }
        }

        return scanned.EndOffset == log.View.LogEndOffset
            ? scanned
            : throw new InvalidDataException($"its records end at {log.View.LogEndOffset}, but can be read only up to {scanned.EndOffset}");
    }

    private void MaybeNote(ClusterImage image)
    {
        if (Earlier.WantsOwn)
        {
            Earlier.NoteOwn(image);
        }
    }

    /// <summary>Records that are not committed count as well: of a replica whose creation was never committed there is no log.</summary>
    private void MaybeNote(JournalSlice slice, Offset from)
    {
        if (Earlier.WantsOwn)
        {
            JournalRecords.ReadEvents(slice.Bytes.Span, from, (offset, change) => Earlier.NoteOwn(change, offset.Value));
        }
    }
}
