using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests.Controller;

/// <summary>The metadata quorum over several actor systems with a network between them.</summary>
public sealed class QuorumTests
{
    [Fact]
    public async Task What_the_controller_confirms_all_nodes_show()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);

        var reply = await cluster.Register(cluster.Nodes[1], 7);

        Assert.IsType<BrokerRegistration>(reply);
        foreach (var node in cluster.Nodes)
        {
            await QuorumCluster.WhenKnown(node, 7);
        }
    }

    [Fact]
    public async Task A_majority_goes_on_without_one_node_and_that_node_catches_up()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        await cluster.Nodes[2].Kill();

        await cluster.Register(cluster.Nodes[0], 2);
        cluster.Restart(cluster.Nodes[2]);

        await QuorumCluster.WhenKnown(cluster.Nodes[2], 2);
        await Eventually.Holds(async () => (await cluster.Describe(cluster.Nodes[0])).Voters.Select(voter => voter.EndOffset).Distinct().Count() == 1);
    }

    [Fact]
    public async Task A_new_cluster_says_which_controller_it_waits_for()
    {
        await using var cluster = QuorumCluster.Start(3);
        await cluster.Nodes[2].Kill();
        using var inbox = Inbox.Create(cluster.Nodes[0].System);
        cluster.Nodes[0].System.EventStream.Subscribe(inbox.Receiver, typeof(Warning));

        cluster.MoveController(cluster.Nodes[0]);

        await Eventually.Holds(async () => await inbox.ReceiveAsync(QuorumCluster.Patience) is Warning { Message: { } message }
            && message.ToString()!.Contains("controller 3 does not answer. The cluster is new", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Votes_are_taken_and_given_one_at_a_time_and_who_has_none_does_not_count()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        var replicas = (await cluster.Describe(cluster.Nodes[0])).Voters.ToDictionary(voter => voter.Node, voter => voter.DirectoryId);
        var (second, third) = (cluster.Nodes[1].Id, cluster.Nodes[2].Id);

        Assert.Equal(MetadataError.DuplicateVoter, await Change(new AddQuorumVoter(third, replicas[third])));
        Assert.Equal(MetadataError.VoterNotFound, await Change(new RemoveQuorumVoter(third, Guid.NewGuid())));
        Assert.Equal(MetadataError.InvalidRequest, await Change(new AddQuorumVoter(new NodeId(9), Guid.NewGuid())));
        Assert.Equal(MetadataError.None, await Change(new RemoveQuorumVoter(third, replicas[third])));
        Assert.Equal(MetadataError.None, await Change(new RemoveQuorumVoter(second, replicas[second])));
        await cluster.Nodes[1].Kill();
        await cluster.Nodes[2].Kill();
        await cluster.Register(cluster.Nodes[0], 2);

        Assert.Equal([cluster.Nodes[0].Id], (await cluster.Describe(cluster.Nodes[0])).Voters.Select(voter => voter.Node));
        cluster.Restart(cluster.Nodes[2]);
        await Eventually.Holds(async () => await Change(new AddQuorumVoter(third, replicas[third])) == MetadataError.None, "the third node has its vote back");
        await QuorumCluster.WhenKnown(cluster.Nodes[2], 2);
        Assert.Equal([cluster.Nodes[0].Id, third], (await cluster.Describe(cluster.Nodes[0])).Voters.Select(voter => voter.Node));

        async Task<MetadataError> Change(ControllerCommand command) => ((VerdictReply)await cluster.Ask(cluster.Nodes[0], command)).Verdict.Error;
    }

    [Fact]
    public async Task Without_a_majority_nothing_is_confirmed()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        await cluster.Nodes[1].Kill();
        await cluster.Nodes[2].Kill();

        var reply = await cluster.Register(cluster.Nodes[0], 2);

        Assert.Equal(MetadataError.NotController, Assert.IsType<VerdictReply>(reply).Verdict.Error);
        Assert.DoesNotContain(new NodeId(2), cluster.Nodes[0].Cluster.Image.Brokers.Keys);
    }

    [Fact]
    public async Task A_new_controller_on_another_node_has_all_that_was_confirmed()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        for (var broker = 10; broker < 30; broker++)
        {
            await cluster.Register(cluster.Nodes[0], broker);
        }

        await cluster.Nodes[0].Kill();
        cluster.MoveController(cluster.Nodes[1]);
        await cluster.Register(cluster.Nodes[2], 30);

        Assert.Equal(Enumerable.Range(10, 21), await Brokers(cluster, cluster.Nodes[2], 30));
    }

    [Fact]
    public async Task A_new_controller_is_followed_by_a_node_that_still_looks_for_it()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        await QuorumCluster.WhenKnown(cluster.Nodes[2], 1);

        cluster.Nodes[0].StopController(cluster.MoveController(cluster.Nodes[1], untold: cluster.Nodes[2])!);
        await cluster.Register(cluster.Nodes[1], 2);

        await QuorumCluster.WhenKnown(cluster.Nodes[2], 2);
    }

    [Fact]
    public async Task Of_two_controllers_the_older_one_confirms_nothing_any_more()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        var first = await cluster.Describe(cluster.Nodes[0]);

        var older = cluster.MoveController(cluster.Nodes[1]);

        // The older one may contend for a newer epoch; with its old one it may do nothing.
        await Eventually.Holds(async () => await cluster.Register(cluster.Nodes[1], 2) is BrokerRegistration);
        await Eventually.Holds(async () => await cluster.Describe(cluster.Nodes[1]) is var newer && newer.Leader == cluster.Nodes[1].Id && newer.Epoch > first.Epoch);
        var answer = await older!.Ask<ControllerReply>(QuorumCluster.Registration(3), QuorumCluster.Patience);
        var isConfirmed = answer is BrokerRegistration;
        Assert.True(isConfirmed || answer is VerdictReply { Verdict.Error: MetadataError.NotController }, answer.ToString());
        foreach (var node in cluster.Nodes)
        {
            Assert.Equal(isConfirmed ? [1, 2, 3] : [1, 2], await Brokers(cluster, node, isConfirmed ? 3 : 2));
        }
    }

    [Fact]
    public async Task A_node_that_lost_its_disk_votes_again_when_it_has_everything()
    {
        await using var cluster = QuorumCluster.Start(3);
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        var before = (await cluster.Describe(cluster.Nodes[0])).Voters.Single(voter => voter.Node.Value == 3);
        await cluster.Nodes[2].Kill();
        cluster.Nodes[2].LoseDisk();

        cluster.Restart(cluster.Nodes[2]);
        await cluster.Register(cluster.Nodes[0], 2);

        var newDirectory = cluster.Nodes[2].Logs.Directories[0].State.Id.Value;
        Assert.NotEqual(before.DirectoryId, newDirectory);
        await Eventually.Holds(async () => (await cluster.Describe(cluster.Nodes[0])).Voters.Any(voter => voter.DirectoryId == newDirectory));
        await cluster.Nodes[1].Kill();
        Assert.IsType<BrokerRegistration>(await cluster.Register(cluster.Nodes[0], 3));
    }

    [Fact]
    public async Task A_node_far_behind_gets_a_snapshot_and_the_rest()
    {
        await using var cluster = QuorumCluster.Start(3, new SnapshotPolicy(MaxRecords: 20));
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        await cluster.Nodes[2].Kill();
        cluster.Nodes[2].LoseDisk();
        for (var broker = 10; broker < 50; broker++)
        {
            await cluster.Register(cluster.Nodes[0], broker);
        }

        await Eventually.Holds(() => Task.FromResult(cluster.Nodes[0].Logs.Logs.Single().View.LogStartOffset > Offset.Zero));
        cluster.Restart(cluster.Nodes[2]);
        await cluster.Register(cluster.Nodes[0], 50);

        await QuorumCluster.WhenKnown(cluster.Nodes[2], 50);
        Assert.Equal([1, .. Enumerable.Range(10, 41)], await Brokers(cluster, cluster.Nodes[2], 50));
        await Eventually.Holds(async () => (await cluster.Describe(cluster.Nodes[0])).Voters.All(voter => voter.EndOffset == cluster.Nodes[0].Logs.Logs.Single().View.LogEndOffset));
    }

    [Fact]
    public async Task A_controller_whose_own_node_is_far_behind_fetches_snapshot_and_journal_first()
    {
        await using var cluster = QuorumCluster.Start(3, new SnapshotPolicy(MaxRecords: 20));
        cluster.MoveController(cluster.Nodes[0]);
        await cluster.Register(cluster.Nodes[0], 1);
        await cluster.Nodes[2].Kill();
        for (var broker = 10; broker < 50; broker++)
        {
            await cluster.Register(cluster.Nodes[0], broker);
        }

        await Eventually.Holds(() => Task.FromResult(cluster.Nodes[1].Logs.Logs.Single().View.LogStartOffset > Offset.Zero));
        cluster.Restart(cluster.Nodes[2]);
        await cluster.Nodes[0].Kill();
        cluster.MoveController(cluster.Nodes[2]);
        await cluster.Register(cluster.Nodes[2], 50);

        Assert.Equal([1, .. Enumerable.Range(10, 41)], await Brokers(cluster, cluster.Nodes[1], 50));
    }

    private static async Task<IEnumerable<int>> Brokers(QuorumCluster cluster, QuorumClusterNode node, int newest)
    {
        await QuorumCluster.WhenKnown(node, newest);
        return node.Cluster.Image.Brokers.Keys.Select(broker => broker.Value).Order();
    }
}
