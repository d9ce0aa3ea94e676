using ActorBroker.Cli;

namespace ActorBroker.Tests.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("topics")]
    [InlineData("topics --list --create")]
    [InlineData("topics --create")]
    [InlineData("topics --nonsense")]
    [InlineData("topics --create --topic t --partitions many")]
    [InlineData("nonsense")]
    [InlineData("consume")]
    [InlineData("consume --topic t --offset 5")]
    [InlineData("consume --topic t --property print.kee=true")]
    [InlineData("produce --topic t --compression-codec zip")]
    [InlineData("configs --describe")]
    [InlineData("configs --describe --entity-type planets")]
    [InlineData("dump-log")]
    [InlineData("groups --describe")]
    public async Task A_command_line_that_cannot_be_used_exits_with_2_and_says_why(string line)
    {
        var run = await CommandRun.Of(line.Split(' '));

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith("actorbroker: ", run.Error);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task A_broker_that_is_not_there_exits_with_1()
    {
        var run = await CommandRun.Of("dump-log", "--files", "/nowhere/00000000000000000000.log");

        Assert.Equal(1, run.ExitCode);
        Assert.Equal("actorbroker: /nowhere/00000000000000000000.log: there is no such file.\n", run.Error);
    }

    [Theory]
    [InlineData("--help", "topics")]
    [InlineData("start --help", "--properties")]
    [InlineData("topics --help", "--replication-factor")]
    [InlineData("produce --help", "--compression-codec")]
    [InlineData("consume --help", "--from-beginning")]
    [InlineData("groups --help", "--reset-offsets")]
    [InlineData("configs --help", "--add-config")]
    [InlineData("dump-log --help", "--print-data-log")]
    public async Task Help_names_the_options(string line, string expected)
    {
        var run = await CommandRun.Of(line.Split(' '));

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(expected, run.Out);
    }

    [Fact]
    public void Tables_align_and_hold_no_colours_where_nobody_looks()
    {
        var output = new StringWriter { NewLine = "\n" };
        var context = new CommandContext(Stream.Null, output, TextWriter.Null, IsTerminal: false, InputIsTerminal: false);

        context.Table(["NAME", "#SIZE", "[X]"], [["a", "1000", "x"], [new string('b', 100), "1", ""]]);

        Assert.Equal($"NAME{new string(' ', 98)}SIZE  [X]\na{new string(' ', 101)}1000  x\n{new string('b', 100)}     1\n", output.ToString());
    }

    [Fact]
    public void Settings_with_commas_stand_in_brackets() =>
        Assert.Equal(
            [new("cleanup.policy", "compact,delete"), new("retention.ms", "5")],
            ConfigsCommand.ParseAssignments("cleanup.policy=[compact,delete], retention.ms=5"));
}
