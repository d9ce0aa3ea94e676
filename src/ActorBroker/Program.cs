using System.Runtime.CompilerServices;
using ActorBroker;
using ActorBroker.Cli;
using ActorBroker.Start;

// A node's start reads its few options by hand: the command line library would cost it a tenth of its time.
return StartArguments.IsStart(args) ? await Start(args) : await Command(args);

[MethodImpl(MethodImplOptions.NoInlining)]
static Task<int> Start(string[] args) => StartCommand.RunAsync(args, CancellationToken.None);

[MethodImpl(MethodImplOptions.NoInlining)]
static async Task<int> Command(string[] args)
{
    if (args is ["--version"])
    {
        Console.Out.WriteLine($"actorbroker {ProgramVersion.Long}");
        return ExitCode.Ok;
    }

    return await CommandLine.RunAsync(args, CommandContext.OfProcess());
}
