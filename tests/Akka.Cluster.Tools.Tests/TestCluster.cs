using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;

namespace Akka.Cluster.TestSupport;

/// <summary>Systems of one cluster on 127.0.0.1, in this process, with short intervals.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private const string Defaults = """
        akka {
          loglevel = WARNING
          stdout-loglevel = OFF
          log-dead-letters = off
          actor.provider = cluster
          coordinated-shutdown { run-by-clr-shutdown-hook = off, run-by-actor-system-terminate = off }
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          cluster {
            seed-node-timeout = 500ms
            gossip-interval = 100ms
            leader-actions-interval = 100ms
            unreachable-nodes-reaper-interval = 100ms
            periodic-tasks-initial-delay = 50ms
            down-removal-margin = 0s
            failure-detector { heartbeat-interval = 100ms, acceptable-heartbeat-pause = 2s }
            split-brain-resolver { active-strategy = keep-majority, stable-after = 500ms, stable-after-process-end = 50ms }
            singleton.hand-over-retry-interval = 300ms
            sharding {
              retry-interval = 300ms
              waiting-for-state-timeout = 200ms
              rebalance-interval = 60s
              coordinator-failure-backoff = 300ms
              shard-failure-backoff = 300ms
              entity-restart-backoff = 200ms
            }
          }
        }
        """;

    private readonly string _hocon;
    private readonly List<ActorSystem> _all = [];

    private TestCluster(string hocon) => _hocon = hocon;

    public IReadOnlyList<ActorSystem> All => _all;

    public ActorSystem this[int index] => _all[index];

    /// <summary>Starts a cluster, the oldest member first, and waits until all see all Up.</summary>
    public static async Task<TestCluster> Start(int members, string hocon = "")
    {
        var cluster = new TestCluster(hocon);
        for (var i = 0; i < members; i++) await cluster.Add();
        return cluster;
    }

    /// <summary>Adds one more member, the youngest, and waits until all living members see it Up.</summary>
    public async Task<ActorSystem> Add(string hocon = "")
    {
        ActorSystem system = ActorSystem.Create("test", ConfigurationFactory.ParseString(hocon)
            .WithFallback(ConfigurationFactory.ParseString(_hocon)).WithFallback(ConfigurationFactory.ParseString(Defaults)));
        ActorSystem[] before = [.. Living];
        _all.Add(system);
        Cluster.Get(system).Join(Cluster.Get(before.Length == 0 ? system : before[0]).SelfAddress);
        UniqueAddress self = Cluster.Get(system).SelfUniqueAddress;
        foreach (ActorSystem observer in Living) await Eventually(() => StatusOf(self, observer) == MemberStatus.Up, () => $"{observer} sees {self} {StatusOf(self, observer)}");
        return system;
    }

    /// <summary>Ends a process as far as others can see: its sockets close, nothing is said.</summary>
    public static Task Crash(ActorSystem system) => ((Remote.RemoteActorRefProvider)((ExtendedActorSystem)system).Provider).Transport.Shutdown();

    /// <summary>Leaves as a program does on SIGTERM.</summary>
    public static Task Leave(ActorSystem system) => CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.UnknownReason.Instance);

    /// <summary>Waits until somebody sees so many members.</summary>
    public static Task Sees(ActorSystem observer, int members) =>
        Eventually(() => Cluster.Get(observer).State.Members.Count == members, () => $"{observer} sees {string.Join(", ", Cluster.Get(observer).State.Members)}");

    public static Task Eventually(Func<bool> condition, Func<string>? state = null) => ActorBroker.Harness.Eventually.Holds(condition, details: state);

    public async ValueTask DisposeAsync() => await Task.WhenAll(_all.Select(static s => s.Terminate())).WaitAsync(Patience);

    private IEnumerable<ActorSystem> Living => _all.Where(static s => !s.WhenTerminated.IsCompleted && !Cluster.Get(s).IsTerminated);

    private static MemberStatus? StatusOf(UniqueAddress member, ActorSystem observer) =>
        Cluster.Get(observer).State.Members.FirstOrDefault(m => m.UniqueAddress.Equals(member))?.Status;
}

/// <summary>Counts who runs what at the same time, over all systems of a test.</summary>
internal sealed class RunningSet
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _running = [];

    /// <summary>Names that ran twice at a time.</summary>
    public ImmutableHashSet<string> Doubles { get; private set; } = [];

    /// <summary>Starts, over all.</summary>
    public int Starts { get; private set; }

    public int Running
    {
        get
        {
            lock (_gate) return _running.Values.Sum();
        }
    }

    public void Started(string name)
    {
        lock (_gate)
        {
            Starts++;
            var count = _running[name] = _running.GetValueOrDefault(name) + 1;
            if (count > 1) Doubles = Doubles.Add(name);
        }
    }

    public void Stopped(string name)
    {
        lock (_gate) _running[name]--;
    }
}
