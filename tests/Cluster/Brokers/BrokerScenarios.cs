using System.Diagnostics;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Brokers;

/// <summary>The stories about replicated brokers: a checked load runs while faults happen.</summary>
internal static class BrokerScenarios
{
    private static readonly string[] Settings = ["replica.lag.time.max.ms=4000"];
    private static readonly TimeSpan RoundTime = TimeSpan.FromMinutes(2);

    /// <summary>With the other faults of the short form, brokers meet real faults for about two minutes.</summary>
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(90);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("broker-alone", "a single node that is killed loses nothing", false, static stage => One(stage, BrokerFaults.All.First(static fault => fault.Name == "power-cut"), size: 1)),
        .. BrokerFaults.All.Select(static fault => new Scenario(
            $"broker-{fault.Name}", "nothing acknowledged is lost, doubled or out of order", fault.Name is "kill-leader" or "cut-leader" or "cut-leader-from-controller", stage => One(stage, fault), fault.NeedsCuts)),
        new("broker-power-cut-synced", "the same with group-commit", false, stage => One(stage, BrokerFaults.All.First(static fault => fault.Name == "power-cut"), "group-commit")),
        new("broker-full-disk-leader", "a full disk of the leader loses nothing", false, static stage => FullDisk(stage, ofLeader: true, restart: true)),
        new("broker-full-disk-follower", "a full disk of a follower loses nothing", false, static stage => FullDisk(stage, ofLeader: false, restart: true)),
        new("broker-full-disk-leader-stays", "a full disk of the leader that has room again needs no restart", false, static stage => FullDisk(stage, ofLeader: true, restart: false)),
        new("broker-full-disk-follower-stays", "a full disk of a follower that has room again needs no restart", false, static stage => FullDisk(stage, ofLeader: false, restart: false)),
        .. LossScenarios.All,
        Random(ShortTime),
    ];

    /// <summary>Random faults for a time, in rounds with a topic each.</summary>
    public static Scenario Random(TimeSpan time) => new("broker-random", "nothing acknowledged is lost, doubled or out of order", true, stage => Many(stage, time));

    private static BrokerCluster Cluster(Stage stage, int diskMiB = 0, int size = 3)
    {
        var canCut = Namespaces.WhyNot() is null;
        Network network = stage.Keep<Network>(canCut ? new Namespaces(size, withHost: true) : new Loopback());
        var cluster = stage.Keep(new BrokerCluster(network, Settings, diskMiB, size));
        stage.OnFailure = () =>
        {
            cluster.KeepFolder = true;
            cluster.PrintTrees();
            Console.WriteLine($"    the logs of the brokers are in {cluster.Folder}");
        };
        cluster.Start();
        return cluster;
    }

    private static string One(Stage stage, BrokerFault fault, string flush = "os", int size = 3)
    {
        var cluster = Cluster(stage, size: size);
        var load = stage.Keep(new Workload(cluster, "history", stage.Random, new Dictionary<string, string> { ["flush.mode"] = flush }));
        Patience.Linger(TimeSpan.FromSeconds(1));
        var done = fault.Happen(new FaultContext(cluster, load, stage.Random));
        load.AwaitWhole(fault.Name);
        Patience.Linger(TimeSpan.FromSeconds(1));
        return $"{done}; {load.Judge()}";
    }

    /// <summary>A write that finds no room is taken back, so that a full disk is a state which ends by itself; a directory goes offline until a restart only after other errors.</summary>
    private static string FullDisk(Stage stage, bool ofLeader, bool restart)
    {
        var cluster = Cluster(stage, diskMiB: 256);
        var load = stage.Keep(new Workload(cluster, "history", stage.Random));
        var context = new FaultContext(cluster, load, stage.Random);
        var node = ofLeader ? context.Leader() : context.NotController();
        var filler = Path.Combine(cluster.DataOf(node), "filler");
        Fill(filler);
        load.AwaitProgress(); // others lead: nobody waits for room
        Patience.Await($"node {node} leads nothing while its disk is full", TimeSpan.FromSeconds(30), () => !context.Leads(node), load.Watch.ToString);
        Patience.Linger(TimeSpan.FromSeconds(8));
        File.Delete(filler);
        if (restart)
        {
            cluster[node].Kill(); // what it could not write must not be missed by its recovery
            cluster[node].Start();
        }

        load.AwaitWhole("the disk has room again");
        context.AwaitLeading(node);
        load.AwaitProgress();
        Patience.Linger(TimeSpan.FromSeconds(1));
        return $"node {node}; {load.Judge()}";
    }

    private static void Fill(string file)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var block = new byte[1 << 20];
        for (var size = block.Length; size >= 4096;)
        {
            try
            {
                stream.Write(block, 0, size);
            }
            catch (IOException)
            {
                size /= 2; // less may still fit
            }
        }
    }

    private static string Many(Stage stage, TimeSpan time)
    {
        var cluster = Cluster(stage);
        if (Namespaces.WhyNot() is { } reason)
        {
            Console.WriteLine($"cluster  broker-random: only faults that need no network namespaces, which cannot be made here ({reason})");
        }

        List<BrokerFault> faults = [.. BrokerFaults.All.Where(fault => !fault.NeedsCuts || cluster.Network.CanCut)];
        var clock = Stopwatch.StartNew();
        var happened = new Dictionary<string, int>();
        for (var round = 1; clock.Elapsed < time; round++)
        {
            var load = stage.Keep(new Workload(cluster, $"history-{round}", stage.Random));
            var roundClock = Stopwatch.StartNew();
            while (roundClock.Elapsed < RoundTime && clock.Elapsed < time)
            {
                var fault = faults[stage.Random.Next(faults.Count)];
                var done = fault.Happen(new FaultContext(cluster, load, stage.Random));
                load.AwaitWhole(fault.Name);
                happened[fault.Name] = happened.GetValueOrDefault(fault.Name) + 1;
                Console.WriteLine($"cluster  {clock.Elapsed:mm\\:ss}  {fault.Name,-18} {done}");
                load.AwaitProgress();
            }

            Console.WriteLine($"cluster  {clock.Elapsed:mm\\:ss}  round {round}: {load.Judge()}");
            load.Dispose();
        }

        return $"{happened.Values.Sum()} faults in {clock.Elapsed.TotalMinutes:0} minutes: {string.Join(", ", happened.OrderBy(static pair => pair.Key).Select(static pair => $"{pair.Key} {pair.Value}"))}";
    }
}
