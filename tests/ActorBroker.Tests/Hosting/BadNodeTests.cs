using ActorBroker.Tests.Cli;

namespace ActorBroker.Tests.Hosting;

/// <summary>Nodes that do not fit the cluster that they are pointed at: each says why and what to do, and the cluster goes on.</summary>
public sealed class BadNodeTests : IAsyncLifetime
{
    private readonly LoggedNode cluster = new();
    private readonly int controllerPort = FreePorts.One();

    public async Task InitializeAsync()
    {
        cluster.Start([.. Cluster(), "node.id=1"]);
        await cluster.AwaitAnswer();
    }

    public async Task DisposeAsync()
    {
        var (exit, output, error) = await CommandRun.Of("topics", "--list", "--bootstrap-server", cluster.Address.ToString());
        Assert.True(exit == 0, output + error);
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task A_duplicate_node_id()
    {
        await using var first = Guest(5);
        await first.AwaitAnswer();

        await using var second = Guest(5);

        await second.Says("Another broker is registered with id 5 and alive", "give one of them another node.id");
    }

    [Fact]
    public async Task A_voter_that_runs_already()
    {
        await using var second = new LoggedNode();

        second.Start([.. Cluster(), "node.id=1"]);

        await second.Says("the node cannot run", $"127.0.0.1:{controllerPort}", "controller.quorum.voters", "the port is in use by another process", "stop that process");
        Assert.Equal(1, await second.Ended);
    }

    [Fact]
    public async Task A_cluster_address_that_has_no_address_yet()
    {
        await using var guest = Guest(5, "actorbroker.cluster.listener=nosuch.invalid:9093");

        await guest.Says("nosuch.invalid:9093", "as cluster.listener says, has no address yet", "the node waits");

        await guest.StopAsync();
    }

    [Fact]
    public async Task Another_clusters_data()
    {
        await using var guest = Guest(5, data: "version=1\ncluster.id=Some-other-cluster-id1\nnode.id=5\n");

        await guest.Says("has data of cluster Some-other-cluster-id1, but this is cluster", "Check its data directories");
    }

    [Fact]
    public async Task Another_nodes_data()
    {
        await using var guest = Guest(5, data: "version=1\ncluster.id=Some-other-cluster-id1\nnode.id=6\n");

        await guest.Says("the node cannot run", "it belongs to node 6, not to node 5");
        Assert.Equal(1, await guest.Ended);
    }

    [Fact]
    public async Task Data_of_an_unknown_format()
    {
        await using var guest = Guest(5, data: "version=7\ncluster.id=Some-other-cluster-id1\nnode.id=5\n");

        await guest.Says("the node cannot run", "version 7 is unknown", "choose another directory");
        Assert.Equal(1, await guest.Ended);
    }

    [Fact]
    public async Task Another_cookie()
    {
        await using var guest = Guest(5, "actorbroker.cluster.cookie=theirs");

        await guest.Says("does not have the same cookie");
        await guest.Says("still looking for the cluster", "give all nodes the same actorbroker.cluster.cookie");
    }

    [Fact]
    public async Task An_advertised_address_that_clients_cannot_reach()
    {
        var nowhere = FreePorts.One();
        await using var guest = Guest(5, $"advertised.listeners=PLAINTEXT://127.0.0.1:{nowhere}");

        await guest.Says($"127.0.0.1:{nowhere}", "not even this machine can connect there", "advertised.listeners");
    }

    [Fact]
    public async Task An_advertised_address_that_the_other_nodes_cannot_reach()
    {
        var nowhere = FreePorts.One();
        await using var guest = Guest(5, $"actorbroker.cluster.advertised=127.0.0.1:{nowhere}");

        await guest.Says("still looking for the cluster", $"127.0.0.1:{nowhere}");
    }

    [Fact]
    public async Task A_replica_directory_that_the_metadata_does_not_know_is_kept_aside()
    {
        await using var guest = new LoggedNode();
        Directory.CreateDirectory(Path.Combine(guest.Directory, "gone-0"));
        guest.Start(Settings(5));

        await guest.Says("gone-0 is not in the metadata; its files are kept in");

        Assert.Single(Directory.GetDirectories(guest.Directory), path => Path.GetFileName(path).StartsWith("gone-0.", StringComparison.Ordinal) && path.EndsWith("-stray", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--replication-factor", "9", "INVALID_REPLICATION_FACTOR", "only 1 broker(s) are registered")]
    [InlineData("--replica-assignment", "1:77", "INVALID_REPLICA_ASSIGNMENT", "broker 77, but no such broker is registered")]
    [InlineData("--replica-assignment", "1:1", "INVALID_REPLICA_ASSIGNMENT", "the same broker twice")]
    public async Task A_topic_that_cannot_be_placed(string option, string value, string error, string why)
    {
        var (exit, _, said) = await CommandRun.Of("topics", "--create", "--topic", "t", option, value, "--bootstrap-server", cluster.Address.ToString());

        Assert.NotEqual(0, exit);
        Assert.Contains(error, said, StringComparison.Ordinal);
        Assert.Contains(why, said, StringComparison.Ordinal);
    }

    private string[] Cluster() =>
    [
        $"controller.quorum.voters=1@127.0.0.1:{controllerPort}", "actorbroker.cluster.cookie=ours", "actorbroker.cluster.links.listener=127.0.0.1:0", "group.initial.rebalance.delay.ms=0", "offsets.topic.num.partitions=1",
    ];

    private string[] Settings(int id, params string[] more) =>
        [.. Cluster(), $"node.id={id}", "process.roles=broker", $"actorbroker.cluster.listener=127.0.0.1:{FreePorts.One()}", .. more];

    private LoggedNode Guest(int id, string? setting = null, string? data = null)
    {
        var guest = new LoggedNode();
        if (data is not null)
        {
            File.WriteAllText(Path.Combine(guest.Directory, "meta.properties"), data);
        }

        guest.Start(Settings(id, setting is null ? [] : [setting]));
        return guest;
    }
}
