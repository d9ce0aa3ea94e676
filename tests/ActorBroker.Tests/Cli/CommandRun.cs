using System.Text;
using ActorBroker.Cli;

namespace ActorBroker.Tests.Cli;

/// <summary>A command that ran, with what it printed.</summary>
internal sealed record CommandRun(int ExitCode, string Out, string Error)
{
    public static async Task<CommandRun> Of(params string[] args)
    {
        var (output, error) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var exitCode = await CommandLine.RunAsync(args, new CommandContext(new MemoryStream(Encoding.UTF8.GetBytes("")), output, error, IsTerminal: false, InputIsTerminal: false));
        return new CommandRun(exitCode, output.ToString(), error.ToString());
    }
}
