using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace ActorBroker.Harness;

/// <summary>One node, or a cluster of which the first one is meant where none is named, driven through deploy/local-cluster or any program with the same verbs.</summary>
public sealed class Launcher(string program, string directory, int port, IReadOnlyList<string> settings, int nodes = 1)
{
    /// <summary>Where the node listens.</summary>
    public IPEndPoint Address => AddressOf(1);

    /// <summary>All nodes' processes since the last start, in the order of their ids.</summary>
    public IReadOnlyList<LaunchedProcess> Processes { get; private set; } = [];

    /// <summary>The broker's process id since the last start.</summary>
    public int ProcessId => Processes[0].Id;

    /// <summary>Where it writes its log.</summary>
    public string LogFile => LogFileOf(1);

    /// <summary>Where it keeps its partitions.</summary>
    public string DataDirectory => Path.Combine(directory, "data-1");

    public IPEndPoint AddressOf(int id) => new(IPAddress.Loopback, port + id - 1);

    public string LogFileOf(int id) => Path.Combine(directory, $"{id}.log");

    public void Start() => Spawned(Run("start", "--port", port.ToString(), settings, nodes > 1 ? ["--nodes", nodes.ToString()] : []));

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

    /// <inheritdoc cref="LaunchedProcess.IsAlive"/>
    public bool IsAlive => Processes[0].IsAlive;

    /// <inheritdoc cref="LaunchedProcess.ResidentMiB"/>
    public double ResidentMiB => Processes[0].ResidentMiB;

    /// <summary>SIGTERM, and SIGKILL after ten seconds.</summary>
    public void Stop() => Run("stop", "--dir", directory, []);

    private void Spawned(string json)
    {
        using var document = JsonDocument.Parse(json);
        Processes = [.. document.RootElement.GetProperty("nodes").EnumerateArray().Select(node => new LaunchedProcess(node.GetProperty("pid").GetInt32()))];
    }

    private string Run(string verb, string option, string value, IReadOnlyList<string> sets, IReadOnlyList<string>? more = null)
    {
        // Standard error is not redirected: the broker inherits nothing of ours, and the launcher's own words reach the terminal.
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        string[] arguments = [verb, "--dir", directory, .. option == "--dir" ? Array.Empty<string>() : [option, value], .. more ?? [], .. sets.SelectMany(set => new[] { "--set", set })];
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
