using System.Collections.Immutable;
using Akka.Actor;
using Akka.Persistence.Journal;

namespace Akka.Persistence.Tests;

/// <summary>What a <see cref="FailingJournal"/> does with the operations that follow.</summary>
internal enum JournalMood
{
    Work,
    Reject,
    Fail,
    Hold,
}

/// <summary>A memory journal that rejects, fails or holds operations. Tell it moods; Work also releases what it holds.</summary>
internal sealed class FailingJournal : MemoryJournal
{
    private readonly List<TaskCompletionSource> held = [];
    private int recoveries;
    private JournalMood writes;
    private JournalMood reads;

    public override async Task<long> ReadHighestSequenceNrAsync(string persistenceId, long fromSequenceNr)
    {
        recoveries++;
        await Mood(reads);
        return await base.ReadHighestSequenceNrAsync(persistenceId, fromSequenceNr);
    }

    protected override async Task<IImmutableList<Exception>> WriteMessagesAsync(IEnumerable<AtomicWrite> messages)
    {
        if (writes == JournalMood.Reject) return [.. messages.Select(_ => new InvalidOperationException("rejected"))];
        await Mood(writes);
        return await base.WriteMessagesAsync(messages);
    }

    protected override Task DeleteMessagesToAsync(string persistenceId, long toSequenceNr) =>
        writes == JournalMood.Fail ? throw new IOException("failed") : base.DeleteMessagesToAsync(persistenceId, toSequenceNr);

    protected override bool ReceivePluginInternal(object message)
    {
        switch (message)
        {
            case Writes change:
                writes = change.Mood;
                Release(change.Mood);
                break;
            case Reads change:
                reads = change.Mood;
                Release(change.Mood);
                break;
            case "recoveries?":
                Sender.Tell(recoveries);
                return true;
            default:
                return false;
        }

        Sender.Tell("mood set");
        return true;
    }

    private Task Mood(JournalMood mood)
    {
        if (mood == JournalMood.Fail) return Task.FromException(new IOException("failed"));
        if (mood != JournalMood.Hold) return Task.CompletedTask;
        var source = new TaskCompletionSource();
        held.Add(source);
        return source.Task;
    }

    private void Release(JournalMood mood)
    {
        if (mood != JournalMood.Work) return;
        foreach (TaskCompletionSource source in held) source.SetResult();
        held.Clear();
    }

    internal sealed record Writes(JournalMood Mood) : INoSerializationVerificationNeeded;

    internal sealed record Reads(JournalMood Mood) : INoSerializationVerificationNeeded;
}
