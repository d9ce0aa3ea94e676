using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>The persistent controller over its journal plug-in, with a quorum that is slow, silent or somebody else's.</summary>
public sealed class PersistentControllerTests
{
    private static readonly NodeId Rival = new(2);

    [Fact]
    public async Task What_waits_when_another_controller_is_promised_more_may_be_tried_again()
    {
        await using var quorum = GatedQuorum.Start();
        await quorum.Register(1);
        quorum.Close();
        var waiting = Enumerable.Range(10, 5).Select(quorum.Register).ToList();
        var rival = (await quorum.Describe()).Epoch.Value + 10;
        using var probe = Inbox.Create(quorum.System);
        foreach (var replica in quorum.Replicas.Skip(1))
        {
            replica.Tell(new Prepare(new ControllerEpoch(rival), new ProposerId(Rival, Guid.NewGuid())), probe.Receiver);
            Assert.IsType<Promise>(await probe.ReceiveAsync(Eventually.Deadline));
        }

        quorum.Open();

        Assert.All(await Task.WhenAll(waiting), reply => Assert.Equal(MetadataError.NotController, Assert.IsType<VerdictReply>(reply).Verdict.Error));
        Assert.IsType<BrokerRegistration>(await quorum.Register(20));
        Assert.True((await quorum.Describe()).Epoch.Value > rival);
    }

    [Fact]
    public async Task Commands_that_come_while_the_quorum_is_slow_are_decided_in_their_order()
    {
        await using var quorum = GatedQuorum.Start(change: setup => setup with { MaxBatchesInFlight = 2, MaxEventsOfBatch = 3 });
        await quorum.Register(1);
        quorum.Close();
        var waiting = Enumerable.Range(10, 50).Select(quorum.Register).ToList();

        quorum.Open();
        var replies = (await Task.WhenAll(waiting)).Cast<BrokerRegistration>().ToList();

        Assert.Equal(replies.Select(reply => reply.Epoch.Value).Order().Distinct(), replies.Select(reply => reply.Epoch.Value));
        Assert.Equal(replies.Select(reply => reply.Version).Order(), replies.Select(reply => reply.Version));
        Assert.True(await quorum.Cluster.WhenAsync(image => image.Brokers.Count == 51, Eventually.Deadline, TimeProvider.System));
        Assert.Equal(quorum.Cluster.Image.Version, replies[^1].Version);
    }

