using ActorBroker.Configuration;
using ActorBroker.Hosting;
using ActorBroker.Model.Options;

namespace ActorBroker.Start;

/// <summary>Runs a node until it is asked to stop.</summary>
internal static class StartCommand
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellation)
    {
        LoadedOptions loaded;
        try
        {
            loaded = OptionsLoader.Load(StartArguments.Parse(args));
        }
        catch (OptionsException error)
        {
            await Console.Error.WriteLineAsync("actorbroker cannot start with these settings:");
            foreach (var problem in error.Problems)
                await Console.Error.WriteLineAsync($"  {problem}");
            return ExitCode.Usage;
        }

        using var log = new ConsoleLog(Console.Out, loaded.Options.LogLevel);
        foreach (var warning in loaded.Warnings)
            log.Write(LogSeverity.Warning, "settings", warning);
        return await BrokerHost.RunAsync(loaded.Options, log, cancellation).ConfigureAwait(false);
    }
}
