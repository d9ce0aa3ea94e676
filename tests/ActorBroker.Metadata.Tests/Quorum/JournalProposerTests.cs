using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>What a proposer must never take for committed. It runs on node 1 of 3, in epoch 3, and finds a batch of epoch 2 that may be on one disk only.</summary>
public sealed class JournalProposerTests
{
    private static readonly ControllerEpoch Epoch = new(3);
    private static readonly JournalReplica[] Replicas = [.. Enumerable.Range(1, 3).Select(node => new JournalReplica(new NodeId(node), Guid.NewGuid()))];

    /// <summary>What epoch 1 wrote, on all disks.</summary>
    private static readonly JournalOutline Founded = JournalOutline.Empty
        .Append(new JournalBatch(new(1), new(0), 1, JournalBatchKind.LeaderChange))
        .Append(new JournalBatch(new(1), new(1), 1, JournalBatchKind.Voters, VoterSet.Of(Replicas)));

    private static readonly JournalOutline Adopted = Founded.Append(new JournalBatch(new(2), new(2), 1));

    private readonly JournalProposer proposer = new(new ProposerOptions(new NodeId(1), [.. Replicas.Select(replica => replica.Node)]), Guid.NewGuid(), new(2));

    [Fact]
    public void An_older_epochs_batch_on_a_majority_is_not_committed_before_one_of_its_own()
    {
        Prepare();

        Assert.Empty(Commits(Accept(Replicas[0], 3)));
        Assert.Empty(Commits(Accept(Replicas[1], 3)));
        Assert.Empty(Commits(Accept(Replicas[2], 3)));
        Assert.Equal(new Offset(0), proposer.Committed);

        Accept(Replicas[0], 4);
        Assert.Equal([new Commit(new(4))], Commits(Accept(Replicas[1], 4)));
    }

    [Fact]
    public void An_acknowledgement_by_another_disk_of_a_voters_node_does_not_count()
    {
        Prepare();
        Accept(Replicas[0], 4);

        Assert.Empty(Commits(Accept(AnotherDiskOf(Replicas[1]), 4)));

        Assert.Equal([new Commit(new(4))], Commits(Accept(Replicas[2], 4)));
    }

    [Fact]
    public void What_the_lost_disk_acknowledged_does_not_make_the_new_one_a_voter()
    {
        Prepare();
        Accept(Replicas[0], 4);
        Accept(Replicas[1], 4);
        var newDisk = AnotherDiskOf(Replicas[1]);

        Assert.Empty(Accept(newDisk, 2).OfType<AssignBatch>());

        Assert.NotNull(Assert.Single(Accept(newDisk, 4).OfType<AssignBatch>()).Batch.Voters);
    }

    [Fact]
    public void A_promise_by_another_disk_of_a_voters_node_elects_nobody()
    {
        proposer.Start();
        proposer.Step(new Promise(Replicas[0], Epoch, Adopted, Offset.Zero));

        proposer.Step(new Promise(AnotherDiskOf(Replicas[1]), Epoch, JournalOutline.Empty, Offset.Zero));

        Assert.Equal(ProposerPhase.Preparing, proposer.Phase);
    }

    [Fact]
    public void Before_a_majority_has_promised_it_tells_of_the_voters_and_of_whom_it_has_heard()
    {
        proposer.Start();
        proposer.Tick();
        proposer.Step(new Promise(Replicas[0], Epoch, Adopted, Offset.Zero));

        var status = proposer.Describe();

        Assert.Equal(Replicas.Select(replica => (replica, true)), status.Replicas.Select(replica => (replica.Replica, replica.IsVoter)));
        Assert.Equal([new Offset(3), Offset.Unknown, Offset.Unknown], status.Replicas.Select(replica => replica.EndOffset));
        Assert.Equal([1L, 0, 0], status.Replicas.Select(replica => replica.LastReplyTick));
    }

    [Theory]
    [InlineData("controller 2 does not answer", 2)]
    [InlineData("controllers 2 and 3 do not answer", 2, 3)]
    [InlineData("controllers 1, 2 and 3 do not answer", 1, 2, 3)]
    public void Who_is_missing_is_said_in_a_sentence(string sentence, params int[] nodes) =>
        Assert.Equal(sentence, AwaitedPromises.Sentence([.. nodes.Select(node => new NodeId(node))]));

    [Fact]
    public void Acknowledgements_of_an_older_epoch_do_not_count()
    {
        Prepare();
        Accept(Replicas[0], 4);

        Assert.Empty(proposer.Step(new Accepted(Replicas[1], new(2), new(4))));
    }

    /// <summary>Two promises: this node's journal is the newest, so nothing has to be fetched.</summary>
    private void Prepare()
    {
        proposer.Start();
        proposer.Step(new Promise(Replicas[0], Epoch, Adopted, Offset.Zero));
        proposer.Step(new Promise(Replicas[1], Epoch, Founded, Offset.Zero));
        proposer.Step(new Promise(Replicas[2], Epoch, Founded, Offset.Zero));
        Assert.Equal(ProposerPhase.Completing, proposer.Phase);
        Assert.Equal(new Offset(4), proposer.Journal.EndOffset);
    }

    private ImmutableArray<ProposerEffect> Accept(JournalReplica from, long end) => proposer.Step(new Accepted(from, Epoch, new(end)));

    private static IEnumerable<Commit> Commits(ImmutableArray<ProposerEffect> effects) => effects.OfType<Commit>();

    private static JournalReplica AnotherDiskOf(JournalReplica replica) => replica with { DirectoryId = Guid.NewGuid() };
}
