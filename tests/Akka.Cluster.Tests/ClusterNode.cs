using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;
using Akka.TestKit;

namespace Akka.Cluster.Tests;

/// <summary>A system of a cluster on 127.0.0.1, in this process, with settings that suit a test: short intervals, a free port.</summary>
internal sealed class ClusterNode : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Defaults = """
        akka {
          loglevel = INFO
          stdout-loglevel = OFF
          loggers = ["Akka.Cluster.Tests.LogLines, Akka.Cluster.Tests"]
          log-dead-letters = off
          actor.provider = cluster
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          cluster {
            seed-node-timeout = 500ms
            gossip-interval = 200ms
            leader-actions-interval = 200ms
            unreachable-nodes-reaper-interval = 100ms
            periodic-tasks-initial-delay = 100ms
            failure-detector { heartbeat-interval = 100ms, acceptable-heartbeat-pause = 2s }
            split-brain-resolver.stable-after = 2s
          }
        }
        """;

    private ClusterNode(ActorSystem system)
    {
        System = system;
        Cluster = Cluster.Get(system);
    }

    public ActorSystem System { get; }

    public Cluster Cluster { get; }

    public Address Address => Cluster.SelfAddress;

    public IEnumerable<string> LogLines => Akka.Cluster.Tests.LogLines.Of(System);

    public static ClusterNode Start(string hocon = "") =>
        new(ActorSystem.Create("test", ConfigurationFactory.ParseString(hocon).WithFallback(ConfigurationFactory.ParseString(Defaults))));

    /// <summary>Starts a node that joins by the first of the others.</summary>
    public static ClusterNode StartAndJoin(ClusterNode by, string hocon = "")
    {
        ClusterNode node = Start(hocon);
        node.Cluster.Join(by.Address);
        return node;
    }

    /// <summary>Starts nodes that join by the first of them, and waits until all see all Up.</summary>
    public static async Task<ClusterNodes> StartCluster(int count, string hocon = "")
    {
        var first = Start(hocon);
        first.Cluster.Join(first.Address);
        ClusterNodes nodes = new([first, .. Enumerable.Range(1, count - 1).Select(_ => StartAndJoin(first, hocon))]);
        await AllSee(nodes, nodes);
        return nodes;
    }

    /// <summary>Waits until each of the observers sees these members Up and no others.</summary>
    public static async Task AllSee(IEnumerable<ClusterNode> observers, IReadOnlyCollection<ClusterNode> members)
    {
        foreach (ClusterNode observer in observers)
        {
            await Eventually(
                () => observer.Cluster.State.Members.Count == members.Count
                    && members.All(m => observer.Cluster.State.Members.Any(seen => seen.UniqueAddress.Equals(m.Cluster.SelfUniqueAddress) && seen.Status == MemberStatus.Up)),
                observer.Describe);
        }
    }

    public static Task Eventually(Func<bool> condition, Func<string>? state = null) => ActorBroker.Harness.Eventually.Holds(condition, details: state);

    /// <summary>The events of types that the cluster publishes from now on.</summary>
    public ChannelReader<object> Subscribe(ClusterEvent.SubscriptionInitialStateMode mode, params Type[] types)
    {
        var heard = Channel.CreateUnbounded<object>();
        Cluster.Subscribe(System.ActorOf(Props.Create(() => new Listener(heard.Writer))), mode, types);
        return heard.Reader;
    }

    /// <summary>What the node knows and has logged, for a test that fails.</summary>
    public string Describe() => $"{Address} sees {Cluster.Membership.Gossip}{Environment.NewLine}{string.Join(Environment.NewLine, LogLines)}";

    /// <summary>Ends the process as far as others can see: sockets close, nothing is said.</summary>
    public Task Crash() => ((Remote.RemoteActorRefProvider)((ExtendedActorSystem)System).Provider).Transport.Shutdown();

    public async ValueTask DisposeAsync()
    {
        Cluster.Shutdown();
        await System.Terminate().WaitAsync(Patience);
    }

    private sealed class Listener(ChannelWriter<object> to) : UntypedActor
    {
        protected override void OnReceive(object message) => to.TryWrite(message);
    }
}

/// <summary>Systems that end with the test, all at once.</summary>
internal sealed class ClusterNodes(params ClusterNode[] nodes) : List<ClusterNode>(nodes), IAsyncDisposable
{
    public async ValueTask DisposeAsync() => await Task.WhenAll(this.Select(n => n.DisposeAsync().AsTask()));
}

/// <summary>Keeps the log lines of each system, so that tests can read them.</summary>
internal sealed class LogLines : UntypedActor
{
    private static readonly System.Runtime.CompilerServices.ConditionalWeakTable<ActorSystem, System.Collections.Concurrent.ConcurrentQueue<string>> Lines = [];

    public static IEnumerable<string> Of(ActorSystem system) => Lines.GetOrCreateValue(system);

    protected override void OnReceive(object message)
    {
        if (message is InitializeLogger) Sender.Tell(new LoggerInitialized(), Self);
        else if (message is LogEvent line) Lines.GetOrCreateValue(Context.System).Enqueue($"{line.Timestamp:HH:mm:ss.fff} {line.LogLevel()} {line.Message}");
    }
}
