using ActorBroker.Client;
using ActorBroker.Configuration;
using ActorBroker.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace ActorBroker.Tests.Cluster;

/// <summary>A cluster of three nodes in this process, each controller and broker, with sockets on the loopback interface and a data directory of its own.</summary>
public sealed class ThreeNodes : IAsyncLifetime, IAsyncDisposable
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

    private readonly DirectoryInfo directory = Scratch.Create("three-nodes-");
    private readonly SortedDictionary<int, Node> nodes = [];
    private int[] clients = [];
    private string voters = "";

    /// <summary>The addresses of all three for clients, of stopped nodes too.</summary>
    public string Bootstrap { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var ports = FreePorts.Some(6);
        clients = ports[..3];
        voters = string.Join(',', ports[3..].Select((port, i) => $"{i + 1}@127.0.0.1:{port}"));
        Bootstrap = string.Join(',', clients.Select(port => $"127.0.0.1:{port}"));
        for (var id = 1; id <= 3; id++)
        {
            nodes[id] = Start(id);
        }

        await AwaitWholeAsync();
    }

    /// <summary>The data directory of a node.</summary>
    public string DirectoryOf(int id) => Path.Combine(directory.FullName, $"{id}");

    /// <summary>Starts a node that was stopped, and waits until it is back in the cluster.</summary>
    public async Task StartAsync(int id)
    {
        nodes.Add(id, Start(id));
        await AwaitWholeAsync();
    }

    /// <summary>Stops a node as SIGTERM does: it hands over what it leads, and ends.</summary>
    public async Task StopAsync(int id)
    {
        Assert.True(nodes.Remove(id, out var node));
        await node.StopAsync();
    }

    public async Task DisposeAsync()
    {
        await Task.WhenAll(nodes.Values.Select(node => node.StopAsync()));
        directory.Delete(recursive: true);
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    private async Task AwaitWholeAsync()
    {
        await using var admin = new KafkaAdmin(new ClientOptions { BootstrapServers = Bootstrap });
        await Eventually.Holds(() => IsWholeAsync(admin), "all brokers that run are in the cluster");
    }

    private Node Start(int id)
    {
        var sources = new SettingSources
        {
            DataDir = DirectoryOf(id),
            Listeners = [$"127.0.0.1:{clients[id - 1]}"],
            Sets = [$"node.id={id}", $"controller.quorum.voters={voters}", "actorbroker.cluster.links.listener=127.0.0.1:0", "broker.session.timeout.ms=60000", "actorbroker.node.shutdown-timeout=10m", "group.initial.rebalance.delay.ms=0"],
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
