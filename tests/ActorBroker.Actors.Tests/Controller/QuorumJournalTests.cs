using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Persistence;
using Akka.TestKit;
using Akka.TestKit.Xunit2;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>
/// What Akka.Persistence asks of a journal, as far as it applies. Its compatibility kit is not among the packages that can be restored, and most of it would not apply:
/// this journal is for one persistence id, its events are the broker's own and are never serialised by Akka, its sequence numbers are offsets, so there are gaps
/// between them, and messages are deleted only by its replicas. Akka.Persistence.TestKit lets journals of its own fail, in memory; here the quorum itself fails
/// (<see cref="PersistentControllerTests"/>).
/// </summary>
public sealed class QuorumJournalTests
{
    [Fact]
    public async Task All_decisions_are_replayed_in_order_and_the_last_number_is_the_journals_end()
    {
        await using var quorum = await StartWithBrokers();

        var (replayed, highest) = Replay(quorum, 1, long.MaxValue, long.MaxValue);

        Assert.Equal([1, 2, 3], Brokers(replayed));
        Assert.Equal(replayed.Select(one => one.SequenceNr).Order().Distinct(), replayed.Select(one => one.SequenceNr));
        Assert.All(replayed, one => Assert.Equal(one.SequenceNr, ((MetadataDecision)one.Payload).Batch.NextOffset.Value));
        Assert.Equal(highest, replayed[^1].SequenceNr);
    }

    [Fact]
    public async Task A_replay_keeps_within_its_bounds_and_its_count()
    {
        await using var quorum = await StartWithBrokers();
        var (all, _) = Replay(quorum, 1, long.MaxValue, long.MaxValue);
        var numbers = all.Where(one => one.Payload is MetadataDecision { Events.IsEmpty: false }).Select(one => one.SequenceNr).ToList();

        Assert.Equal([2, 3], Brokers(Replay(quorum, numbers[0] + 1, long.MaxValue, long.MaxValue).Replayed));
        Assert.Equal([1, 2], Brokers(Replay(quorum, 1, numbers[1], long.MaxValue).Replayed));
        Assert.Equal([2], Brokers(Replay(quorum, numbers[1], numbers[1], long.MaxValue).Replayed));
        Assert.Equal([2], Brokers(Replay(quorum, numbers[1], long.MaxValue, 1).Replayed));
        Assert.Empty(Replay(quorum, 1, long.MaxValue, 0).Replayed);
        Assert.Empty(Replay(quorum, numbers[1], numbers[0], long.MaxValue).Replayed);
    }

    [Fact]
    public async Task A_number_is_never_above_the_next_recoverys()
    {
        await using var quorum = await StartWithBrokers();
        var (_, first) = Replay(quorum, 1, long.MaxValue, long.MaxValue);

        var (_, second) = Replay(quorum, 1, long.MaxValue, long.MaxValue);

        Assert.True(second > first);
    }

    [Fact]
    public async Task For_another_persistence_id_there_is_nothing_and_nothing_is_taken()
    {
        await using var quorum = await StartWithBrokers();
        var kit = new TestKit(quorum.System);
        var journal = JournalOf(quorum);

        journal.Tell(new ReplayMessages(0, long.MaxValue, long.MaxValue, "another", kit.TestActor));
        Assert.Equal(0, kit.ExpectMsg<RecoverySuccess>(Eventually.Deadline).HighestSequenceNr);
        journal.Tell(new WriteMessages([new AtomicWrite(new Persistent("text", 1, "another"))], kit.TestActor, 1));
        kit.ExpectMsg<WriteMessagesSuccessful>(Eventually.Deadline);

        Assert.IsType<ArgumentException>(kit.ExpectMsg<WriteMessageRejected>(Eventually.Deadline).Cause);
    }

    [Fact]
    public async Task What_is_no_decision_or_several_at_once_is_rejected()
    {
        await using var quorum = await StartWithBrokers();
        var kit = new TestKit(quorum.System);
        var (_, highest) = Replay(quorum, 1, long.MaxValue, long.MaxValue, kit);

        JournalOf(quorum).Tell(new WriteMessages([new AtomicWrite(Persist("text", highest + 1)), new AtomicWrite([Decision(4, highest + 2), Decision(5, highest + 3)])], kit.TestActor, 1));
        kit.ExpectMsg<WriteMessagesSuccessful>(Eventually.Deadline);

        Assert.IsType<ArgumentException>(kit.ExpectMsg<WriteMessageRejected>(Eventually.Deadline).Cause);
        Assert.IsType<NotSupportedException>(kit.ExpectMsg<WriteMessageRejected>(Eventually.Deadline).Cause);
        Assert.IsType<NotSupportedException>(kit.ExpectMsg<WriteMessageRejected>(Eventually.Deadline).Cause);
        Assert.Equal([1, 2, 3], Brokers(Replay(quorum, 1, long.MaxValue, long.MaxValue).Replayed));
    }

    [Fact]
    public async Task A_decision_has_its_place_when_its_write_is_confirmed()
    {
        await using var quorum = await StartWithBrokers();
        var kit = new TestKit(quorum.System);
        var (_, highest) = Replay(quorum, 1, long.MaxValue, long.MaxValue, kit);

        JournalOf(quorum).Tell(new WriteMessages([new AtomicWrite(Decision(4, highest + 1))], kit.TestActor, 7));
        kit.ExpectMsg<WriteMessagesSuccessful>(Eventually.Deadline);
        var confirmed = kit.ExpectMsg<WriteMessageSuccess>(Eventually.Deadline);

        Assert.Equal(7, confirmed.ActorInstanceId);
        Assert.Equal(highest, ((MetadataDecision)confirmed.Persistent.Payload).Batch.BaseOffset.Value);
        Assert.Equal([1, 2, 3, 4], Brokers(Replay(quorum, 1, long.MaxValue, long.MaxValue).Replayed));
    }

