using System.Text;
using ActorBroker.Cli;

namespace ActorBroker.Tests.Cli;

/// <summary>A command that ran, with what it printed.</summary>
internal sealed record CommandRun(int ExitCode, string Out, string Error)
{
    public static Task<CommandRun> Of(params string[] args) => Of("", args);

    public static async Task<CommandRun> Of(string input, string[] args)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var context = new CommandContext(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, error, IsTerminal: false, InputIsTerminal: false);
        return new CommandRun(await CommandLine.RunAsync(args, context), output.ToString(), error.ToString());
    }
}
