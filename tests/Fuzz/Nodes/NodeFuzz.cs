using System.Net;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>Throws mutated frames at a port between nodes of a running cluster and checks that nobody notices: nodes alive, memory bounded, the cluster whole and serving.</summary>
internal static class NodeFuzz
{
    private const int Nodes = 3;

    /// <summary>The node that is attacked; clients ask another one.</summary>
    private const int Victim = 2;

    /// <summary>Of the cluster port from a node's port for clients, as deploy/local-cluster has it.</summary>
    private const int ClusterPorts = 101;

    /// <summary>In bytes, hexadecimal: more than the nodes may have.</summary>
    private const string HeapLimit = "60000000";

    /// <param name="target"><c>cluster</c> or <c>link</c>.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string target, Options options)
    {
        var (frames, seed) = (options.Number("frames", 1_000_000), options.Number("seed", Environment.TickCount & 0xffff));
        var directory = options.Text("dir", "");
        var temporary = directory.Length == 0 ? directory = Directory.CreateTempSubdirectory("fuzz.").FullName : null;
        var first = FreePorts.With(1, 2, ClusterPorts, ClusterPorts + 1, ClusterPorts + 2);
        var cluster = new Launcher(
            options.Text("launcher", "deploy/local-cluster"), directory, first, [.. options.Text("set", "").Split(',', StringSplitOptions.RemoveEmptyEntries)], Nodes);
        var report = new CheckReport("fuzz");
        Console.WriteLine($"fuzz     seed {seed}, {frames} frames at the {target} port of node {Victim} of {Nodes}, logs in {directory}");

        // A node that grows without bound shall end, not the machine.
        Environment.SetEnvironmentVariable("DOTNET_GCHeapHardLimit", HeapLimit);
        cluster.Start();
        var watch = new ClusterWatch(cluster, Nodes, TimeSpan.FromMilliseconds(options.Number("max-answer-ms", 10_000)));
        watch.Start();
        var port = options.Number("port", first + ClusterPorts + Victim - 1);
        var secrets = new NodeSecrets(watch.ClusterId, CookieOf(directory), Victim, port);
        INodeProtocol protocol = target == "link" ? new LinkProtocol(secrets, new Random(seed)) : new ClusterProtocol(secrets, new Random(seed));
        var connections = options.Number("connections", 8);
        var attackers = Enumerable.Range(0, connections).Select(i => new NodeAttacker(
            new IPEndPoint(IPAddress.Loopback, port), protocol, (frames / connections) + (i < frames % connections ? 1 : 0), unchecked((seed * 31) + i), i)).ToList();
        attackers.ForEach(attacker => attacker.Start());
        attackers.ForEach(attacker => attacker.Join());
        watch.Stop();

        Judge(report, cluster, watch, attackers, frames, options.Number("max-rss-mib", 1024));
        cluster.Stop();
        if (temporary is not null && report.ExitCode == 0)
        {
            Directory.Delete(temporary, recursive: true);
        }

        report.Close();
        return report.ExitCode;
    }

    private static void Judge(CheckReport report, Launcher cluster, ClusterWatch watch, List<NodeAttacker> attackers, int frames, int limitMiB)
    {
        var sent = attackers.Sum(attacker => attacker.Sent);
        var (entered, answered) = (attackers.Sum(attacker => attacker.Entered), attackers.Sum(attacker => attacker.AnsweredInside));
        report.Add("all frames were sent", sent == frames, $"{sent} frames over {attackers.Sum(attacker => attacker.Connects)} connections; {attackers.Sum(attacker => attacker.AnsweredOutside)} strangers were answered");
        report.Add("who knows the cookie was listened to", entered > 0 && answered > 0, $"{entered} times let in, {attackers.Sum(attacker => attacker.SentInside)} frames there, {answered} answered");
        var gone = cluster.Processes.Where(process => !process.IsAlive).Select(process => process.Id).ToList();
        report.Add("all nodes stay alive", gone.Count == 0, string.Join(", ", gone.Select(id => $"process {id} is gone")));
        report.Add("the cluster answers and writes all the time", watch.Problems.Count == 0 && watch.Answers > 0,
            watch.Problems.Count == 0 ? $"{watch.Answers} records, the slowest after {watch.SlowestMs} ms" : $"{watch.Problems.Count} times not: {string.Join("; ", watch.Problems.Take(5))}");
        report.Add("the nodes' memory is bounded", watch.PeakMiB <= limitMiB, $"at most {watch.PeakMiB:0} MiB resident in one of them, {limitMiB} allowed");
        report.Add("the cluster is whole and has all records", watch.Verify(out var verdict), verdict);
        for (var id = 1; id <= Nodes; id++)
        {
            report.Add($"nothing in the log of node {id} is unhandled", BrokerLog.Unhandled(cluster.LogFileOf(id), out var lines), lines);
        }
    }

    /// <summary>What the launcher has made up for its nodes.</summary>
    private static string CookieOf(string directory)
    {
        const string key = "cluster.cookie=";
        return File.ReadLines(Path.Combine(directory, "1.settings")).Last(line => line.StartsWith(key, StringComparison.Ordinal))[key.Length..];
    }
}
