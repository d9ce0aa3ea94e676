using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Files;

namespace Akka.Persistence.Tests;

/// <summary>Systems, one after the other, over one directory of files.</summary>
public abstract class FileSpec : IDisposable
{
    private protected string Root { get; } = Scratch.Create("persistence-").FullName;

    private protected string JournalPath => Directory.GetFiles(Path.Combine(Root, "journal"), "*.journal").Single();

    private protected JournalFileSettings Settings => new(Root, Fsync: false, RewriteMinBytes: 200);

    private protected List<string> Warnings { get; } = [];

    public void Dispose()
    {
        Directory.Delete(Root, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected JournalFile Open(string id = "x") => new(id, Settings, Warnings.Add);

    private protected static JournalRecord Record(params long[] numbers) =>
        JournalRecord.Of([.. numbers.Select(n => new JournalEvent(n, 5, "writer", "form", 1, "manifest", [(byte)n, 0, 255]))]);

    private protected static async Task<List<long>> Numbers(JournalFile file, long from = 1, long to = long.MaxValue, long max = long.MaxValue)
    {
        var numbers = new List<long>();
        await file.ReplayAsync(from, to, max, e => numbers.Add(e.SequenceNr));
        return numbers;
    }

    /// <summary>Runs a system, lets it act on a ledger, and returns what the ledger told.</summary>
    private protected async Task<List<string>> Run(string id, string until, params object[] commands)
    {
        var config = ConfigurationFactory.ParseString($$"""
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.persistence.journal.plugin = "akka.persistence.journal.file"
            akka.persistence.journal.file.dir = "{{Path.Combine(Root, "journal")}}"
            akka.persistence.snapshot-store.local.dir = "{{Path.Combine(Root, "snapshots")}}"
            """).WithFallback(FileJournal.DefaultConfig());
        using ActorSystem system = ActorSystem.Create("files", config);
        var told = new List<string>();
        var done = new TaskCompletionSource();
        IActorRef probe = system.ActorOf(Props.Create(() => new Collector(told, until, done)));
        IActorRef ledger = system.ActorOf(Props.Create(() => new Ledger(id, probe, null, null)));
        foreach (var command in commands) ledger.Tell(command, ActorRefs.NoSender);
        await done.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await system.Terminate();
        return told;
    }

    private sealed class Collector : ReceiveActor
    {
        public Collector(List<string> told, string until, TaskCompletionSource done) => ReceiveAny(message =>
        {
            var text = message as string ?? message.GetType().Name;
            told.Add(text);
            if (text.StartsWith(until, StringComparison.Ordinal)) done.TrySetResult();
        });
    }
}
