using System.Diagnostics;
using System.Text.Json;
using ActorBroker.Tests.Cluster;
using ActorBroker.Tests.Hosting;

namespace ActorBroker.Tests.Cli;

/// <summary><c>cluster</c> where nodes are missing.</summary>
public sealed class ClusterCommandTests
{
    [Fact]
    public async Task An_address_that_cannot_be_connected_to_is_given_up_soon()
    {
        var clock = Stopwatch.StartNew();

        var run = await CommandRun.Of("cluster", "--bootstrap-server", $"127.0.0.1:{FreePorts.One()}");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("cannot be reached", run.Error, StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Waiting_for_a_node_goes_on_while_nobody_can_be_asked()
    {
        await using var node = new LoggedNode();
        string[] bootstrap = ["--bootstrap-server", node.Address.ToString()];

        var waiting = CommandRun.Of(["cluster", "--in-sync", "1", "--wait-ms", "120000", .. bootstrap]);
        for (var i = 0; i < 2; i++)
            Assert.Equal(1, (await CommandRun.Of(["cluster", .. bootstrap])).ExitCode);
        node.Start("node.id=1");

        Assert.Equal(new CommandRun(0, "", ""), await waiting);
    }

    [Fact]
    public async Task Without_a_majority_the_controllers_that_do_not_answer_are_named()
    {
        await using var cluster = new ThreeNodes();
        await cluster.InitializeAsync();
        string[] bootstrap = ["--bootstrap-server", cluster.Bootstrap];

        await cluster.StopAsync(3);
        await Eventually.Holds(async () => (await CommandRun.Of(["cluster", .. bootstrap])).Out.Contains("\nQuorum: controller 3 does not answer.\n"), "node 3 is missed");
        await cluster.StopAsync(2);

        var run = new CommandRun(0, "", "");
        await Eventually.Holds(
            async () => (run = await CommandRun.Of(["cluster", .. bootstrap])).Out.Contains("\nQuorum: no majority: controllers 2 and 3 do not answer."),
            "node 2 is missed too", () => run.ToString());
        Assert.Contains("  Controller: none  ", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Committed: 0\n", run.Out, StringComparison.Ordinal);
        Assert.Equal(1, (await CommandRun.Of(["cluster", "--in-sync", "1", .. bootstrap])).ExitCode);
        using var json = JsonDocument.Parse((await CommandRun.Of(["cluster", "--json", .. bootstrap])).Out);
        Assert.All(json.RootElement.GetProperty("nodes").EnumerateArray(), one => Assert.Equal("controller", one.GetProperty("roles")[0].GetString()));
        Assert.Equal([2, 3], json.RootElement.GetProperty("silentControllers").EnumerateArray().Select(one => one.GetInt32()));
        Assert.False(json.RootElement.GetProperty("hasMajority").GetBoolean());
    }
}
