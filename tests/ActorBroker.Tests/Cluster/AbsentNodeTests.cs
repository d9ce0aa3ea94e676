using ActorBroker.Client;
using ActorBroker.Harness;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Status;
using ActorBroker.Tests.Cli;
using ActorBroker.Tests.Hosting;
using ActorBroker.Tests.Requests;

namespace ActorBroker.Tests.Cluster;

/// <summary>What a node finds on its disk that the cluster gave up while it was away.</summary>
public sealed class AbsentNodeTests
{
    [Fact]
    public async Task A_controller_node_deletes_replicas_of_topics_that_were_deleted_while_it_was_away()
    {
        await using var cluster = new ThreeNodes();
        await cluster.InitializeAsync();
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = cluster.Bootstrap });
        (await admin.CreateTopicsAsync([new NewTopic("gone", 1, 3), new NewTopic("kept", 1, 3)])).ToList().ForEach(result => result.ThrowIfFailed());
        var directory = cluster.DirectoryOf(3);
        await Eventually.Holds(() => Names(directory, "gone-0").Length == 1 && Names(directory, "kept-0").Length == 1, "node 3 has its replicas");

        await cluster.StopAsync(3);
        (await admin.DeleteTopicsAsync(["gone"]))[0].ThrowIfFailed();
        await cluster.StartAsync(3);

        await Eventually.Holds(() => Names(directory, "gone-0").Length == 0, "the replica is deleted");
        Assert.Single(Names(directory, "kept-0"));
        Assert.Empty(Names(directory, "*-stray"));
        Assert.Single(Names(directory, "gone-0.*-delete"));
    }

    [Fact]
    public async Task A_controller_node_keeps_a_directory_of_a_partition_that_was_never_there_and_one_that_was_restored()
    {
        await using var cluster = new ThreeNodes();
        await cluster.InitializeAsync();
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = cluster.Bootstrap });
        (await admin.CreateTopicsAsync([new NewTopic("cor", 1, 3), new NewTopic("back", 1, 3)])).ToList().ForEach(result => result.ThrowIfFailed());
        var directory = cluster.DirectoryOf(3);
        await Eventually.Holds(() => Names(directory, "cor-0").Length == 1 && Names(directory, "back-0").Length == 1, "node 3 has its replicas");
        using var backup = new TemporaryCopy(Path.Combine(directory, "back-0"));
        (await admin.DeleteTopicsAsync(["back"]))[0].ThrowIfFailed();
        await Eventually.Holds(() => Names(directory, "back-0").Length == 0, "the replica is deleted");

        await cluster.StopAsync(3);
        Copy(Path.Combine(directory, "cor-0"), Path.Combine(directory, "cor-7"));
        Copy(Path.Combine(directory, "cor-0"), Path.Combine(directory, "other-0"));
        Copy(backup.Path, Path.Combine(directory, "back-0"));
        await cluster.StartAsync(3);

        await Eventually.Holds(() => Names(directory, "*-stray").Length == 3, "all three are kept");
        Assert.Equal(["back-0", "cor-7", "other-0"], Names(directory, "*-stray").Select(name => name[..name.IndexOf('.', StringComparison.Ordinal)]));
        Assert.Empty(Names(directory, "cor-7.*-delete").Concat(Names(directory, "other-0.*-delete")));
        Assert.Single(Names(directory, "cor-0"));
    }

    [Fact]
    public async Task A_broker_deletes_what_it_knew_and_keeps_what_nobody_knows()
    {
        await using var controller = new LoggedNode();
        await using var broker = new LoggedNode();
        string[] cluster = [$"controller.quorum.voters=1@127.0.0.1:{FreePorts.One()}", "actorbroker.cluster.links.listener=127.0.0.1:0", "group.initial.rebalance.delay.ms=0"];
        string[] own = [.. cluster, "node.id=5", "process.roles=broker", $"actorbroker.cluster.listener=127.0.0.1:{FreePorts.One()}"];
        controller.Start([.. cluster, "node.id=1"]);
        broker.Start(own);
        await broker.AwaitAnswer();
        var bootstrap = controller.Address.ToString();
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = bootstrap });
        await Eventually.Holds(async () => (await admin.DescribeClusterAsync()).Brokers.Count == 2, "both brokers are up");
        foreach (var (topic, replicas) in new[] { ("gone", "5"), ("moved", "1:5"), ("kept", "1:5") })
        {
            var (exit, output, error) = await CommandRun.Of("topics", "--create", "--topic", topic, "--replica-assignment", replicas, "--bootstrap-server", bootstrap);
            Assert.True(exit == 0, output + error);
        }

        await Eventually.Holds(() => Names(broker.Directory, "*-0").Length == 3, "the broker has its replicas");
        await broker.StopAsync();
        (await admin.DeleteTopicsAsync(["gone"]))[0].ThrowIfFailed();
        await Reassign(controller, "moved", [1]);
        Directory.CreateDirectory(Path.Combine(broker.Directory, "restored-0"));
        File.WriteAllBytes(Path.Combine(broker.Directory, "restored-0", "note"), new byte[700]);
        broker.Start(own);

        await broker.Says("2 replica(s) are deleted", "while this node was away", "gone-0", "moved-0");
        await broker.Says("restored-0 is not in the metadata; its files are kept in");
        Assert.Equal(["kept-0"], Names(broker.Directory, "*-0"));
        Assert.Single(Names(broker.Directory, "*-stray"));
        Assert.Equal(2, Names(broker.Directory, "*-delete").Length);
        var status = await CommandRun.Of("status", "--data-dir", broker.Directory);
        Assert.Contains("look, then delete them", status.Out, StringComparison.Ordinal);
        Assert.Contains("700", status.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_keeps_directories_of_partitions_that_never_were_there_and_one_that_was_restored()
    {
        await using var controller = new LoggedNode();
        await using var broker = new LoggedNode();
        string[] cluster = [$"controller.quorum.voters=1@127.0.0.1:{FreePorts.One()}", "actorbroker.cluster.links.listener=127.0.0.1:0"];
        string[] own = [.. cluster, "node.id=5", "process.roles=broker", $"actorbroker.cluster.listener=127.0.0.1:{FreePorts.One()}"];
        controller.Start([.. cluster, "node.id=1"]);
        broker.Start(own);
        await broker.AwaitAnswer();
        var bootstrap = controller.Address.ToString();
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = bootstrap });
        await Eventually.Holds(async () => (await admin.DescribeClusterAsync()).Brokers.Count == 2, "both brokers are up");
        foreach (var (topic, replicas) in new[] { ("kept", "1:5"), ("back", "5"), ("rt", "1") })
        {
            var (exit, output, error) = await CommandRun.Of("topics", "--create", "--topic", topic, "--replica-assignment", replicas, "--bootstrap-server", bootstrap);
            Assert.True(exit == 0, output + error);
        }

        await Eventually.Holds(() => Names(broker.Directory, "*-0").Length == 2 && Names(controller.Directory, "rt-0").Length == 1, "the brokers have their replicas");
        using var backup = new TemporaryCopy(Path.Combine(broker.Directory, "back-0"));
        (await admin.DeleteTopicsAsync(["back"]))[0].ThrowIfFailed();
        await Eventually.Holds(() => Names(broker.Directory, "back-0").Length == 0, "the replica is deleted");
        await broker.StopAsync();
        Copy(backup.Path, Path.Combine(broker.Directory, "back-0"));
        Copy(Path.Combine(controller.Directory, "rt-0"), Path.Combine(broker.Directory, "rt-0"));
        Copy(Path.Combine(broker.Directory, "kept-0"), Path.Combine(broker.Directory, "kept-7"));
        broker.Start(own);

        foreach (var stray in new[] { "back-0", "kept-7", "rt-0" })
        {
            await broker.Says($"{stray} is not in the metadata; its files are kept in");
        }

        Assert.Equal(["kept-0"], Names(broker.Directory, "*-0"));
        Assert.Equal(3, Names(broker.Directory, "*-stray").Length);
        Assert.Empty(Names(broker.Directory, "kept-7.*-delete").Concat(Names(broker.Directory, "rt-0.*-delete")));
    }

    [Fact]
    public async Task Every_node_tells_of_brokers_that_are_fenced_and_of_their_registrations()
    {
        await using var controller = new LoggedNode();
        await using var broker = new LoggedNode();
        string[] cluster = [$"controller.quorum.voters=1@127.0.0.1:{FreePorts.One()}", "actorbroker.cluster.links.listener=127.0.0.1:0"];
        string[] own = [.. cluster, "node.id=5", "process.roles=broker", $"actorbroker.cluster.listener=127.0.0.1:{FreePorts.One()}"];
        controller.Start([.. cluster, "node.id=1"]);
        broker.Start(own);
        await broker.AwaitAnswer();
        await controller.AwaitAnswer();
        var first = StatusSocket.Ask(broker.Directory)!.BrokerEpoch;
        Assert.True(first > 0);

        await broker.StopAsync();
        await Eventually.Holds(() => StatusSocket.Ask(controller.Directory)!.Brokers is [{ Id: 1, State: BrokerPhase.Active }, { Id: 5, State: BrokerPhase.Fenced }], "the broker that stopped is fenced");
        var fenced = StatusSocket.Ask(controller.Directory)!.Brokers;
        Assert.Equal((first, broker.Address.ToString()), (fenced[1].Epoch, fenced[1].Address));

        broker.Start(own);
        await broker.AwaitAnswer();
        Assert.True(StatusSocket.Ask(broker.Directory)!.BrokerEpoch > first);
    }

    private static string[] Names(string directory, string pattern) => [.. Directory.GetDirectories(directory, pattern).Select(Path.GetFileName).Order().OfType<string>()];

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static async Task Reassign(LoggedNode node, string topic, List<int> replicas)
    {
        using var client = await WireClient.Connect(node.Address.ToString());
        var request = new AlterPartitionReassignmentsRequest { Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = 0, Replicas = replicas }] }] };
        var answer = await client.Call<AlterPartitionReassignmentsResponse>(request, 0);
        Assert.Equal(ErrorCode.None, answer.Responses[0].Partitions[0].ErrorCode);
    }

    private sealed class TemporaryCopy : IDisposable
    {
        private readonly DirectoryInfo directory = Scratch.Create("replica-copy-");

        public TemporaryCopy(string of) => Copy(of, Path);

        public string Path => directory.FullName;

        public void Dispose() => directory.Delete(recursive: true);
    }
}
