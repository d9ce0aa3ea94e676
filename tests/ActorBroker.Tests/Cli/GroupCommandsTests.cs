using System.Text.Json;

namespace ActorBroker.Tests.Cli;

/// <summary>The command groups against a node in this process.</summary>
public sealed class GroupCommandsTests(RunningNode node) : IClassFixture<RunningNode>
{
    [Fact]
    public async Task A_groups_offsets_are_committed_shown_moved_and_deleted()
    {
        await node.Run("", "topics", "--create", "--topic", "orders");
        await node.Run("a\nb\nc\nd\n", "produce", "--topic", "orders", "--timeout", "0");

        var first = await node.Run("", "consume", "--topic", "orders", "--group", "g1", "--from-beginning", "--max-messages", "3");
        Assert.Equal("a\nb\nc\n", first.Out);
        var second = await node.Run("", "consume", "--topic", "orders", "--group", "g1", "--max-messages", "1");
        Assert.Equal("d\n", second.Out);

        Assert.Contains("g1", (await node.Run("", "groups", "--list")).Out);
        Assert.Contains("Empty", (await node.Run("", "groups", "--list", "--state")).Out);
        var described = await node.Run("", "groups", "--describe", "--group", "g1");
        Assert.Equal(0, described.ExitCode);
        Assert.Contains("has no active members", described.Error);
        Assert.Matches("GROUP  TOPIC   PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST  CLIENT-ID\ng1     orders          0               4               4    0  -            -     -", described.Out);

        var dryRun = await node.Run("", "groups", "--reset-offsets", "--group", "g1", "--topic", "orders", "--to-earliest");
        Assert.Contains("No action will be performed", dryRun.Error);
        Assert.Equal(4, await CurrentOffset());

        await Reset("--to-offset", "2");
        Assert.Equal(2, await CurrentOffset());
        await Reset("--shift-by", "-1");
        Assert.Equal(1, await CurrentOffset());
        Assert.Contains("Value will be set to 4", (await Reset("--shift-by", "100")).Error);
        Assert.Equal(4, await CurrentOffset());
        await Reset("--by-duration", "P1D");
        Assert.Equal(0, await CurrentOffset());
        Assert.Equal("\"orders\",0,4\n", (await node.Run("", "groups", "--reset-offsets", "--group", "g1", "--topic", "orders:0", "--to-latest", "--export", "--dry-run")).Out);

        Assert.Contains("Successful", (await node.Run("", "groups", "--delete-offsets", "--group", "g1", "--topic", "orders")).Out);
        Assert.Equal("Deletion of requested consumer groups ('g1') was successful.\n", (await node.Run("", "groups", "--delete", "--group", "g1")).Out);
        var gone = await node.Run("", "groups", "--describe", "--group", "g1");
        Assert.Equal((1, "Error: Consumer group 'g1' does not exist.\n"), (gone.ExitCode, gone.Error));

        Task<CommandRun> Reset(params string[] scenario) => node.Run("", ["groups", "--reset-offsets", "--group", "g1", "--topic", "orders", "--execute", .. scenario]);

        async Task<long> CurrentOffset()
        {
            using var json = JsonDocument.Parse((await node.Run("", "groups", "--describe", "--group", "g1", "--json")).Out);
            return json.RootElement[0].GetProperty("offsets")[0].GetProperty("currentOffset").GetInt64();
        }
    }

    [Fact]
    public async Task Resetting_without_a_scenario_is_a_mistake()
    {
        var run = await node.Run("", "groups", "--reset-offsets", "--group", "g2", "--all-topics", "--execute");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--reset-offsets needs one of --to-earliest", run.Error);
    }
}
