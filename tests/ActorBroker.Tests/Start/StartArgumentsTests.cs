using ActorBroker.Configuration;
using ActorBroker.Start;

namespace ActorBroker.Tests.Start;

public sealed class StartArgumentsTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("start", true)]
    [InlineData("start --set a=b", true)]
    [InlineData("--config x.conf", true)]
    [InlineData("--help", false)]
    [InlineData("start --help", false)]
    [InlineData("--version", false)]
    [InlineData("topics --list", false)]
    public void Without_another_verb_a_node_is_started(string line, bool starts) =>
        Assert.Equal(starts, StartArguments.IsStart(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void Options_take_their_value_after_a_space_or_an_equals_sign()
    {
        var sources = StartArguments.Parse(["start", "--config", "a.conf", "--data-dir=/d", "--set", "x=y", "--set=z=1", "--listener", "127.0.0.1:1", "--properties", "p"]);

        Assert.Equal(("a.conf", "/d", "p"), (sources.ConfigFile, sources.DataDir, sources.PropertiesFile));
        Assert.Equal(["x=y", "z=1"], sources.Sets);
        Assert.Equal(["127.0.0.1:1"], sources.Listeners);
    }

    [Theory]
    [InlineData("--confg x", "unknown option --confg; did you mean --config?")]
    [InlineData("start nonsense", "unknown argument nonsense; see actorbroker start --help.")]
    [InlineData("--set", "--set needs a value; see actorbroker start --help.")]
    public void Mistakes_are_named(string line, string problem) =>
        Assert.Equal(problem, Assert.Throws<OptionsException>(() => StartArguments.Parse(line.Split(' '))).Message);
}
