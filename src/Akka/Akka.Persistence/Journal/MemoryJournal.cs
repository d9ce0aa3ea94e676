#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Persistence.Journal;

/// <summary>Keeps events, by reference, as long as the journal's actor lives.</summary>
public class MemoryJournal : AsyncWriteJournal
{
    private readonly ConcurrentDictionary<string, LinkedList<IPersistentRepresentation>> _messages = new();
    private readonly ConcurrentDictionary<string, long> _highest = new();

    /// <summary>Events by persistence id; lock a list to read it.</summary>
    protected virtual ConcurrentDictionary<string, LinkedList<IPersistentRepresentation>> Messages => _messages;

    private protected virtual ConcurrentDictionary<string, long> Highest => _highest;

    public override Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr) =>
        Task.FromResult(Highest.GetValueOrDefault(persistenceId));

    public override Task ReplayMessagesAsync(
        IActorContext context, string persistenceId, long fromSequenceNr, long toSequenceNr, long max, Action<IPersistentRepresentation> recoveryCallback)
    {
        foreach (IPersistentRepresentation persistent in Read(persistenceId, fromSequenceNr, toSequenceNr, max)) recoveryCallback(persistent);
        return Task.CompletedTask;
    }

    /// <summary>The events of an id between two numbers, inclusive.</summary>
    public IEnumerable<IPersistentRepresentation> Read(string pid, long fromSeqNr, long toSeqNr, long max)
    {
        if (!Messages.TryGetValue(pid, out LinkedList<IPersistentRepresentation> events)) return [];
        lock (events)
            return [.. events.Where(e => e.SequenceNr >= fromSeqNr && e.SequenceNr <= toSeqNr).Take((int)Math.Clamp(max, 0, int.MaxValue))];
    }

    protected override Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        foreach (AtomicWrite write in messages)
        {
            LinkedList<IPersistentRepresentation> events = Messages.GetOrAdd(write.PersistenceId, static _ => new LinkedList<IPersistentRepresentation>());
            lock (events)
            {
                foreach (IPersistentRepresentation persistent in write.Events)
                    events.AddLast(persistent.Payload is Tagged tagged ? persistent.WithPayload(tagged.Payload) : persistent);
                Highest[write.PersistenceId] = Math.Max(Highest.GetValueOrDefault(write.PersistenceId), write.HighestSequenceNr);
            }
        }

        return Task.FromResult<IImmutableList<Exception>>(null);
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr)
    {
        if (!Messages.TryGetValue(persistenceId, out LinkedList<IPersistentRepresentation> events)) return Task.CompletedTask;
        lock (events)
            while (events.First is { } first && first.Value.SequenceNr <= toSequenceNr) events.RemoveFirst();
        return Task.CompletedTask;
    }
}

/// <summary>A memory journal that all systems of the process share.</summary>
public class SharedMemoryJournal : MemoryJournal
{
    private static readonly ConcurrentDictionary<string, LinkedList<IPersistentRepresentation>> SharedMessages = new();
    private static readonly ConcurrentDictionary<string, long> SharedHighest = new();

    protected override ConcurrentDictionary<string, LinkedList<IPersistentRepresentation>> Messages => SharedMessages;

    private protected override ConcurrentDictionary<string, long> Highest => SharedHighest;
}
