using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace ActorBroker.Harness;

/// <summary>One node driven through deploy/local-cluster, or through any program with the same verbs.</summary>
public sealed class Launcher(string program, string directory, int port, IReadOnlyList<string> settings)
{
    /// <summary>Where the node listens.</summary>
    public IPEndPoint Address { get; } = new(IPAddress.Loopback, port);

    /// <summary>The broker's process id since the last start.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Where it writes its log.</summary>
    public string LogFile => Path.Combine(directory, "1.log");

    /// <summary>Where it keeps its partitions.</summary>
    public string DataDirectory => Path.Combine(directory, "data-1");

    public void Start() => Spawned(Run("start", "--port", port.ToString(), settings));

    public void Restart() => Spawned(Run("restart", "--node", "1", []));

    /// <summary>kill -9, and waits until the process is gone.</summary>
    public void Kill()
    {
        Run("kill", "--node", "1", []);
        var clock = Stopwatch.StartNew();
        while (IsAlive && clock.Elapsed < TimeSpan.FromSeconds(10))
        {
            Thread.Yield();
        }
    }

    /// <summary>Whether the broker's process runs; one that ended and was not waited for does not.</summary>
    public bool IsAlive => ReadProcess("stat") is { } stat && stat[(stat.LastIndexOf(')') + 2)..][0] != 'Z';

    /// <summary>Resident memory of the broker in MiB; 0 when it is gone.</summary>
    public double ResidentMiB
    {
        get
        {
            var line = ReadProcess("status")?.Split('\n').FirstOrDefault(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]) / 1024;
        }
    }

    /// <summary>SIGTERM, and SIGKILL after ten seconds.</summary>
    public void Stop() => Run("stop", "--dir", directory, []);

    private string? ReadProcess(string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{ProcessId}/{file}");
        }
        catch (IOException)
        {
            return null;
        }
    }

    private void Spawned(string json)
    {
        using var document = JsonDocument.Parse(json);
        ProcessId = document.RootElement.GetProperty("nodes")[0].GetProperty("pid").GetInt32();
    }

    private string Run(string verb, string option, string value, IReadOnlyList<string> sets)
    {
        // Standard error is not redirected: the broker inherits nothing of ours, and the launcher's own words reach the terminal.
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        string[] arguments = [verb, "--dir", directory, .. option == "--dir" ? Array.Empty<string>() : [option, value], .. sets.SelectMany(set => new[] { "--set", set })];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {verb} ended with {process.ExitCode}");
    }
}
