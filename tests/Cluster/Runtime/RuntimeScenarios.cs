using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>The stories about the actor runtime's cluster.</summary>
internal static class RuntimeScenarios
{
    /// <summary>As the controller: what it does is fenced by epochs, so that nobody waits for the end of one that fell silent.</summary>
    private const string NoMargin = "akka.cluster.down-removal-margin = 1ms";

    private static readonly TimeSpan Formed = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Recovered = TimeSpan.FromSeconds(30);

    /// <summary>The times are bounds that hold on a busy machine with two cores; how long it takes on a quiet one is in docs/performance.md. Akka.NET's news of members travel with its gossip, each
    /// 100 ms, and an orderly leave takes several rounds of it.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        Scenario.Measured("form", "five processes form a cluster", TimeSpan.FromSeconds(5), Form),
        Scenario.Measured("kill-reset", "the singleton answers elsewhere after kill -9 with resets", TimeSpan.FromSeconds(1), KillWithResets),
        Scenario.Measured("kill-silent", "the singleton answers elsewhere after kill -9 in silence", TimeSpan.FromSeconds(3.5), KillInSilence, needsCuts: true),
        Scenario.Measured("terminate", "the singleton is handed over on SIGTERM", TimeSpan.FromSeconds(1), Terminate),
        .. CutScenarios.All,
        .. ProcessScenarios.All,
        .. RefusalScenarios.All,
        .. FrameScenarios.All,
    ];

    /// <summary>A cluster that has formed, with answers of its singleton and all its entities.</summary>
    public static RuntimeCluster Formed5(Stage stage, bool withCuts = false) => FormedCluster(stage, 5, withCuts);

    /// <inheritdoc cref="Formed5"/>
    public static RuntimeCluster FormedCluster(Stage stage, int size, bool withCuts, string hocon = "")
    {
        var cluster = New(stage, size, withCuts, hocon);
        cluster.Form(Formed);
        cluster.AwaitOneSingleton(Recovered);
        cluster.AwaitEntities(Recovered);
        return cluster;
    }

    /// <summary>A cluster of which no node runs yet.</summary>
    public static RuntimeCluster New(Stage stage, int size, bool withCuts, string hocon = "")
    {
        Network network = stage.Keep<Network>(withCuts ? new Namespaces(size) : new Loopback());
        var cluster = stage.Keep(new RuntimeCluster(size, network, hocon));
        stage.OnFailure = () => Autopsy.Show(cluster);
        return cluster;
    }

    /// <summary>Waits until everything works again at all running nodes, and judges what happened meanwhile.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="graceAfterPause">As of <see cref="Lifetimes"/>.</param>
    public static string JudgeWhole(RuntimeCluster cluster, TimeSpan graceAfterPause = default)
    {
        cluster.AwaitUp([.. cluster.Running], 0, Recovered);
        var instance = cluster.AwaitOneSingleton(Recovered);
        cluster.AwaitEntities(Recovered);
        Judge(cluster, graceAfterPause);
        var alive = new Lifetimes(cluster.Log, graceAfterPause).Alive("singleton").Values.Sum();
        return alive == 1 ? $"one singleton, {instance}" : throw new FaultException($"{alive} singletons are alive");
    }

    /// <summary>Judges what happened so far.</summary>
    public static void Judge(RuntimeCluster cluster, TimeSpan graceAfterPause = default)
    {
        if (new Lifetimes(cluster.Log, graceAfterPause).Problems() is [_, ..] problems)
        {
            throw new FaultException($"{problems.Count} violations: {string.Join("; ", problems.Take(3))}");
        }
    }

    private static TimeSpan Form(Stage stage)
    {
        var cluster = New(stage, 5, withCuts: false);
        return cluster.Form(Formed);
    }

    private static TimeSpan KillWithResets(Stage stage)
    {
        var cluster = FormedCluster(stage, 5, withCuts: false, NoMargin);
        return Replaced(cluster, victim => cluster[victim].Kill());
    }

    private static TimeSpan KillInSilence(Stage stage)
    {
        var cluster = FormedCluster(stage, 5, withCuts: true, NoMargin);
        return Replaced(cluster, victim =>
        {
            var cutUs = SharedClock.NowUs;
            cluster.Network.Isolate(victim); // the resets that its operating system sends for it get lost
            cluster[victim].Kill();
            return cutUs;
        });
    }

    private static TimeSpan Terminate(Stage stage)
    {
        var cluster = Formed5(stage);
        return Replaced(cluster, victim => cluster[victim].Terminate(), endsInOrder: true);
    }

    private static TimeSpan Replaced(RuntimeCluster cluster, Func<int, long> end, bool endsInOrder = false)
    {
        var instance = cluster.AwaitOneSingleton(Recovered);
        var victim = RuntimeCluster.NodeOf(instance);
        var endUs = end(victim);
        var took = cluster.AwaitNewSingleton(endUs, instance, victim, Recovered);
        cluster[victim].AwaitEnd(Recovered);
        if (endsInOrder && !cluster.Said(victim, "terminated"))
        {
            throw new FaultException($"node {victim} did not end in order");
        }

        JudgeWhole(cluster);
        return took;
    }
}
