using Microsoft.Win32.SafeHandles;

namespace Akka.Persistence.Files;

/// <param name="Directory">Where the files are.</param>
/// <param name="Fsync">Whether a write ends only when it survives a power failure.</param>
/// <param name="RewriteMinBytes">Size from which a file that is mostly deleted is rewritten.</param>
internal sealed record JournalFileSettings(string Directory, bool Fsync, long RewriteMinBytes);

/// <summary>
/// The file of one persistence id. Operations run one after the other, on the thread pool; the file is open only during one,
/// so that thousands of quiet actors hold no descriptors.
/// </summary>
internal sealed class JournalFile(string persistenceId, JournalFileSettings settings, Action<string> warn)
{
    private const int IndexEveryBytes = 64 * 1024;

    private readonly Lock gate = new();
    private readonly string path = Path.Combine(settings.Directory, DurableDirectory.NameOf(persistenceId) + ".journal");
    // Positions to start reading from, sparse: (first number at or after the position, position).
    private readonly List<(long SequenceNr, long Position)> index = [];
    private Task last = Task.CompletedTask;
    private Exception? failure;
    private bool opened;
    private long end;
    private long highest;
    private long deletedTo;

    public Task<long> HighestAsync() => Enqueue(() =>
    {
        Open();
        return highest;
    });

    public Task AppendAsync(IReadOnlyList<JournalRecord> records) => Enqueue(() =>
    {
        Open();
        var expected = highest;
        foreach (JournalRecord record in records)
        {
            // Another actor with the same id, or a second process: its events must not be overwritten or mixed with ours.
            if (record.FirstSequenceNr <= expected)
                throw new InvalidOperationException($"[{persistenceId}] has event {expected} already and cannot take {record.FirstSequenceNr}: there is another writer.");
            expected = record.LastSequenceNr;
        }

        var at = end;
        Write(records);
        foreach (JournalRecord record in records)
        {
            Index(record.FirstSequenceNr, at);
            at += record.Bytes.Length;
        }

        highest = expected;
        return true;
    });

    public Task ReplayAsync(long fromSequenceNr, long toSequenceNr, long max, Action<JournalEvent> callback) => Enqueue(() =>
    {
        Open();
        if (!File.Exists(path)) return true;
        var from = Math.Max(fromSequenceNr, deletedTo + 1);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var reader = new JournalFileReader(file, path, PositionBefore(from), end);
        var count = 0L;
        while (count < max && reader.Position < end)
        {
            // What was read or written whole before has no torn tail now.
            var body = reader.Next() ?? throw reader.Corrupt("something is missing that was there");
            if ((JournalRecordKind)body[0] != JournalRecordKind.Events) continue;
            (var first, var lastOfRecord) = JournalRecord.ReadNumbers(body);
            if (first > toSequenceNr) break;
            if (lastOfRecord < from) continue;
            foreach (JournalEvent e in JournalRecord.ReadEvents(body))
            {
                if (e.SequenceNr < from || e.SequenceNr > toSequenceNr || count >= max) continue;
                callback(e);
                count++;
            }
        }

        return true;
    });

    public Task DeleteToAsync(long toSequenceNr) => Enqueue(() =>
    {
        Open();
        var to = Math.Min(toSequenceNr, highest);
        if (to <= deletedTo) return true;
        Write([JournalRecord.Deleted(to, highest)]);
        deletedTo = to;
        var deletedBytes = PositionBefore(to + 1);
        if (end > settings.RewriteMinBytes && (deletedBytes > end / 2 || deletedTo == highest)) Rewrite();
        return true;
    });

    private Task<T> Enqueue<T>(Func<T> operation)
    {
        lock (gate)
        {
            Task<T> next = last.ContinueWith(
                _ => operation(), CancellationToken.None, TaskContinuationOptions.DenyChildAttach, TaskScheduler.Default);
            last = next;
            return next;
        }
    }

