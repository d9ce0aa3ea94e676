using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Brokers;

/// <summary>Something that is done to brokers and undone after a while. What it returns says what was done.</summary>
internal sealed record BrokerFault(string Name, bool NeedsCuts, Func<FaultContext, string> Happen);

/// <summary>What a fault needs to know.</summary>
internal sealed record FaultContext(BrokerCluster Cluster, Workload Load, Random Random)
{
    /// <summary>The leader of some partition.</summary>
    public int Leader()
    {
        var partition = Random.Next(Workload.Partitions);
        (int Node, System.Net.IPEndPoint, int)? leader = null;
        Patience.Await($"partition {partition} has a leader", TimeSpan.FromSeconds(30), () => (leader = Load.Watch.LeaderOf(partition)) is not null);
        return leader!.Value.Node;
    }

    /// <summary>A broker that is not the controller.</summary>
    public int NotController()
    {
        var controller = Controller();
        return Cluster.Ids.Where(id => id != controller).ElementAt(Random.Next(2));
    }

    public int Controller()
    {
        var controller = -1;
        Patience.Await("there is a controller", TimeSpan.FromSeconds(30), () => Cluster.Ids.Contains(controller = ControllerCalls.Find(Cluster.EndPoints.Values)), Load.Watch.ToString);
        return controller;
    }

    /// <summary>A partition that another node leads than the given one. Where that one leads all, the preferred leaders are elected, which are spread.</summary>
    public (int Partition, int Leader) LedByOther(int node)
    {
        List<(int Partition, int Leader)> led = [];
        Patience.Await($"another node than {node} leads a partition", TimeSpan.FromSeconds(30), () =>
        {
            var all = Enumerable.Range(0, Workload.Partitions).Select(partition => (Partition: partition, Leader: Load.Watch.LeaderOf(partition)?.Node ?? node));
            led = [.. all.Where(one => one.Leader != node)];
            if (led.Count == 0)
            {
                ControllerCalls.ElectPreferred(Cluster.EndPoints[node], Load.Topic, Workload.Partitions);
            }

            return led.Count > 0;
        }, Load.Watch.ToString);
        return led[Random.Next(led.Count)];
    }

    public bool Leads(int node) => Enumerable.Range(0, Workload.Partitions).Any(partition => Load.Watch.LeaderOf(partition)?.Node == node);

    /// <summary>Has the preferred leaders elected until a node leads something.</summary>
    public void AwaitLeading(int node) => Patience.Await($"node {node} leads where it is preferred", TimeSpan.FromSeconds(30), () =>
    {
        ControllerCalls.ElectPreferred(Cluster.EndPoints[node], Load.Topic, Workload.Partitions);
        return Leads(node);
    }, Load.Watch.ToString);

    public IReadOnlyList<int> Others(int node) => [.. Cluster.Ids.Where(id => id != node)];

    /// <summary>Lets the fault last for a while.</summary>
    public void Last(int fromMs, int toMs) => Patience.Linger(TimeSpan.FromMilliseconds(Random.Next(fromMs, toMs)));
}