    [Fact]
    public async Task A_write_of_a_controller_whose_term_is_over_fails()
    {
        await using var quorum = await StartWithBrokers();
        var first = new TestKit(quorum.System);
        var (_, highest) = Replay(quorum, 1, long.MaxValue, long.MaxValue, first);
        first.Sys.Stop(first.TestActor);
        var kit = new TestKit(quorum.System);
        await Eventually.Holds(async () =>
            (await JournalOf(quorum).Ask<Metadata.Quorum.QuorumDescription>(new QuorumJournal.DescribeJournal(true, []), Eventually.Deadline)).Leader == NodeId.None);

        JournalOf(quorum).Tell(new WriteMessages([new AtomicWrite(Decision(4, highest + 1))], kit.TestActor, 1));
        kit.ExpectMsg<WriteMessagesFailed>(Eventually.Deadline);

        Assert.IsType<QuorumLostException>(kit.ExpectMsg<WriteMessageFailure>(Eventually.Deadline).Cause);
    }

    [Fact]
    public async Task Nobody_deletes_messages_or_saves_snapshots_here()
    {
        await using var quorum = await StartWithBrokers();
        var kit = new TestKit(quorum.System);
        var snapshots = Persistence.Instance.Apply(quorum.System).SnapshotStoreFor(ControllerPersistence.Snapshots);

        JournalOf(quorum).Tell(new DeleteMessagesTo(ControllerPersistence.PersistenceId, 1, kit.TestActor));
        Assert.IsType<NotSupportedException>(kit.ExpectMsg<DeleteMessagesFailure>(Eventually.Deadline).Cause);
        snapshots.Tell(new SaveSnapshot(new SnapshotMetadata(ControllerPersistence.PersistenceId, 1, DateTime.UtcNow), "text"), kit.TestActor);

        Assert.IsType<NotSupportedException>(kit.ExpectMsg<SaveSnapshotFailure>(Eventually.Deadline).Cause);
    }

    [Fact]
    public async Task The_snapshot_is_the_image_that_the_node_knows()
    {
        await using var quorum = await StartWithBrokers();
        var kit = new TestKit(quorum.System);
        var image = quorum.Cluster.Image;
        var snapshots = Persistence.Instance.Apply(quorum.System).SnapshotStoreFor(ControllerPersistence.Snapshots);

        snapshots.Tell(new LoadSnapshot(ControllerPersistence.PersistenceId, SnapshotSelectionCriteria.Latest, long.MaxValue), kit.TestActor);
        var loaded = kit.ExpectMsg<LoadSnapshotResult>(Eventually.Deadline).Snapshot;
        snapshots.Tell(new LoadSnapshot(ControllerPersistence.PersistenceId, SnapshotSelectionCriteria.Latest, image.Version - 1), kit.TestActor);

        Assert.Same(image, loaded.Snapshot);
        Assert.Equal(image.Version, loaded.Metadata.SequenceNr);
        Assert.Null(kit.ExpectMsg<LoadSnapshotResult>(Eventually.Deadline).Snapshot);
    }

    /// <summary>A quorum of one that has decided three registrations, and has no controller any more.</summary>
    private static async Task<GatedQuorum> StartWithBrokers()
    {
        var quorum = GatedQuorum.Start(count: 1);
        for (var broker = 1; broker <= 3; broker++)
        {
            Assert.IsType<BrokerRegistration>(await quorum.Register(broker));
        }

        Assert.True(await quorum.Cluster.WhenAsync(image => image.Brokers.Count == 3, Eventually.Deadline, TimeProvider.System));
        await quorum.Controller.GracefulStop(Eventually.Deadline);
        return quorum;
    }

    private static IActorRef JournalOf(GatedQuorum quorum) => Persistence.Instance.Apply(quorum.System).JournalFor(ControllerPersistence.Journal);

    private static Persistent Persist(object payload, long number) => new(payload, number, ControllerPersistence.PersistenceId);

    private static Persistent Decision(int broker, long number) => Persist(
        new MetadataDecision([new BrokerRegistered(new BrokerImage(new NodeId(broker), new BrokerEpoch(number), Guid.NewGuid(), [], null, true))]), number);

    private static (List<IPersistentRepresentation> Replayed, long Highest) Replay(GatedQuorum quorum, long from, long to, long max, TestKit? reader = null)
    {
        // Not disposed: that would end the system.
        var kit = reader ?? new TestKit(quorum.System);
        JournalOf(quorum).Tell(new ReplayMessages(from, to, max, ControllerPersistence.PersistenceId, kit.TestActor));
        var replayed = new List<IPersistentRepresentation>();
        while (true)
        {
            switch (kit.ReceiveOne(Eventually.Deadline))
            {
                case ReplayedMessage message:
                    replayed.Add(message.Persistent);
                    break;
                case RecoverySuccess success:
                    return (replayed, success.HighestSequenceNr);
                case JournalLost:
                    break;
                case var other:
                    Assert.Fail($"{other}");
                    break;
            }
        }
    }

    private static IEnumerable<int> Brokers(IEnumerable<IPersistentRepresentation> replayed) => replayed
        .SelectMany(one => ((MetadataDecision)one.Payload).Events).OfType<BrokerRegistered>().Select(registered => registered.Broker.Id.Value);
}
