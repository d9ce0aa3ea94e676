using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using ActorBroker.Records;
using Akka.Persistence;

namespace ActorBroker.Actors.Controller;

/// <summary>Gives a recovering controller what this node's journal holds; where records are gone, the newest snapshot's image in their place. Any thread.</summary>
internal static class JournalReplay
{
    private const int ReadBytes = 1 << 20;

    /// <summary>Gives each batch whose sequence number, the offset after it, is within the bounds.</summary>
    /// <param name="from">The lowest sequence number.</param>
    /// <param name="to">The highest one; the journal holds everything up to it.</param>
    /// <param name="max">How many batches and images at most.</param>
    /// <exception cref="IOException">The journal cannot be read.</exception>
    public static void Run(MetadataJournal journal, long from, long to, long max, Action<IPersistentRepresentation> replay)
    {
        // The record before the first wanted number may be the last one of a batch that ends there.
        var next = new Offset(Math.Max(0, from - 1));
        var end = new Offset(to);
        while (next < end && max > 0)
        {
            foreach (var (number, payload) in Read(journal, next, end))
            {
                if (number > to || max-- == 0)
                {
                    return;
                }

                replay(new Persistent(payload, number, ControllerPersistence.PersistenceId));
                next = new Offset(number);
            }
        }
    }

    private static List<(long Number, object Payload)> Read(MetadataJournal journal, Offset next, Offset end)
    {
        for (var stored = journal.Snapshot; ; stored = journal.Snapshot)
        {
            try
            {
                return stored is not null && next < stored.Position.Offset ? [Restored(journal, stored.Position, end)] : Batches(journal, next, end);
            }
            catch (Exception e) when (e is InvalidDataException or IOException && journal.Snapshot != stored)
            {
                // A newer snapshot has taken the place of what was being read.
            }
            catch (InvalidDataException e)
            {
                throw new IOException($"the metadata journal cannot be replayed: {e.Message}", e);
            }
        }
    }

    private static (long, object) Restored(MetadataJournal journal, JournalPosition position, Offset end) => position.Offset <= end
        ? (position.Offset.Value, new MetadataRestored(MetadataSnapshot.Decode(journal.LoadSnapshot(position), position).Image))
        : throw new InvalidDataException($"the snapshot {position} is of more than {end}");

    private static List<(long, object)> Batches(MetadataJournal journal, Offset next, Offset end)
    {
        var slice = journal.Read(next, end, ReadBytes);
        if (slice.Batches.IsEmpty)
        {
            throw new InvalidDataException($"there is nothing at offset {next}, below {end}");
        }

        var batches = new List<(long, object)>(slice.Batches.Length);
        var at = 0;
        foreach (var entry in new BatchEntries(slice.Bytes.Span))
        {
            var batch = slice.Batches[batches.Count];
            batches.Add((batch.NextOffset.Value, new MetadataDecision(Events(slice.Bytes.Span.Slice(at, entry.SizeInBytes))).PlacedAt(batch, [])));
            at += entry.SizeInBytes;
        }

        return batches;
    }

    private static ImmutableArray<MetadataEvent> Events(ReadOnlySpan<byte> batch)
    {
        var events = ImmutableArray.CreateBuilder<MetadataEvent>();
        JournalRecords.ReadEvents(batch, Offset.Zero, (_, change) => events.Add(change));
        return events.DrainToImmutable();
    }
}