/// <summary>All faults that the brokers must stand.</summary>
internal static class BrokerFaults
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(40);

    public static IReadOnlyList<BrokerFault> All { get; } =
    [
        new("kill-leader", false, context => Kill(context, context.Leader())),
        new("kill-controller", false, context => Kill(context, context.Controller())),
        new("kill-follower", false, context => Kill(context, context.NotController())),
        new("kill-two", false, KillTwoInTurn),
        new("pause-leader", false, PauseLeader),
        new("roll", false, Roll),
        new("lose-data", false, LoseData),
        new("power-cut", false, PowerCut),
        new("clock-steps", false, SetClocks),
        new("cut-leader", true, context => Cut(context, context.Leader(), static (network, node, others) => network.Split([node], others))),
        new("cut-leader-out", true, context => Cut(context, context.Leader(), static (network, node, others) => Each(others, other => network.Cut(node, other)))),
        new("cut-leader-in", true, context => Cut(context, context.Leader(), static (network, node, others) => Each(others, other => network.Cut(other, node)))),
        new("cut-controller", true, context => Cut(context, context.Controller(), static (network, node, others) => network.Split([node], others))),
        new("cut-leader-from-controller", true, CutLeaderFromController),
        new("cut-pair", true, context => Cut(context, context.Leader(), static (network, node, others) => network.Split([node], [others[0]]))),
    ];

    private static void Each(IReadOnlyList<int> nodes, Action<int> action)
    {
        foreach (var node in nodes)
        {
            action(node);
        }
    }

    private static string Kill(FaultContext context, int node)
    {
        context.Cluster[node].Kill();
        var back = context.Load.AwaitProgress();
        context.Last(200, 3_000);
        context.Cluster[node].Start();
        return $"node {node}, acknowledged again after {back.TotalSeconds:0.00} s";
    }

    /// <summary>The second one goes when the first one is just back.</summary>
    private static string KillTwoInTurn(FaultContext context)
    {
        var first = context.Leader();
        var second = context.Others(first)[context.Random.Next(2)];
        context.Cluster[first].Kill();
        context.Last(200, 2_000);
        context.Cluster[second].Kill(); // nobody has a majority
        context.Last(200, 2_000);
        context.Cluster[first].Start();
        context.Last(0, 2_000);
        context.Cluster[second].Start();
        return $"nodes {first} and {second}";
    }

    private static string PauseLeader(FaultContext context)
    {
        var leader = context.Leader();
        context.Cluster[leader].Pause();
        context.Last(6_000, 9_000);
        context.Cluster[leader].Resume();
        AwaitEndOrReturn(context, leader);
        return $"node {leader}";
    }

    private static string Roll(FaultContext context)
    {
        foreach (var id in context.Cluster.Ids)
        {
            context.Cluster[id].Terminate(StopLimit);
            context.Cluster[id].Start();
            context.Cluster.AwaitAnswer(id);
            context.Load.AwaitWhole($"node {id} was restarted");
        }

        return "all nodes";
    }

    private static string LoseData(FaultContext context)
    {
        var node = context.NotController();
        context.Cluster[node].Kill();
        context.Last(200, 1_000);
        foreach (var path in Directory.GetFileSystemEntries(context.Cluster.DataOf(node)))
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
            else
            {
                File.Delete(path);
            }
        }

        context.Cluster[node].Start();
        return $"node {node}";
    }

    private static string PowerCut(FaultContext context)
    {
        foreach (var id in context.Cluster.Ids)
        {
            context.Cluster[id].Kill();
        }

        foreach (var id in context.Cluster.Ids)
        {
            context.Cluster[id].Start();
        }

        return $"acknowledged again after {context.Load.AwaitProgress().TotalSeconds:0.0} s";
    }

    /// <summary>Wall clocks are set forwards and backwards, each node's elsewhere, and stay there. The load must go on with the leaders that there are.</summary>
    private static string SetClocks(FaultContext context)
    {
        if (context.Cluster.Clocks is not { } clocks)
        {
            return $"skipped: {WallClocks.WhyNot()}";
        }

        List<string> steps = [];
        for (var step = 0; step < 4; step++)
        {
            var node = context.Cluster.Ids.ElementAt(context.Random.Next(context.Cluster.Size));
            var offset = TimeSpan.FromSeconds(context.Random.Next(-100_000, 100_000));
            clocks.Set(node, offset);
            context.Load.AwaitProgress();
            context.Last(500, 3_000);
            steps.Add($"node {node} {(offset < TimeSpan.Zero ? "" : "+")}{offset.TotalHours:0.0} h");
        }

        return string.Join(", ", steps);
    }

    private static string Cut(FaultContext context, int node, Action<Network, int, IReadOnlyList<int>> cut)
    {
        cut(context.Cluster.Network, node, context.Others(node));
        context.Last(4_000, 8_000);
        context.Cluster.Network.Heal();
        AwaitEndOrReturn(context, node);
        return $"node {node}";
    }

    /// <summary>
    /// These two do not hear of each other, and the third node hears of both: the leader cannot reach whoever decides on its ISR, and the load must go on meanwhile,
    /// whoever leads then.
    /// </summary>
    private static string CutLeaderFromController(FaultContext context)
    {
        var controller = context.Controller();
        var (partition, leader) = context.LedByOther(controller);
        context.Cluster.Network.Split([leader], [controller]);
        context.Last(4_000, 8_000);
        context.Load.AwaitProgress();
        context.Cluster.Network.Heal();
        AwaitEndOrReturn(context, leader);
        return $"node {leader}, leader of partition {partition}, from node {controller}; the controller is node {context.Controller()} now";
    }

    /// <summary>A node that was removed from the cluster meanwhile ends, or rejoins by itself; one that ended is started as a supervisor would.</summary>
    private static void AwaitEndOrReturn(FaultContext context, int node)
    {
        Patience.Await($"node {node} ends or is in sync again", TimeSpan.FromSeconds(60),
            () => context.Cluster.Ids.Any(id => !context.Cluster[id].IsRunning) || context.Load.Watch.IsWhole(context.Cluster.Size), context.Load.Watch.ToString);
        foreach (var id in context.Cluster.Ids)
        {
            context.Cluster[id].Start(); // as a supervisor does; those that run are left alone
        }
    }
}