    private void Open()
    {
        if (failure is not null) throw new IOException($"Journal file {path} had an I/O error and is not used until the journal restarts.", failure);
        if (opened) return;
        if (File.Exists(path)) Scan();
        opened = true;
    }

    /// <summary>Reads the whole file once: numbers, deletions and positions. Cuts a torn tail.</summary>
    private void Scan()
    {
        index.Clear();
        (highest, deletedTo) = (0, 0);
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        var length = RandomAccess.GetLength(file);
        var reader = new JournalFileReader(file, path, 0, length);
        for (var at = 0L; reader.Next() is { } body; at = reader.Position)
        {
            switch ((JournalRecordKind)body[0])
            {
                case JournalRecordKind.Start when at == 0:
                    if (JournalRecord.ReadStart(body) is not { } id || id != persistenceId) throw new InvalidDataException($"Journal file {path} is not of [{persistenceId}].");
                    break;
                case JournalRecordKind.Events when at > 0:
                    (var first, var lastOfRecord) = JournalRecord.ReadNumbers(body);
                    Index(first, at);
                    highest = Math.Max(highest, lastOfRecord);
                    break;
                case JournalRecordKind.Deleted when at > 0:
                    (var to, var highestThen) = JournalRecord.ReadNumbers(body);
                    deletedTo = Math.Max(deletedTo, to);
                    highest = Math.Max(highest, highestThen);
                    break;
                default:
                    throw new InvalidDataException($"Journal file {path} is corrupt: the record at position {at} has kind {body[0]}.");
            }
        }

        end = reader.Position;
        if (end == length) return;
        warn($"Journal file {path} has an incomplete record at position {end}, from a write that was never acknowledged; {length - end} bytes are cut.");
        RandomAccess.SetLength(file, end);
        if (settings.Fsync) RandomAccess.FlushToDisk(file);
    }

    private void Write(IReadOnlyList<JournalRecord> records)
    {
        try
        {
            var isNew = end == 0;
            List<ReadOnlyMemory<byte>> buffers = [];
            if (isNew) buffers.Add(JournalRecord.Start(persistenceId).Bytes);
            foreach (JournalRecord record in records) buffers.Add(record.Bytes);
            using SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            RandomAccess.Write(file, buffers, end);
            if (settings.Fsync) RandomAccess.FlushToDisk(file);
            if (isNew && settings.Fsync) DurableDirectory.Sync(settings.Directory);
            foreach (ReadOnlyMemory<byte> buffer in buffers) end += buffer.Length;
        }
        catch (Exception e)
        {
            // Nobody knows what the disk has now; an fsync that failed is not tried again.
            failure = e;
            throw;
        }
    }

    /// <summary>Writes the file anew without what is deleted.</summary>
    private void Rewrite()
    {
        try
        {
            var content = new MemoryStream();
            content.Write(JournalRecord.Start(persistenceId).Bytes);
            content.Write(JournalRecord.Deleted(deletedTo, highest).Bytes);
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            {
                var reader = new JournalFileReader(file, path, PositionBefore(deletedTo + 1), end);
                while (reader.Next() is { } body)
                {
                    if ((JournalRecordKind)body[0] != JournalRecordKind.Events || JournalRecord.ReadNumbers(body).Last <= deletedTo) continue;
                    content.Write(JournalRecord.Of([.. JournalRecord.ReadEvents(body)]).Bytes);
                }
            }

            DurableDirectory.Replace(path, content.GetBuffer().AsSpan(0, (int)content.Length), settings.Fsync);
            Scan();
        }
        catch (Exception e)
        {
            failure = e;
            throw;
        }
    }

    private void Index(long sequenceNr, long position)
    {
        if (index.Count == 0 || position - index[^1].Position >= IndexEveryBytes) index.Add((sequenceNr, position));
    }

    /// <summary>A position at or before the record of a number.</summary>
    private long PositionBefore(long sequenceNr)
    {
        var at = index.FindLastIndex(entry => entry.SequenceNr <= sequenceNr);
        return at < 0 ? 0 : index[at].Position;
    }
}
