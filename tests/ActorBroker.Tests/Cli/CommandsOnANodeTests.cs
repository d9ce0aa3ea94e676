using System.Text.Json;

namespace ActorBroker.Tests.Cli;

/// <summary>The client commands against a node in this process.</summary>
public sealed class CommandsOnANodeTests(RunningNode node) : IClassFixture<RunningNode>
{
    [Fact]
    public async Task The_status_of_a_node_is_told_by_its_data_directory()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var text = await CommandRun.Of("status", "--data-dir", node.DataDirectory);
        for (; !text.Out.Contains("State: Serving"); text = await CommandRun.Of("status", "--data-dir", node.DataDirectory))
            deadline.Token.ThrowIfCancellationRequested();
        Assert.Matches($@"^Node: 1  Process: {Environment.ProcessId}  Version: .*  State: Serving for [0-9.]+ s\nDIRECTORY +STATE +LOGS +OPENED +VERIFIED-BYTES +CUT-BYTES +STRAYS +STRAY-BYTES\n{node.DataDirectory} +Open +0 +0 +0 +0 +0 +0\nBROKER +STATE +ADDRESS +RACK +EPOCH\n +1 +Active +[^ ]+ +- +[0-9]+\n$", text.Out);

        using var json = JsonDocument.Parse((await CommandRun.Of("status", "--data-dir", node.DataDirectory, "--json")).Out);
        Assert.Equal("Open", json.RootElement.GetProperty("directories")[0].GetProperty("phase").GetString());
    }

    [Fact]
    public async Task Topics_are_created_described_grown_and_deleted()
    {
        Assert.Equal(new CommandRun(0, "Created topic life.\n", ""), await node.Run("", "topics", "--create", "--topic", "life", "--partitions", "2", "--config", "retention.ms=7"));
        Assert.Equal(new CommandRun(0, "", ""), await node.Run("", "topics", "--create", "--topic", "life", "--if-not-exists"));
        var again = await node.Run("", "topics", "--create", "--topic", "life");
        Assert.Equal((1, "actorbroker: TOPIC_ALREADY_EXISTS: Topic 'life' already exists.\n"), (again.ExitCode, again.Error));

        Assert.Equal(new CommandRun(0, "", ""), await node.Run("", "topics", "--alter", "--topic", "life", "--partitions", "3"));
        var described = await node.Run("", "topics", "--describe", "--topic", "life");
        Assert.Matches(
            "^Topic: life  TopicId: [A-Za-z0-9_-]{22}  PartitionCount: 3  ReplicationFactor: 1  Configs: retention.ms=7\nPARTITION  LEADER  EPOCH  REPLICAS  ISR  OFFLINE\n        0       1      0  1         1\n",
            described.Out);
        var few = await node.Run("", "topics", "--alter", "--topic", "life", "--partitions", "4", "--replica-assignment", "1,1");
        Assert.Equal(2, few.ExitCode);
        Assert.Contains("names the replicas of 2 partition(s), --partitions says 4", few.Error);
        Assert.Contains("INVALID_REPLICA_ASSIGNMENT", (await node.Run("", "topics", "--alter", "--topic", "life", "--partitions", "4", "--replica-assignment", "1,1,1,7")).Error);
        Assert.Contains("expected broker ids as in 1:2,2:3, found \"x\"", (await node.Run("", "topics", "--create", "--topic", "odd", "--replica-assignment", "1:x")).Error);
        using var json = JsonDocument.Parse((await node.Run("", "topics", "--describe", "--topic", "life", "--json")).Out);
        Assert.Equal(3, json.RootElement[0].GetProperty("partitions").GetArrayLength());

        Assert.Equal(0, (await node.Run("", "topics", "--delete", "--topic", "life")).ExitCode);
        Assert.Equal(1, (await node.Run("", "topics", "--delete", "--topic", "life")).ExitCode);
        Assert.Equal(0, (await node.Run("", "topics", "--delete", "--topic", "life", "--if-exists")).ExitCode);
        Assert.DoesNotContain("life", (await node.Run("", "topics", "--list")).Out);
    }

    [Fact]
    public async Task An_illegal_setting_of_a_topic_is_named()
    {
        var run = await node.Run("", "topics", "--create", "--topic", "illegal", "--config", "retention.ms=soon");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Invalid value soon for configuration retention.ms", run.Error);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task What_was_produced_is_consumed(string codec)
    {
        var topic = $"records-{codec}";
        await node.Run("", "topics", "--create", "--topic", topic);
        var produced = await node.Run(
            "h:1\tk\tv\nh:2\tk\tNULL\n", "produce", "--topic", topic, "--compression-codec", codec,
            "--property", "parse.headers=true", "--property", "parse.key=true", "--property", "null.marker=NULL", "--timeout", "0", "--json");

        var consumed = await node.Run(
            "", "consume", "--topic", topic, "--from-beginning", "--max-messages", "2",
            "--property", "print.key=true", "--property", "print.headers=true", "--property", "print.offset=true", "--property", "key.separator=|");

        Assert.Equal(0, produced.ExitCode);
        Assert.Equal(2, produced.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(new CommandRun(0, "Offset:0|h:1|k|v\nOffset:1|h:2|k|null\n", "Processed a total of 2 messages\n"), consumed);
    }

    [Fact]
    public async Task Consuming_from_an_offset_until_nothing_comes()
    {
        await node.Run("", "topics", "--create", "--topic", "tail");
        await node.Run("a\nb\nc\n", "produce", "--topic", "tail", "--timeout", "0");

        var consumed = await node.Run("", "consume", "--topic", "tail", "--partition", "0", "--offset", "1", "--timeout-ms", "3000", "--json");

        Assert.Equal(["b", "c"], consumed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task Settings_are_changed_and_put_back()
    {
        await node.Run("", "topics", "--create", "--topic", "settings");

        Assert.Equal(0, (await node.Run("", "configs", "--alter", "--topic", "settings", "--add-config", "cleanup.policy=[compact,delete],segment.bytes=1000")).ExitCode);
        Assert.Equal(
            "Dynamic configs for topic settings are:\n  NAME            VALUE           SOURCE\n  cleanup.policy  compact,delete  topic\n  segment.bytes   1000            topic\n",
            (await node.Run("", "configs", "--describe", "--topic", "settings")).Out);
        Assert.Equal(0, (await node.Run("", "configs", "--alter", "--topic", "settings", "--delete-config", "cleanup.policy,segment.bytes")).ExitCode);
        Assert.Equal("Dynamic configs for topic settings are:\n", (await node.Run("", "configs", "--describe", "--topic", "settings")).Out);
        Assert.Contains("offsets.topic.num.partitions", (await node.Run("", "configs", "--describe", "--broker", "1", "--all")).Out);
    }
}
