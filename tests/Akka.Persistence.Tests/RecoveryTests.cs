using Akka.Actor;
using Akka.TestKit;

namespace Akka.Persistence.Tests;

/// <summary>Recovery from events and snapshots, its limits and its failures, and deleting.</summary>
public sealed class RecoveryTests : PersistenceSpec
{
    [Fact]
    public void A_recovering_actor_gets_its_events_in_order_and_then_the_commands()
    {
        Write("a", "b");
        Reads(JournalMood.Hold);
        IActorRef ledger = Ledger();
        ledger.Tell("ping");
        ledger.Tell("c");
        Reads(JournalMood.Work);
        foreach (var expected in new[] { "a was 1", "b was 2", "recovered at 2", "pong", "c is 3" }) ExpectMsg(expected);
    }

    [Fact]
    public void A_snapshot_is_offered_first_and_only_later_events_follow()
    {
        Write("a", "b");
        Stop(Snapshot("state"));
        Ledger().Tell("c");
        foreach (var expected in new[] { "snapshot state at 2", "recovered at 2", "c is 3" }) ExpectMsg(expected);
        Ledger();
        foreach (var expected in new[] { "snapshot state at 2", "c was 3", "recovered at 3" }) ExpectMsg(expected);
    }

    [Fact]
    public void The_newest_snapshot_that_fits_the_criteria_is_offered()
    {
        Write("a");
        Stop(Snapshot("one", "a was 1", "recovered at 1"));
        Ledger().Tell("b");
        foreach (var expected in new[] { "snapshot one at 1", "recovered at 1", "b is 2" }) ExpectMsg(expected);
        Stop(Snapshot("two", "snapshot one at 1", "b was 2", "recovered at 2"));
        Ledger(recovery: new Recovery(new SnapshotSelectionCriteria(1)));
        foreach (var expected in new[] { "snapshot one at 1", "b was 2", "recovered at 2" }) ExpectMsg(expected);
    }

    [Fact]
    public void Recovery_ends_at_the_asked_number_but_new_events_follow_the_last_one()
    {
        Write("a", "b", "c");
        Ledger(recovery: new Recovery(SnapshotSelectionCriteria.Latest, 2));
        foreach (var expected in new[] { "a was 1", "b was 2", "recovered at 3" }) ExpectMsg(expected);
    }

    [Fact]
    public void Recovery_replays_at_most_the_asked_count()
    {
        Write("a", "b", "c");
        Ledger(recovery: new Recovery(null, long.MaxValue, 1));
        ExpectMsg("a was 1");
        ExpectMsg("recovered at 3");
    }

    [Fact]
    public void Recovery_None_replays_nothing_and_keeps_the_number()
    {
        Write("a", "b");
        Ledger(recovery: Recovery.None).Tell("c");
        ExpectMsg("recovered at 2");
        ExpectMsg("c is 3");
    }

    [Fact]
    public void A_failed_replay_is_reported_and_stops_the_actor()
    {
        Write("a");
        Reads(JournalMood.Fail);
        Watch(Ledger());
        ExpectMsg("no recovery: failed");
        ExpectMsg<Terminated>();
    }

    [Fact]
    public void An_event_that_cannot_be_handled_is_reported_and_stops_the_actor()
    {
        Write("a");
        Watch(Ledger(l => l.OnReplayed = text => throw new InvalidOperationException($"what is {text}?")));
        ExpectMsg("no recovery: what is a?");
        ExpectMsg<Terminated>();
    }

    [Fact]
    public void Persisting_during_replay_is_refused()
    {
        Write("a");
        Ledger(l => l.OnReplayed = text => l.Persist(text, l.Written));
        ExpectMsg<string>(text => Assert.StartsWith("no recovery: Cannot persist during replay", text));
    }

    [Fact]
    public void Deleted_events_are_not_replayed_and_their_numbers_stay_used()
    {
        Write("a", "b", "c");
        IActorRef ledger = Ledger();
        foreach (var expected in new[] { "a was 1", "b was 2", "c was 3", "recovered at 3" }) ExpectMsg(expected);
        ledger.Tell((Ledger l) => l.DeleteMessages(2));
        ExpectMsg(new DeleteMessagesSuccess(2));
        ledger.Tell((Ledger l) => l.DeleteMessages(3));
        ExpectMsg(new DeleteMessagesSuccess(3));
        Stop(ledger);
        Ledger().Tell("d");
        ExpectMsg("recovered at 3");
        ExpectMsg("d is 4");
    }

