using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ActorBroker.Tests.Deploy;

/// <summary>A script of <c>deploy/</c> that ran, with what it printed.</summary>
internal sealed record ScriptRun(int ExitCode, string Out, string Error)
{
    /// <summary>The program that was built with these tests, for ACTORBROKER.</summary>
    public static string Program { get; } = Path.Combine(AppContext.BaseDirectory, "actorbroker");

    /// <param name="program">What ACTORBROKER names.</param>
    public static async Task<ScriptRun> Of(string name, string program, params string[] args)
    {
        var start = new ProcessStartInfo(Path.Combine(Checkout.Root, "deploy", name), args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ACTORBROKER"] = program;
        // Of this very runtime: shared/Microsoft.NETCore.App/VERSION lies below it.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ScriptRun(process.ExitCode, output, await error);
    }
}
