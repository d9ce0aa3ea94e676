using Akka.Actor;
using Akka.Event;

namespace Akka.Persistence.Tests;

/// <summary>Persisting: order of handlers and commands, failures of the journal, the internal stash.</summary>
public sealed class PersistTests : PersistenceSpec
{
    [Fact]
    public void A_handler_runs_when_its_event_is_written_and_before_the_next_command()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Hold);
        ledger.Tell("a");
        ledger.Tell("ping");
        ledger.Tell("b");
        ledger.Tell("ping");
        Writes(JournalMood.Work);
        foreach (var expected in new[] { "a is 1", "pong", "b is 2", "pong" }) ExpectMsg(expected);
    }

    [Fact]
    public void PersistAll_runs_its_handler_for_each_event_before_the_next_command()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell((Ledger l) => l.PersistAll(["a", "b", "c"], l.Written));
        ledger.Tell("ping");
        foreach (var expected in new[] { "a is 1", "b is 2", "c is 3", "pong" }) ExpectMsg(expected);
    }

    [Fact]
    public void PersistAsync_lets_commands_through()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Hold);
        ledger.Tell((Ledger l) => l.PersistAsync("a", l.Written));
        ledger.Tell((Ledger l) => l.PersistAllAsync(["b", "c"], l.Written));
        ledger.Tell("ping");
        ExpectMsg("pong");
        Writes(JournalMood.Work);
        foreach (var expected in new[] { "a is 1", "b is 2", "c is 3" }) ExpectMsg(expected);
    }

    [Fact]
    public void DeferAsync_keeps_its_place_among_events_that_are_on_their_way()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell((Ledger l) =>
        {
            l.DeferAsync("nothing to wait for", l.Note);
            l.PersistAsync("a", l.Written);
            l.DeferAsync("after a", l.Note);
            l.PersistAsync("b", l.Written);
        });
        foreach (var expected in new[] { "nothing to wait for", "a is 1", "after a", "b is 2" }) ExpectMsg(expected);
    }

    [Fact]
    public void What_a_handler_persists_comes_before_the_next_command()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell((Ledger l) => l.Persist("outer", e =>
        {
            l.Written(e);
            l.Persist("inner", l.Written);
        }));
        ledger.Tell("ping");
        foreach (var expected in new[] { "outer is 1", "inner is 2", "pong" }) ExpectMsg(expected);
    }

    [Fact]
    public void A_Persist_in_the_handler_of_a_PersistAsync_comes_before_the_next_command()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Hold);
        ledger.Tell((Ledger l) => l.PersistAsync("outer", e =>
        {
            l.Written(e);
            l.Persist("inner", l.Written);
            l.Asker.Tell("asked");
        }), TestActor);
        Writes(JournalMood.Work);
        ExpectMsg("outer is 1");
        ExpectMsg("asked");
        ledger.Tell("ping");
        ExpectMsg("inner is 2");
        ExpectMsg("pong");
    }

    [Fact]
    public void A_handler_sees_the_sender_of_its_command()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        var asker = CreateTestProbe();
        ledger.Tell((Ledger l) => l.Persist("a", e => l.Asker.Tell($"{e} for you")), asker.Ref);
        ledger.Tell("b");
        asker.ExpectMsg("a for you");
        ExpectMsg("b is 2");
    }

    [Fact]
    public void An_asynchronous_command_persists_what_it_asked_for_at_its_end()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell(async (Ledger l) =>
        {
            await Task.Yield();
            l.Persist("late", l.Written);
        });
        ledger.Tell("ping");
        ExpectMsg("late is 1");
        ExpectMsg("pong");
    }

    [Fact]
    public void Many_commands_keep_their_order()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        for (var i = 1; i <= 500; i++)
        {
            if (i % 3 == 0) ledger.Tell((Ledger l) => l.PersistAsync("x", l.Written));
            else ledger.Tell("x");
        }

        for (var i = 1; i <= 500; i++) ExpectMsg($"x is {i}");
    }

    [Fact]
    public void The_users_stash_works_beside_the_internal_one()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        ledger.Tell((Ledger l) =>
        {
            if (l.LastSequenceNr == 0) l.Stash.Stash();
            else l.Note("unstashed");
        });
        ledger.Tell((Ledger l) => l.Persist("a", e =>
        {
            l.Written(e);
            l.Stash.UnstashAll();
        }));
        ExpectMsg("a is 1");
        ExpectMsg("unstashed");
    }

    [Fact]
    public void A_rejected_event_is_reported_and_the_actor_goes_on()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Reject);
        ledger.Tell("a");
        ExpectMsg("rejected a 1");
        Writes(JournalMood.Work);
        ledger.Tell("b");
        ExpectMsg("b is 2");
    }

    [Fact]
    public void A_failed_write_is_reported_and_the_actor_stops()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Watch(ledger);
        Writes(JournalMood.Fail);
        ledger.Tell("a");
        ExpectMsg("failed a 1");
        ExpectTerminated(ledger);
    }

    [Fact]
    public void A_handler_that_throws_restarts_the_actor_which_recovers_and_takes_the_waiting_commands()
    {
        IActorRef ledger = Ledger();
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Hold);
        ledger.Tell((Ledger l) => l.Persist("a", _ => throw new InvalidOperationException("handler")));
        ledger.Tell("ping");
        Writes(JournalMood.Work);
        foreach (var expected in new[] { "a was 1", "recovered at 1", "pong" }) ExpectMsg(expected);
    }

    [Fact]
    public void A_full_internal_stash_answers_the_sender_if_the_strategy_says_so() => Overflow(new ReplyToStrategy("busy"), () => ExpectMsg("busy"));

    [Fact]
    public void A_full_internal_stash_discards_to_dead_letters_if_the_strategy_says_so()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        Overflow(DiscardToDeadLetterStrategy.Instance, () => Assert.Equal("ping", ExpectMsg<DeadLetter>().Message));
    }

    private void Overflow(IStashOverflowStrategy strategy, Action expect)
    {
        IActorRef probe = TestActor;
        Action<Ledger> setUp = l => l.Overflow = strategy;
        IActorRef ledger = Sys.ActorOf(Props.Create(() => new Ledger("full", probe, setUp, null)).WithStashCapacity(2));
        ExpectMsg("recovered at 0");
        Writes(JournalMood.Hold);
        ledger.Tell("a", TestActor);
        for (var i = 0; i < 3; i++) ledger.Tell("ping", TestActor);
        expect();
        Writes(JournalMood.Work);
        foreach (var expected in new[] { "a is 1", "pong", "pong" }) ExpectMsg(expected);
    }
}

internal static class LedgerCommands
{
    /// <summary>Gives lambdas their type.</summary>
    public static void Tell(this IActorRef ledger, Action<Ledger> act, IActorRef? sender = null) =>
        ledger.Tell((object)act, sender ?? ActorRefs.NoSender);

    public static void Tell(this IActorRef ledger, Func<Ledger, Task> act) => ledger.Tell((object)act, ActorRefs.NoSender);
}