    [Fact]
    public void A_failed_deletion_is_reported_and_so_is_one_beyond_the_last_event()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell("a");
        ExpectMsg("a is 1");
        Writes(JournalMood.Fail);
        ledger.Tell((Ledger l) => l.DeleteMessages(1));
        Assert.IsType<IOException>(ExpectMsg<DeleteMessagesFailure>().Cause);
        ledger.Tell((Ledger l) => l.DeleteMessages(2));
        Assert.IsType<InvalidOperationException>(ExpectMsg<DeleteMessagesFailure>().Cause);
    }

    [Fact]
    public void Deleted_snapshots_are_not_offered()
    {
        Write("a");
        IActorRef ledger = Snapshot("one", "a was 1", "recovered at 1");
        ledger.Tell((Ledger l) => l.DeleteSnapshots(new SnapshotSelectionCriteria(1)));
        ExpectMsg(new DeleteSnapshotsSuccess(new SnapshotSelectionCriteria(1)));
        ledger.Tell((Ledger l) => l.SaveSnapshot("again"));
        ExpectMsg<SaveSnapshotSuccess>();
        ledger.Tell((Ledger l) => l.DeleteSnapshot(1));
        ExpectMsg<DeleteSnapshotSuccess>();
        Stop(ledger);
        Ledger();
        ExpectMsg("a was 1");
    }

    [Fact]
    public void Without_a_snapshot_store_saving_fails()
    {
        IActorRef ledger = Ledger(l => l.UseSnapshotStore("akka.persistence.no-snapshot-store"));
        ExpectMsg("recovered at 0");
        ledger.Tell((Ledger l) => l.SaveSnapshot("state"));
        Assert.IsType<Snapshot.NoSnapshotStore.NoSnapshotStoreException>(ExpectMsg<SaveSnapshotFailure>().Cause);
    }

    private void Write(params string[] events)
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        foreach (var text in events)
        {
            ledger.Tell(text);
            ExpectMsg<string>();
        }

        Stop(ledger);
    }

    private IActorRef Snapshot(string state, params string[] recovering)
    {
        IActorRef ledger = Ledger();
        foreach (var expected in recovering.Length > 0 ? recovering : ["a was 1", "b was 2", "recovered at 2"]) ExpectMsg(expected);
        ledger.Tell((Ledger l) => l.SaveSnapshot(state));
        ExpectMsg<SaveSnapshotSuccess>();
        return ledger;
    }
}

/// <summary>Recovery under limits of time and number.</summary>
public sealed class RecoveryLimitTests : PersistenceSpec
{
    public RecoveryLimitTests()
        : base("""
            akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
            akka.persistence.max-concurrent-recoveries = 1
            akka.persistence.journal.failing.recovery-event-timeout = 5s
            """)
    {
    }

    [Fact]
    public void A_silent_journal_fails_recovery_after_the_timeout()
    {
        Reads(JournalMood.Hold);
        IActorRef ledger = Ledger();
        Watch(ledger);
        AwaitAssert(() =>
        {
            ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(5));
            ExpectMsg<string>(text => Assert.StartsWith("no recovery: Recovery timed out", text), TimeSpan.FromMilliseconds(20));
        });
        ExpectTerminated(ledger);
    }

    [Fact]
    public void Recoveries_beyond_the_limit_wait_for_one_to_end()
    {
        Reads(JournalMood.Hold);
        IActorRef first = Ledger(id: "first");
        Watch(first);
        AwaitAssert(() => Assert.Equal(1, Recoveries()));
        IActorRef second = Ledger(id: "second");
        // Everything that the second could have started has been processed after these.
        IActorRef permitter = Identity(Sys.ActorSelection("/system/recoveryPermitter"));
        foreach (IActorRef step in new[] { second, permitter, second, Persistence.Instance.Apply(Sys).SnapshotStoreFor(null), second }) Identity(step);
        Assert.Equal(1, Recoveries());
        Sys.Stop(first);
        ExpectTerminated(first);
        AwaitAssert(() => Assert.Equal(2, Recoveries()));
        Reads(JournalMood.Work);
        ExpectMsg("recovered at 0");
    }

    [Fact]
    public void An_actor_that_restarts_while_it_recovers_does_not_wait_for_its_own_permit()
    {
        var failures = 1;
        Ledger(l => l.AtReplayed = () =>
        {
            if (failures-- > 0) throw new InvalidOperationException("not yet");
        });
        ExpectMsg("recovered at 0");
    }

    private int Recoveries()
    {
        TestProbe asker = CreateTestProbe();
        Persistence.Instance.Apply(Sys).JournalFor(null).Tell("recoveries?", asker.Ref);
        return asker.ExpectMsg<int>();
    }

    private IActorRef Identity(ICanTell actor)
    {
        TestProbe asker = CreateTestProbe();
        actor.Tell(new Identify(0), asker.Ref);
        return asker.ExpectMsg<ActorIdentity>().Subject;
    }
}
