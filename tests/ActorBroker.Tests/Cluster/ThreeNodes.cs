using System.Net;
using System.Net.Sockets;
using ActorBroker.Client;
using ActorBroker.Configuration;
using ActorBroker.Harness;
using ActorBroker.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Cluster;

/// <summary>A cluster of three nodes in this process, each controller and broker, with sockets on the loopback interface and a data directory of its own.</summary>
public sealed class ThreeNodes : IAsyncLifetime
{
    /// <summary>Nodes that have started but get no processor for a while are not taken for dead; news travel at once all the same.</summary>
    private const string Patient = """
        akka.cluster {
          failure-detector.acceptable-heartbeat-pause = 60s
          seed-node-timeout = 1s
          retry-unsuccessful-join-after = 1s
          periodic-tasks-initial-delay = 100ms
          gossip-interval = 200ms
          leader-actions-interval = 200ms
        }
        """;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("three-nodes-");
    private readonly SortedDictionary<int, Node> nodes = [];

    /// <summary>The addresses of all three for clients, of stopped nodes too.</summary>
    public string Bootstrap { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var ports = FreePorts(6);
        var clients = ports[..3];
        var voters = string.Join(',', ports[3..].Select((port, i) => $"{i + 1}@127.0.0.1:{port}"));
        Bootstrap = string.Join(',', clients.Select(port => $"127.0.0.1:{port}"));
        for (var id = 1; id <= 3; id++)
        {
            nodes[id] = Start(id, clients[id - 1], voters);
        }

        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = Bootstrap });
        await Eventually.Holds(() => IsWholeAsync(admin), "all three brokers are in the cluster");
    }

    /// <summary>Stops a node as SIGTERM does: it hands over what it leads, and ends.</summary>
    public async Task StopAsync(int id)
    {
        Assert.True(nodes.Remove(id, out var node));
        await node.StopAsync();
    }

    public async Task DisposeAsync()
    {
        // Together: of three the last two would wait for each other's vote.
        await Task.WhenAll(nodes.Values.Select(node => node.StopAsync()));
        directory.Delete(recursive: true);
    }

    private Node Start(int id, int port, string voters)
    {
        var sources = new SettingSources
        {
            DataDir = Path.Combine(directory.FullName, $"{id}"),
            Listeners = [$"127.0.0.1:{port}"],
            Sets = [$"node.id={id}", $"controller.quorum.voters={voters}", "broker.session.timeout.ms=60000", "group.initial.rebalance.delay.ms=0"],
        };
        var options = OptionsLoader.Load(sources).Options;
        return new Node(options with { AkkaHocon = $"{Patient}\n{options.AkkaHocon}" });
    }

    private async Task<bool> IsWholeAsync(KafkaAdmin admin)
    {
        Assert.DoesNotContain(nodes.Values, node => node.HasEnded);
        try
        {
            return (await admin.DescribeClusterAsync()).Brokers.Count == nodes.Count;
        }
        catch (KafkaException)
        {
            return false;
        }
    }

    /// <summary>Ports that were free a moment ago, no two alike.</summary>
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private sealed class Node
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task<int> run;

        public Node(Model.Options.BrokerOptions options) => run = Task.Run(() => BrokerHost.RunAsync(options, NullLoggerFactory.Instance, stop.Token));

        public bool HasEnded => run.IsCompleted;

        public async Task StopAsync()
        {
            await stop.CancelAsync();
            Assert.Equal(0, await run.WaitAsync(Eventually.Deadline));
            stop.Dispose();
        }
    }
}