    [Fact]
    public async Task What_was_decided_is_there_after_a_restart_of_the_controller()
    {
        await using var quorum = GatedQuorum.Start();
        await quorum.Register(1);
        var before = (BrokerRegistration)await quorum.Register(2);
        await quorum.Controller.GracefulStop(Eventually.Deadline);

        quorum.StartController();
        var after = (BrokerRegistration)await quorum.Register(3);

        Assert.True(after.Epoch.Value > before.Epoch.Value);
        Assert.True(await quorum.Cluster.WhenAsync(image => image.Brokers.Count == 3, Eventually.Deadline, TimeProvider.System));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Commands_above_the_limit_are_refused_whether_it_serves_or_waits_for_a_majority(bool isServing)
    {
        await using var quorum = GatedQuorum.Start(change: setup => setup with { MaxWaiting = 3 }, isOpen: isServing);
        if (isServing)
        {
            await quorum.WhenServing();
            quorum.Close();
        }

        var waiting = Enumerable.Range(10, 3).Select(quorum.Register).ToList();
        var refused = Assert.IsType<VerdictReply>(await quorum.Register(20)).Verdict;
        quorum.Open();

        Assert.Equal(MetadataError.NotController, refused.Error);
        Assert.Contains("3 commands wait for the controller already", refused.Message, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(waiting), reply => Assert.IsType<BrokerRegistration>(reply));
    }

    [Fact]
    public async Task A_controller_without_a_majority_outwaits_every_timeout_of_the_plug_ins_and_says_whom_it_waits_for()
    {
        // What the plug-ins' own settings do not say, they take from there.
        const string impatient = """
            akka.persistence {
              journal-plugin-fallback { recovery-event-timeout = 50ms, circuit-breaker { max-failures = 1, call-timeout = 50ms, reset-timeout = 50ms } }
              snapshot-store-plugin-fallback.circuit-breaker { max-failures = 1, call-timeout = 50ms, reset-timeout = 50ms }
            }
            """;
        await using var quorum = GatedQuorum.Start(change: setup => setup with { Tick = TimeSpan.FromMilliseconds(20) }, hocon: impatient, isOpen: false);
        var log = new LogLines(quorum.System);
        var early = quorum.Register(1);

        await log.Says("no metadata can be decided yet: controllers 2 and 3 do not answer");
        var description = await quorum.Describe();
        quorum.Open();

        Assert.Equal(NodeId.None, description.Leader);
        Assert.Equal([1, 2, 3], description.Voters.Select(voter => voter.Node.Value));
        Assert.IsType<BrokerRegistration>(await early);
        Assert.DoesNotContain(await log.With(""), line => line.Level == LogLevel.ErrorLevel);
    }

    [Fact]
    public async Task A_recovery_that_a_timeout_ended_begins_again()
    {
        await using var quorum = GatedQuorum.Start(hocon: "actorbroker.controller.journal.recovery-event-timeout = 100ms", isOpen: false);
        var log = new LogLines(quorum.System);
        var early = quorum.Register(1);
        await log.Says("the controller is started again");

        quorum.Open();

        Assert.IsType<BrokerRegistration>(await early);
    }

    [Fact]
    public async Task A_node_that_wants_metadata_while_the_controller_waits_gets_it_when_it_serves()
    {
        await using var quorum = GatedQuorum.Start(isOpen: false);
        using var node = Inbox.Create(quorum.System);
        node.Send(quorum.Controller, new SubscribeMetadata(new NodeId(9), 0));

        quorum.Open();

        Assert.IsType<LocalMetadata>(await node.ReceiveAsync(Eventually.Deadline));
    }

    [Fact]
    public async Task Commands_in_the_mailbox_of_a_controller_that_stops_are_answered_too()
    {
        await using var quorum = GatedQuorum.Start();
        await quorum.WhenServing();

        var replies = new List<Task<ControllerReply>>();
        for (var broker = 10; broker < 60; broker++)
        {
            if (broker % 10 == 5)
            {
                quorum.System.ActorSelection(quorum.Controller.Path / "core").Tell(PoisonPill.Instance);
            }

            replies.Add(quorum.Register(broker));
        }

        Assert.All(await Task.WhenAll(replies), reply => Assert.True(reply is BrokerRegistration or VerdictReply { Verdict.Error: MetadataError.NotController }, reply.ToString()));
    }

    [Fact]
    public async Task The_journal_ends_its_term_with_the_controller()
    {
        await using var quorum = GatedQuorum.Start();
        await quorum.WhenServing();

        await quorum.Controller.GracefulStop(Eventually.Deadline);

        var journal = Akka.Persistence.Persistence.Instance.Apply(quorum.System).JournalFor(ControllerPersistence.Journal);
        await Eventually.Holds(async () =>
            (await journal.Ask<QuorumDescription>(new QuorumJournal.DescribeJournal(true, []), Eventually.Deadline)) is { Leader: var leader } && leader == NodeId.None);
    }

    [Fact]
    public async Task The_quorum_is_kept_while_the_controller_replays()
    {
        var disk = new JournalDisk();
        await using var quorum = GatedQuorum.Start(disk: disk);
        await quorum.Register(1);
        await quorum.Controller.GracefulStop(Eventually.Deadline);
        disk.Hold();
        quorum.StartController();
        var waiting = quorum.Register(2);

        await Eventually.Holds(() => disk.IsAwaited);
        var silent = (await quorum.Describe()).Voters.Max(voter => voter.LastFetchTimestampMs);
        await Eventually.Holds(async () => (await quorum.Describe()).Voters.All(voter => voter.LastFetchTimestampMs > silent));
        disk.Release();

        Assert.IsType<BrokerRegistration>(await waiting);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_replayed_ends_the_node()
    {
        var disk = new JournalDisk();
        await using var quorum = GatedQuorum.Start(disk: disk);
        await quorum.Register(1);
        await quorum.Controller.GracefulStop(Eventually.Deadline);

        disk.IsBroken = true;
        quorum.StartController();

        await quorum.System.WhenTerminated.WaitAsync(Eventually.Deadline);
    }
}
