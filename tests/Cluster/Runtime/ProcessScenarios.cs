using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Stories in which processes end, start again, or stand still.</summary>
internal static class ProcessScenarios
{
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(30);

    /// <summary>How soon a node that was paused until it had been replaced must have found out.</summary>
    private static readonly TimeSpan FindsOut = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("pause", "the oldest, paused until it was replaced, finds out and stops", true, Pause),
        new("pause-short", "a pause that nobody had time to notice changes nothing", false, PauseShortly),
        new("restart", "a killed node comes back at its address", false, RestartAtSameAddress),
        new("rolling", "all nodes are restarted one after the other", false, RollingRestart),
        new("all-at-once", "the whole cluster is killed and starts at once", false, stage => RestartAll(stage, inOrder: false)),
        new("all-in-order", "the whole cluster is stopped in order and starts at once", false, stage => RestartAll(stage, inOrder: true)),
        new("twenty", "twenty nodes form a cluster, and lose the oldest", false, Twenty),
    ];

    private static string Pause(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage);
        var instance = cluster.AwaitOneSingleton(Patient);
        var oldest = RuntimeCluster.NodeOf(instance);
        var pausedUs = SharedClock.NowUs;
        cluster[oldest].Pause();
        var took = cluster.AwaitNewSingleton(pausedUs, instance, oldest, Patient);
        cluster.AwaitUp([.. cluster.All.Where(node => node != oldest)], 0, Patient);
        var resumedUs = cluster[oldest].Resume();
        cluster[oldest].AwaitEnd(FindsOut);
        var foundOut = TimeSpan.FromMicroseconds(SharedClock.NowUs - resumedUs);
        cluster.Start(oldest);
        cluster.AwaitUp([.. cluster.All], 0, Patient);
        return $"replaced after {took.TotalSeconds:0.0} s, ended {foundOut.TotalSeconds:0.0} s after it went on; {RuntimeScenarios.JudgeWhole(cluster, FindsOut)}";
    }

    private static string PauseShortly(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage);
        var before = cluster.AwaitOneSingleton(Patient);
        var oldest = RuntimeCluster.NodeOf(before);
        cluster[oldest].Pause();
        Patience.Linger(TimeSpan.FromMilliseconds(300));
        cluster[oldest].Resume();
        RuntimeScenarios.JudgeWhole(cluster);
        var after = cluster.AwaitOneSingleton(Patient);
        return before == after ? "300 ms" : throw new FaultException($"the singleton was {before} and is {after}");
    }

    private static string RestartAtSameAddress(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage);
        List<string> took = [];
        foreach (var node in new[] { RuntimeCluster.NodeOf(cluster.AwaitOneSingleton(Patient)), 4 })
        {
            var killedUs = cluster[node].Kill();
            cluster.Start(node);
            var again = cluster[node].Id;
            Patience.Await("all are Up again", Patient, () => cluster.Log.Last(e => e.ProcessId == again && e.Kind == "view")?.Words[0] == "5");
            took.Add($"{cluster.AwaitUp([.. cluster.All], killedUs, Patient).TotalSeconds:0.0} s");
        }

        return $"whole again after {string.Join(" and ", took)}; {RuntimeScenarios.JudgeWhole(cluster)}";
    }

    private static string RollingRestart(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage);
        var startUs = SharedClock.NowUs;
        foreach (var node in cluster.All)
        {
            cluster[node].Terminate();
            cluster[node].AwaitEnd(Patient);
            cluster.Start(node);
            cluster.AwaitUp([.. cluster.All], 0, Patient);
        }

        var took = TimeSpan.FromMicroseconds(SharedClock.NowUs - startUs);
        var said = RuntimeScenarios.JudgeWhole(cluster);
        return $"in {took.TotalSeconds:0.0} s, longest gap between answers {Gaps.Longest(cluster.Log, startUs).TotalSeconds:0.00} s; {said}";
    }

    private static string RestartAll(Stage stage, bool inOrder)
    {
        var cluster = RuntimeScenarios.Formed5(stage);
        foreach (var node in cluster.All)
        {
            _ = inOrder ? cluster[node].Terminate() : cluster[node].Kill();
        }

        foreach (var node in cluster.All)
        {
            cluster[node].AwaitEnd(Patient);
        }

        var took = cluster.Form(Patient);
        return $"whole again after {took.TotalSeconds:0.0} s; {RuntimeScenarios.JudgeWhole(cluster)}";
    }

    private static string Twenty(Stage stage)
    {
        // Twenty processes share the machine's processors: what is slow here is the machine.
        var cluster = RuntimeScenarios.New(stage, 20, withCuts: false, "faults.probe-interval = 250ms");
        var formed = cluster.Form(TimeSpan.FromSeconds(90));
        var instance = cluster.AwaitOneSingleton(Patient);
        cluster.AwaitEntities(Patient);
        var oldest = RuntimeCluster.NodeOf(instance);
        var forming = Costs.Of(cluster);
        var killedUs = cluster[oldest].Kill();
        var before = Costs.Of(cluster);
        var took = cluster.AwaitNewSingleton(killedUs, instance, oldest, Patient);
        var said = RuntimeScenarios.JudgeWhole(cluster);
        return $"formed in {formed.TotalSeconds:0.0} s ({forming.Mean(default, 20)}), oldest replaced after {took.TotalSeconds:0.0} s ({Costs.Of(cluster).Mean(before, 19)}); {said}";
    }
}
