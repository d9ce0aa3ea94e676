using ActorBroker.Metadata.Quorum;
using Akka.Actor;

namespace ActorBroker.Actors.Controller;

/// <summary>A snapshot on its way here, part by part, asked for by the receiver: the sender keeps nothing about it.</summary>
internal sealed class SnapshotDownload(JournalPosition snapshot, long maxBytes)
{
    private byte[] bytes = [];
    private int received;

    /// <summary>What is being fetched; <see cref="JournalPosition.Beginning"/> until the first part says which it is.</summary>
    public JournalPosition Snapshot { get; private set; } = snapshot;

    /// <summary>The request for the next part.</summary>
    public PullSnapshotPart Next => new(Snapshot, received);

    /// <summary>The whole file, once it is here.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    /// <summary>Adds a part, and asks its sender for the next while one is missing. Parts that were asked for twice are ignored.</summary>
    /// <returns>Whether the file is whole; null when the download has failed and has to begin again with whatever snapshot there is now.</returns>
    public bool? Take(SnapshotPart part, IActorRef sender, IActorRef self)
    {
        var isWhole = Add(part);
        if (isWhole == false)
        {
            sender.Tell(Next, self);
        }

        return isWhole;
    }

    private bool? Add(SnapshotPart part)
    {
        if (part.Size <= 0 || part.Size > maxBytes)
        {
            return null;
        }

        if (Snapshot == JournalPosition.Beginning)
        {
            Snapshot = part.Snapshot;
        }

        if (part.Snapshot != Snapshot || part.At != received)
        {
            return part.Snapshot == Snapshot ? false : null;
        }

        if (bytes.Length == 0)
        {
            bytes = new byte[part.Size];
        }

        if (part.Size != bytes.Length || part.Bytes.Length == 0 || part.Bytes.Length > bytes.Length - received)
        {
            return null;
        }

        part.Bytes.Span.CopyTo(bytes.AsSpan(received));
        received += part.Bytes.Length;
        return received == bytes.Length;
    }

    /// <summary>The part of a file that was asked for.</summary>
    public static SnapshotPart Cut(JournalPosition snapshot, ReadOnlyMemory<byte> file, long at) =>
        new(snapshot, file.Length, at, at >= 0 && at < file.Length ? file.Slice((int)at, (int)Math.Min(SnapshotPart.MaxBytes, file.Length - at)) : default);
}

/// <summary>Serves a journal's newest snapshot in parts; keeps the file in memory while it is asked for.</summary>
internal sealed class SnapshotServer(MetadataJournal journal)
{
    private (JournalPosition Position, byte[] Bytes)? loaded;

    public JournalPosition? NewestPosition => journal.Snapshot?.Position;

    public SnapshotPart Answer(PullSnapshotPart request)
    {
        if (journal.Snapshot is not { } newest || (request.Snapshot != JournalPosition.Beginning && request.Snapshot != newest.Position))
        {
            return new SnapshotPart(request.Snapshot, 0, request.At, default);
        }

        if (loaded?.Position != newest.Position)
        {
            loaded = (newest.Position, journal.LoadSnapshot(newest.Position));
        }

        var part = SnapshotDownload.Cut(newest.Position, loaded.Value.Bytes, request.At);
        if (request.At + part.Bytes.Length >= part.Size)
        {
            loaded = null;
        }

        return part;
    }

    /// <summary>The newest snapshot's name and size; null when there is none.</summary>
    public (JournalPosition Position, long Size)? Newest()
    {
        if (journal.Snapshot is not { } newest)
        {
            return null;
        }

        if (loaded?.Position != newest.Position)
        {
            loaded = (newest.Position, journal.LoadSnapshot(newest.Position));
        }

        return (newest.Position, loaded.Value.Bytes.Length);
    }
}
