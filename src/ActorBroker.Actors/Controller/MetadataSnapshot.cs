using System.Globalization;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;
using ActorBroker.Storage.Files;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Snapshots of the image, in Kafka's files: <c>&lt;offset&gt;-&lt;epoch&gt;.checkpoint</c>, a header and the voters as control records, the image as metadata
/// records, a footer. A file of that name is whole: it is written under another one first.
/// </summary>
internal static class MetadataSnapshot
{
    private const string Suffix = ".checkpoint";
    private const string TemporarySuffix = ".checkpoint.part";
    private const int EventsOfABatch = 2_000;
    private const int OffsetDigits = 20;
    private const int EpochDigits = 10;

    public static string FileName(JournalPosition position) => string.Create(
        CultureInfo.InvariantCulture, $"{position.Offset.Value.ToString($"D{OffsetDigits}", CultureInfo.InvariantCulture)}-{position.Epoch.Value.ToString($"D{EpochDigits}", CultureInfo.InvariantCulture)}{Suffix}");

    /// <summary>The snapshots of a directory, newest first. Parts that a crash left over are removed.</summary>
    public static List<JournalPosition> Find(IFileSystem files, string directory)
    {
        var found = new List<JournalPosition>();
        foreach (var entry in files.List(directory))
        {
            if (entry.Name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                files.DeleteFile(Path.Combine(directory, entry.Name));
            }
            else if (TryParse(entry.Name, out var position))
            {
                found.Add(position);
            }
        }

        return [.. found.OrderByDescending(position => position.Offset)];
    }

    /// <summary>The whole file of an image.</summary>
    public static byte[] Encode(ClusterImage image, JournalPosition position, VoterSet? voters, long nowMs)
    {
        using var bytes = new MemoryStream();
        var next = Offset.Zero;
        Write(JournalRecords.OfControl(next, position.Epoch, nowMs, (ControlRecordType.SnapshotHeader, new SnapshotHeaderRecord { LastContainedLogTimestamp = nowMs })), 1);
        if (voters is not null)
        {
            Write(JournalRecords.OfControl(
                next,
                position.Epoch,
                nowMs,
                (ControlRecordType.KRaftVersion, new KRaftVersionRecord { KRaftVersion = 1 }),
                (ControlRecordType.KRaftVoters, JournalRecords.Record(voters))), 2);
        }

        foreach (var events in ImageEvents.Of(image).Chunk(EventsOfABatch))
        {
            Write(JournalRecords.OfEvents(next, position.Epoch, events, nowMs), events.Length);
        }

        Write(JournalRecords.OfControl(next, position.Epoch, nowMs, (ControlRecordType.SnapshotFooter, new SnapshotFooterRecord())), 1);
        return bytes.ToArray();

        void Write(byte[] batch, int count)
        {
            bytes.Write(batch);
            next += count;
        }
    }

    /// <summary>Reads a snapshot.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or cut, or this version cannot read it.</exception>
    public static (ClusterImage Image, VoterSet? Voters) Decode(ReadOnlySpan<byte> bytes, JournalPosition position)
    {
        var voters = JournalRecords.Parse(bytes).LastOrDefault(batch => batch.Voters is not null)?.Voters;
        if (!JournalRecords.IsWholeSnapshot(bytes))
        {
            throw new InvalidDataException($"snapshot {FileName(position)} does not reach from a header to a footer");
        }

        var image = ClusterImage.Empty;
        JournalRecords.ReadEvents(bytes, Offset.Zero, (offset, change) => image = Apply(image, change, offset));
        return (image with { Version = position.Offset.Value }, voters);
    }

    /// <summary>Stores a snapshot durably.</summary>
    public static void Store(IFileSystem files, string directory, JournalPosition position, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(directory, FileName(position));
        var temporary = path[..^Suffix.Length] + TemporarySuffix;
        using (var file = files.Open(temporary, FileOpenMode.CreateEmpty))
        {
            file.Write(bytes, 0);
            file.Sync();
        }

        files.MoveFile(temporary, path);
        files.SyncDirectory(directory);
    }

    public static byte[] Load(IFileSystem files, string directory, JournalPosition position)
    {
        using var file = files.Open(Path.Combine(directory, FileName(position)), FileOpenMode.Existing);
        var bytes = new byte[checked((int)file.Length)];
        var read = file.Read(bytes, 0);
        return read == bytes.Length ? bytes : throw new InvalidDataException($"{FileName(position)} ends at byte {read} of {bytes.Length}");
    }

    public static void Delete(IFileSystem files, string directory, JournalPosition position) =>
        files.DeleteFile(Path.Combine(directory, FileName(position)));

    /// <summary>Applies an event that was read, saying where when it does not fit.</summary>
    public static ClusterImage Apply(ClusterImage image, MetadataEvent change, Offset offset)
    {
        try
        {
            return image.Apply(change);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"the metadata event at offset {offset} cannot be applied: {e.Message}", e);
        }
    }

    private static bool TryParse(string name, out JournalPosition position)
    {
        position = default;
        if (!name.EndsWith(Suffix, StringComparison.Ordinal) || name.Length != OffsetDigits + 1 + EpochDigits + Suffix.Length || name[OffsetDigits] != '-')
        {
            return false;
        }

        if (!long.TryParse(name.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            || !int.TryParse(name.AsSpan(OffsetDigits + 1, EpochDigits), NumberStyles.None, CultureInfo.InvariantCulture, out var epoch))
        {
            return false;
        }

        position = new JournalPosition(new Offset(offset), new ControllerEpoch(epoch));
        return true;
    }
}
