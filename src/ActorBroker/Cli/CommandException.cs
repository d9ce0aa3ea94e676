namespace ActorBroker.Cli;

/// <summary>A command that cannot go on, with the reason for its user.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The command line contradicts itself or lacks something.</summary>
    public static CommandException Usage(string message) => new(message, ActorBroker.ExitCode.Usage);
}
