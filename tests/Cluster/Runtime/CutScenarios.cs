using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Stories in which nodes do not hear each other.</summary>
internal static class CutScenarios
{
    private static readonly TimeSpan Decided = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("cut-both", "of two and three nodes that are cut apart the three go on, and all after the cut", true, stage => Split(stage, oneWay: false), NeedsCuts: true),
        new("cut-one-way", "the same if only the two are not heard", false, stage => Split(stage, oneWay: true), NeedsCuts: true),
        new("cut-alone", "the oldest is cut off alone", false, stage => CutOff(stage, inOnly: false), NeedsCuts: true),
        new("cut-deaf", "the oldest hears nobody and is heard by all", false, stage => CutOff(stage, inOnly: true), NeedsCuts: true),
        new("cut-short", "a cut that heals before anybody decides changes nothing", false, CutShortly, NeedsCuts: true),
        new("cut-pair", "two nodes that do not hear each other, and are heard by all others", false, CutPair, NeedsCuts: true),
    ];

    /// <summary>The oldest is on the smaller side.</summary>
    private static string Split(Stage stage, bool oneWay)
    {
        var cluster = RuntimeScenarios.Formed5(stage, withCuts: true);
        var oldest = RuntimeCluster.NodeOf(cluster.AwaitOneSingleton(Decided));
        int[] few = [oldest, oldest == 5 ? 4 : 5];
        int[] many = [.. cluster.All.Except(few)];
        return Apart(cluster, few, many, () =>
        {
            if (!oneWay)
            {
                cluster.Network.Split(few, many);
                return;
            }

            foreach (var from in few)
            {
                foreach (var to in many)
                {
                    cluster.Network.Cut(from, to);
                }
            }
        });
    }

    private static string CutOff(Stage stage, bool inOnly)
    {
        var cluster = RuntimeScenarios.Formed5(stage, withCuts: true);
        var oldest = RuntimeCluster.NodeOf(cluster.AwaitOneSingleton(Decided));
        int[] others = [.. cluster.All.Where(node => node != oldest)];
        return Apart(cluster, [oldest], others, () =>
        {
            if (!inOnly)
            {
                cluster.Network.Split([oldest], others);
                return;
            }

            foreach (var other in others)
            {
                cluster.Network.Cut(other, oldest);
            }
        });
    }

    /// <summary>Cuts, waits until the many go on without the few, heals, starts the few again and waits for the whole.</summary>
    private static string Apart(RuntimeCluster cluster, int[] few, int[] many, Action cut)
    {
        var before = cluster.AwaitOneSingleton(Decided);
        var cutUs = SharedClock.NowUs;
        cluster.Log.Add(0, 0, "cut", string.Join(',', few), string.Join(',', many));
        cut();
        var took = cluster.AwaitUp(many, cutUs, Decided);
        foreach (var node in few)
        {
            cluster[node].AwaitEnd(Decided);
        }

        cluster.AwaitOneSingleton(Decided, many);
        var answered = cluster.Log.First(e => e.Kind == "answer" && e.TimeUs > cutUs && e.Words[1] != before);
        cluster.AwaitEntities(Decided);
        RuntimeScenarios.Judge(cluster);
        cluster.Log.Add(0, 0, "heal");
        cluster.Network.Heal();
        foreach (var node in few)
        {
            cluster.Start(node);
        }

        cluster.AwaitUp([.. cluster.All], 0, Decided);
        var end = RuntimeScenarios.JudgeWhole(cluster);
        return $"{many.Length} nodes are alone after {took.TotalSeconds:0.0} s, answered after {(answered is null ? 0 : (answered.TimeUs - cutUs) / 1e6):0.0} s; {end}";
    }

    private static string CutShortly(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage, withCuts: true);
        var before = cluster.AwaitOneSingleton(Decided);
        cluster.Log.Add(0, 0, "cut", "1,2", "3,4,5");
        cluster.Network.Split([1, 2], [3, 4, 5]);
        Patience.Linger(TimeSpan.FromMilliseconds(300));
        cluster.Log.Add(0, 0, "heal");
        cluster.Network.Heal();
        RuntimeScenarios.JudgeWhole(cluster);
        var after = cluster.AwaitOneSingleton(Decided);
        var died = cluster.All.Where(node => cluster[node].HasEnded).ToList();
        return before == after && died.Count == 0 ? "300 ms" : throw new FaultException($"the singleton was {before} and is {after}; ended: {string.Join(", ", died)}");
    }

    /// <summary>Whatever is decided, there is one cluster afterwards.</summary>
    private static string CutPair(Stage stage)
    {
        var cluster = RuntimeScenarios.Formed5(stage, withCuts: true);
        cluster.Log.Add(0, 0, "cut", "2", "3");
        cluster.Network.Split([2], [3]);
        Patience.Await("somebody is removed", Decided, () => cluster.All.Any(node => cluster[node].HasEnded));
        var left = 0;
        Patience.Await("the rest agree", Decided, () =>
        {
            int[] running = [.. cluster.Running];
            left = running.Length;
            return running.Length > 0 && cluster.Agree(running);
        });
        RuntimeScenarios.Judge(cluster);
        cluster.Network.Heal();
        foreach (var node in cluster.All.Except(cluster.Running).ToList())
        {
            cluster.Start(node);
        }

        cluster.AwaitUp([.. cluster.All], 0, Decided);
        return $"{left} nodes went on; {RuntimeScenarios.JudgeWhole(cluster)}";
    }
}
