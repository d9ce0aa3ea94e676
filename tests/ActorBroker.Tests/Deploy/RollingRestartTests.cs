using ActorBroker.Client;
using ActorBroker.Tests.Cluster;

namespace ActorBroker.Tests.Deploy;

/// <summary><c>deploy/rolling-restart</c>, with a command that says whom it would restart.</summary>
public sealed class RollingRestartTests(ThreeNodes cluster) : IClassFixture<ThreeNodes>
{
    [Fact]
    public async Task While_a_node_is_fenced_none_is_restarted()
    {
        await CreateAsync("fenced");
        await cluster.StopAsync(3);

        var all = await RunAsync(cluster.Bootstrap, "--wait-ms", "1000");
        var others = await RunAsync(cluster.Bootstrap, "--wait-ms", "1000", "--nodes", "1,2");

        await cluster.StartAsync(3);
        Assert.Equal((1, 1), (all.ExitCode, others.ExitCode));
        Assert.DoesNotContain("would restart", all.Out + others.Out, StringComparison.Ordinal);
        Assert.Contains("nodes that are not up: 3", all.Error, StringComparison.Ordinal);
        Assert.Contains("fenced-0 (in sync [", all.Error, StringComparison.Ordinal);
        Assert.Contains("fenced-0 (in sync [", others.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_comes_back_in_time_is_waited_for_and_restarted_with_the_others()
    {
        await CreateAsync("awaited");
        await cluster.StopAsync(3);

        var run = RunAsync(cluster.Bootstrap, "--wait-ms", "60000");
        await cluster.StartAsync(3);
        var (exit, output, error) = await run;

        Assert.True(exit == 0, output + error);
        Assert.Equal(["would restart 1", "would restart 2", "would restart 3"], output.Split('\n').Where(line => line.StartsWith("would", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_asked_is_a_failure()
    {
        var run = await RunAsync($"127.0.0.1:{FreePorts.One()}");

        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Matches("^rolling-restart: actorbroker: [^\n]*cannot be reached[^\n]*\n$", run.Error);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_a_failure()
    {
        var run = await ScriptRun.Of("rolling-restart", "/nowhere/actorbroker", "--bootstrap-server", cluster.Bootstrap, "--restart", "echo would restart {}");

        Assert.Equal((1, ""), (run.ExitCode, run.Out));
        Assert.Matches("^rolling-restart: there is no program /nowhere/actorbroker[^\n]*\n$", run.Error);
    }

    private static Task<ScriptRun> RunAsync(string bootstrap, params string[] more) =>
        ScriptRun.Of("rolling-restart", ScriptRun.Program, ["--bootstrap-server", bootstrap, "--restart", "echo would restart {}", .. more]);

    private async Task CreateAsync(string topic)
    {
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = cluster.Bootstrap });
        (await admin.CreateTopicsAsync([new NewTopic(topic, Partitions: 1, ReplicationFactor: 3)]))[0].ThrowIfFailed();
    }
}
