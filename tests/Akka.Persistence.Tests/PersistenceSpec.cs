using Akka.Actor;
using Akka.Configuration;
using Akka.TestKit;

namespace Akka.Persistence.Tests;

/// <summary>A system with a journal that can be made to fail, and snapshots in memory.</summary>
public abstract class PersistenceSpec : TestKit.Xunit2.TestKit
{
    private static readonly Config Settings = ConfigurationFactory
        .ParseString("""
            akka.loggers = ["Akka.TestKit.TestEventListener, Akka.TestKit"]
            akka.loglevel = OFF
            akka.stdout-loglevel = OFF
            akka.persistence.journal.plugin = "akka.persistence.journal.failing"
            akka.persistence.journal.failing.class = "Akka.Persistence.Tests.FailingJournal, Akka.Persistence.Tests"
            akka.persistence.snapshot-store.plugin = "akka.persistence.snapshot-store.inmem"
            """)
        .WithFallback(DefaultConfig);

    protected PersistenceSpec(string? hocon = null)
        : base(hocon is null ? Settings : ConfigurationFactory.ParseString(hocon).WithFallback(Settings))
    {
    }

    private protected IActorRef Ledger(Action<Ledger>? setUp = null, Recovery? recovery = null, string id = "ledger")
    {
        IActorRef probe = TestActor;
        return Sys.ActorOf(Props.Create(() => new Ledger(id, probe, setUp, recovery)));
    }

    private protected void Writes(JournalMood mood) => SetMood(new FailingJournal.Writes(mood));

    private protected void Reads(JournalMood mood) => SetMood(new FailingJournal.Reads(mood));

    private protected void Stop(IActorRef actor)
    {
        Watch(actor);
        Sys.Stop(actor);
        ExpectTerminated(actor);
    }

    private void SetMood(object change)
    {
        TestProbe setter = CreateTestProbe();
        Persistence.Instance.Apply(Sys).JournalFor(null).Tell(change, setter.Ref);
        setter.ExpectMsg("mood set");
    }
}

/// <summary>An actor that tells everything that happens to it to a probe, and does what it is told.</summary>
internal sealed class Ledger : ReceivePersistentActor
{
    private readonly IActorRef probe;
    private readonly Recovery? recovery;

    public Ledger(string id, IActorRef probe, Action<Ledger>? setUp = null, Recovery? recovery = null)
    {
        PersistenceId = id;
        this.probe = probe;
        this.recovery = recovery;
        setUp?.Invoke(this);
        Recover<string>(Replayed);
        Recover<SnapshotOffer>(offer => probe.Tell($"snapshot {offer.Snapshot} at {offer.Metadata.SequenceNr}"));
        Recover<RecoveryCompleted>(_ => probe.Tell($"recovered at {LastSequenceNr}"));
        Command<string>(text => text == "ping", _ => probe.Tell("pong"));
        Command<string>(text => Persist(text, Written));
        Command<Action<Ledger>>(act => act(this));
        CommandAsync<Func<Ledger, Task>>(act => act(this));
        CommandAny(probe.Tell);
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => recovery ?? base.Recovery;

    public override IStashOverflowStrategy InternalStashOverflowStrategy => Overflow ?? base.InternalStashOverflowStrategy;

    public IStashOverflowStrategy? Overflow { get; set; }

    public Action<string>? OnReplayed { get; set; }

    public Action? AtReplayed { get; set; }

    public IActorRef Asker => Sender;

    public void Written(string text) => probe.Tell($"{text} is {LastSequenceNr}");

    public void UseSnapshotStore(string id) => SnapshotPluginId = id;

    public void Note(string text) => probe.Tell(text);

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr) => probe.Tell($"failed {@event} {sequenceNr}");

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr) => probe.Tell($"rejected {@event} {sequenceNr}");

    protected override void OnRecoveryFailure(Exception reason, object? message = null) => probe.Tell($"no recovery: {reason.Message}");

    protected override void OnReplaySuccess() => AtReplayed?.Invoke();

    private void Replayed(string text)
    {
        OnReplayed?.Invoke(text);
        probe.Tell($"{text} was {LastSequenceNr}");
    }
}
