using System.Diagnostics;

namespace ActorBroker.Faults.Machine;

/// <summary>Runs short programs of the operating system.</summary>
internal static class Command
{
    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or ends with an exit code other than 0; the message has its words.</exception>
    public static string Run(string program, params string[] arguments)
    {
        var (code, output, error) = Execute(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {code}: {error.Trim()}");
    }

    /// <summary>Runs a program to its end, whatever becomes of it.</summary>
    public static bool Try(string program, params string[] arguments)
    {
        try
        {
            return Execute(program, arguments).Code == 0;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static (int Code, string Output, string Error) Execute(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.Result);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"{program}: {error.Message}", error);
        }
    }
}
