using System.Diagnostics;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Brokers;

/// <summary>The stories about replicated brokers: a checked load runs while faults happen.</summary>
internal static class BrokerScenarios
{
    private static readonly string[] Settings = ["replica.lag.time.max.ms=4000"];
    private static readonly TimeSpan RoundTime = TimeSpan.FromMinutes(2);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("broker-alone", "a single node that is killed loses nothing", false, static stage => One(stage, BrokerFaults.All.First(static fault => fault.Name == "power-cut"), size: 1)),
        .. BrokerFaults.All.Select(static fault => new Scenario(
            $"broker-{fault.Name}", "nothing acknowledged is lost, doubled or out of order", fault.Name is "kill-leader" or "cut-leader", stage => One(stage, fault), fault.NeedsCuts)),
        new("broker-power-cut-synced", "the same with group-commit", false, stage => One(stage, BrokerFaults.All.First(static fault => fault.Name == "power-cut"), "group-commit")),
        new("broker-full-disk-leader", "a full disk of the leader loses nothing", false, static stage => FullDisk(stage, ofLeader: true)),
        new("broker-full-disk-follower", "a full disk of a follower loses nothing", false, static stage => FullDisk(stage, ofLeader: false)),
    ];

    /// <summary>Random faults for a time, in rounds with a topic each.</summary>
    public static Scenario Random(TimeSpan time) => new("broker-random", "nothing acknowledged is lost, doubled or out of order", false, stage => Many(stage, time));

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

    private static string FullDisk(Stage stage, bool ofLeader)
    {
        var cluster = Cluster(stage, diskMiB: 256);
        var load = stage.Keep(new Workload(cluster, "history", stage.Random));
        var context = new FaultContext(cluster, load, stage.Random);
        var node = ofLeader ? context.Leader() : context.NotController();
        var filler = Path.Combine(cluster.DataOf(node), "filler");
        Fill(filler);
        load.AwaitProgress(); // others lead: nobody waits for room
        Patience.Linger(TimeSpan.FromSeconds(8));
        File.Delete(filler);
        cluster[node].Kill(); // a directory that failed is not written again before a restart
        cluster[node].Start();
        load.AwaitWhole("the disk has room again");
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
