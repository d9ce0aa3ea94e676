using System.Diagnostics;
using System.Net;
using ActorBroker.Faults.Machine;
using ActorBroker.Harness;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Faults.Brokers;

/// <summary>Stories in which more nodes are lost than stay, and what stays goes on, or comes back by itself when it can.</summary>
internal static class LossScenarios
{
    private const int Controllers = 3;
    private const int WithBrokers = 8;
    private const int AnswerMs = 2_000;

    /// <summary>Eight starts of processes share the machine with the load.</summary>
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("broker-four-at-once", "three controllers and five brokers go on when four of the brokers die at once", true, static stage => FourBrokers(stage, oneByOne: false)),
        new("broker-four-in-turn", "the same when they die one after the other", false, static stage => FourBrokers(stage, oneByOne: true)),
        new("broker-two-controllers", "two of three controllers die at once, and one that comes back is enough", true, static stage => TwoControllers(stage, oneByOne: false)),
        new("broker-two-controllers-in-turn", "the same when they die one after the other", false, static stage => TwoControllers(stage, oneByOne: true)),
    ];

    /// <summary>Nodes 1 to 3 are the controllers, and brokers as well; 4 to 7 die. Nobody is started again in between.</summary>
    private static string FourBrokers(Stage stage, bool oneByOne)
    {
        var cluster = Cluster(stage, WithBrokers);
        int[] dying = [4, 5, 6, 7];
        int[] staying = [.. cluster.Ids.Except(dying)];
        var clock = Stopwatch.StartNew();
        foreach (var id in dying)
        {
            cluster[id].Kill();
            if (oneByOne)
            {
                AwaitActive(cluster, [.. staying, .. dying.Where(other => other > id)]);
            }
        }

        AwaitActive(cluster, staying);
        var took = clock.Elapsed;
        Patience.Linger(TimeSpan.FromSeconds(5)); // nothing else may follow from it
        AwaitActive(cluster, staying);
        foreach (var id in staying)
        {
            RequireOneLife(cluster, id);
        }

        return $"the four are out after {took.TotalSeconds:0.00} s, nobody else has ended";
    }

    private static string TwoControllers(Stage stage, bool oneByOne)
    {
        var cluster = Cluster(stage, Controllers);
        cluster[1].Kill();
        if (oneByOne)
        {
            AwaitActive(cluster, [2, 3]);
        }

        cluster[2].Kill();
        Patience.Linger(TimeSpan.FromSeconds(8)); // longer than it takes to end as a member
        var clock = Stopwatch.StartNew();
        cluster[1].Start();
        AwaitActive(cluster, [1, 3]);
        var took = clock.Elapsed;
        cluster[2].Start();
        AwaitActive(cluster, [1, 2, 3]);
        return $"serving {took.TotalSeconds:0.0} s after the second controller was started";
    }

    private static BrokerCluster Cluster(Stage stage, int size)
    {
        var cluster = stage.Keep(new BrokerCluster(stage.Keep<Network>(new Loopback()), ["offsets.topic.num.partitions=1"], size: size, controllers: Controllers));
        stage.OnFailure = () =>
        {
            cluster.KeepFolder = true;
            Console.WriteLine($"    the logs of the brokers are in {cluster.Folder}");
        };
        cluster.Start();
        AwaitActive(cluster, [.. cluster.Ids]);
        return cluster;
    }

    /// <summary>Waits until each of the nodes says that exactly these are brokers.</summary>
    private static void AwaitActive(BrokerCluster cluster, IReadOnlyCollection<int> nodes) => Patience.Await(
        $"brokers {string.Join(", ", nodes)} and no others are there, as each of them says", Patient,
        () => nodes.All(node => Brokers(cluster.EndPoints[node]) is { } brokers && brokers.Order().SequenceEqual(nodes.Order())),
        () => string.Join("; ", nodes.Select(node => $"{node}: {string.Join(' ', Brokers(cluster.EndPoints[node]) ?? [])}")));

    /// <summary>The brokers that a node knows and that are not fenced; null when it does not answer.</summary>
    private static IReadOnlyList<int>? Brokers(IPEndPoint node)
    {
        try
        {
            using var connection = new WireConnection(node, AnswerMs);
            return [.. connection.Call<MetadataResponse>(new MetadataRequest { Topics = [] }, BrokerCalls.MetadataVersion).Brokers.Select(static broker => broker.NodeId)];
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The node has neither ended nor started anew.</summary>
    private static void RequireOneLife(BrokerCluster cluster, int id)
    {
        using var log = new StreamReader(new FileStream(cluster.LogOf(id), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        var text = log.ReadToEnd();
        if (!cluster[id].IsRunning || text.Contains("starts anew", StringComparison.Ordinal))
        {
            throw new FaultException($"broker {id} has ended or started anew");
        }
    }
}
