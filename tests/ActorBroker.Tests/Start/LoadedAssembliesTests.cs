using System.Diagnostics;
using System.Net;
using System.Runtime.InteropServices;
using ActorBroker.Client;
using ActorBroker.Tests.Deploy;

namespace ActorBroker.Tests.Start;

/// <summary>The built program as a process: what it has mapped.</summary>
public sealed class LoadedAssembliesTests
{
    private static readonly string[] OfClusters =
        ["Akka.Remote.", "Akka.Cluster.", "Akka.Cluster.Tools.", "Akka.Cluster.Sharding.", "Akka.DistributedData.", "DotNetty.", "Google.Protobuf."];

    [Fact]
    public async Task A_node_alone_that_serves_a_topic_has_loaded_nothing_of_clusters()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var directory = Scratch.Create("alone-");
        var address = new IPEndPoint(IPAddress.Loopback, FreePorts.One());
        using var node = Start(address, directory);
        try
        {
            await Task.Run(() => BrokerCalls.AwaitMetadata(address, Eventually.Deadline));
            await using (var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = address.ToString() }))
            {
                (await admin.CreateTopicsAsync([new NewTopic("t", Partitions: 3, ReplicationFactor: 1)]))[0].ThrowIfFailed();
            }

            var loaded = await LoadedBy(node);

            Assert.Contains("Akka.dll", loaded);
            Assert.DoesNotContain(loaded, file => Array.Exists(OfClusters, name => file.StartsWith(name, StringComparison.OrdinalIgnoreCase)));
        }
        finally
        {
            node.Kill();
            await node.WaitForExitAsync();
            directory.Delete(recursive: true);
        }
    }

    private static async Task<IReadOnlyList<string>> LoadedBy(Process process) =>
    [
        .. (await File.ReadAllLinesAsync($"/proc/{process.Id}/maps"))
            .Select(line => Path.GetFileName(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1]))
            .Where(file => file.EndsWith(".dll", StringComparison.Ordinal))
            .Distinct()
    ];

    private static Process Start(IPEndPoint address, DirectoryInfo directory)
    {
        var start = new ProcessStartInfo(ScriptRun.Program, ["start", "--listener", address.ToString(), "--data-dir", directory.FullName, "--set", "actorbroker.log-level=off"]);
        // Of this very runtime: shared/Microsoft.NETCore.App/VERSION lies below it.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        return Process.Start(start)!;
    }
}
