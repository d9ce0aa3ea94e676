using System.Net;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>The nodes of one scenario with what happened to them. Numbers of nodes begin with 1; the first three are seed nodes.</summary>
internal sealed class RuntimeCluster : IDisposable
{
    private const int Seeds = 3;
    private readonly Network _network;
    private readonly string _hocon;
    private readonly int _port = 28000 + (Environment.ProcessId % 900);
    private readonly Dictionary<int, NodeProcess> _nodes = [];
    private readonly List<NodeProcess> _ended = [];

    /// <param name="size">How many nodes there are when all run.</param>
    /// <param name="network">Where they live.</param>
    /// <param name="hocon">Settings of all nodes, over hocon/cluster.conf.</param>
    public RuntimeCluster(int size, Network network, string hocon = "")
    {
        Size = size;
        _network = network;
        _hocon = hocon;
        Folder = Directory.CreateTempSubdirectory("cluster.").FullName;
    }

    public int Size { get; }

    /// <summary>Where settings, logs and journals are.</summary>
    public string Folder { get; }

    public EventLog Log { get; } = new();

    public Network Network => _network;

    /// <summary>Whether the folder stays when this object goes.</summary>
    public bool KeepFolder { get; set; }

    /// <summary>The numbers of all nodes.</summary>
    public IEnumerable<int> All => Enumerable.Range(1, Size);

    /// <summary>The numbers of the nodes whose processes run.</summary>
    public IEnumerable<int> Running => _nodes.Values.Where(static node => !node.HasEnded).Select(static node => node.Node).Order();

    public NodeProcess this[int node] => _nodes[node];

    public string AddressOf(int node) => $"akka.tcp://faults@{_network.AddressOf(node)}:{_port}";

    public IPEndPoint EndPointOf(int node) => new(IPAddress.Parse(_network.AddressOf(node)), _port);

    public string LogFile(int node) => Path.Combine(Folder, $"node-{node}.log");

    /// <summary>Starts a node, or starts it again at the same address.</summary>
    /// <param name="node">Its number.</param>
    /// <param name="hocon">Settings of this node alone, over those of all.</param>
    public NodeProcess Start(int node, string hocon = "")
    {
        var settings = Path.Combine(Folder, $"node-{node}.conf");
        File.WriteAllText(settings, Settings(node) + "\n" + _hocon + "\n" + hocon);
        string[] command = [.. _network.CommandPrefix(node), "dotnet", typeof(RuntimeCluster).Assembly.Location, "node", $"node-{node}", settings, Path.GetFullPath("hocon/cluster.conf")];
        if (_nodes.Remove(node, out var before))
        {
            _ended.Add(before);
        }

        return _nodes[node] = new NodeProcess(node, command, LogFile(node), Log);
    }

    /// <summary>Starts all nodes at once and waits until each sees all of them Up. The result is how long that took.</summary>
    public TimeSpan Form(TimeSpan limit)
    {
        var startUs = SharedClock.NowUs;
        foreach (var node in All)
        {
            Start(node);
        }

        return AwaitUp([.. All], startUs, limit);
    }

    /// <summary>Waits until each of the nodes sees exactly these nodes as members, all Up and reachable. The result is how long that took since <paramref name="sinceUs"/>.</summary>
    public TimeSpan AwaitUp(IReadOnlyList<int> nodes, long sinceUs, TimeSpan limit)
    {
        Patience.Await($"{nodes.Count} nodes see each other Up", limit, () => Agree(nodes),
            () => string.Join(", ", nodes.Select(node => $"node {node}: {(_nodes[node].HasEnded ? "ended" : Sees(node) is [var up, var members, var lost] ? $"{up} up of {members}, {lost} unreachable" : "nothing yet")}")));
        var lastUs = nodes.Max(node => LastView(node)!.TimeUs);
        return TimeSpan.FromMicroseconds(lastUs - sinceUs);
    }

    /// <summary>Whether each of the nodes sees exactly as many members as there are of them, all Up and reachable.</summary>
    public bool Agree(IReadOnlyCollection<int> nodes) =>
        nodes.All(node => Sees(node) is [var up, var members, "0"] && up == members && up == nodes.Count.ToString());

    /// <summary>Waits until every running node gets answers of one singleton to questions asked from now on; the result is its instance.</summary>
    public string AwaitOneSingleton(TimeSpan limit, params IReadOnlyCollection<int> nodes)
    {
        var fromUs = SharedClock.NowUs;
        var asked = nodes.Count > 0 ? nodes : [.. Running];
        string? common = null;
        Patience.Await("all nodes get answers of the same singleton", limit, () =>
        {
            var answers = asked.Select(node => Log.Last(e => e.Kind == "answer" && e.Node == node && AskedUs(e) >= fromUs)?.Words[1]).Distinct().ToList();
            common = answers is [{ } one] ? one : null;
            return common is not null;
        });
        return common!;
    }

    /// <summary>Waits until every node counted with every entity after now.</summary>
    public void AwaitEntities(TimeSpan limit, int entities = NodeDefaults.Entities)
    {
        var fromUs = SharedClock.NowUs;
        Patience.Await($"{entities} entities answer", limit,
            () => Log.Snapshot().Where(e => e.Kind == "counted" && AskedUs(e) >= fromUs).Select(static e => e.Words[1]).Distinct().Count() == entities);
    }

    /// <summary>The first answer at another node than the given one, by another instance than the given one, after a time.</summary>
    public ClusterEvent? FirstAnswer(long afterUs, string notBy, int notAt) =>
        Log.First(e => e.Kind == "answer" && e.TimeUs >= afterUs && e.Node != notAt && e.Words[1] != notBy);

    /// <summary>Waits for the <see cref="FirstAnswer"/>; the result is how long that took.</summary>
    public TimeSpan AwaitNewSingleton(long afterUs, string notBy, int notAt, TimeSpan limit)
    {
        Patience.Await("the singleton answers elsewhere", limit, () => FirstAnswer(afterUs, notBy, notAt) is not null);
        return TimeSpan.FromMicroseconds(FirstAnswer(afterUs, notBy, notAt)!.TimeUs - afterUs);
    }

    /// <summary>The node that an instance of the singleton or an entity lives on.</summary>
    public static int NodeOf(string instance) => int.Parse(instance.Split('/')[0].Split('-')[1]);

    /// <summary>When the question of an answer was asked.</summary>
    public static long AskedUs(ClusterEvent answer) => long.Parse(answer.Words[0]);

    /// <summary>Whether the node has said, since it started last, that something of this kind happened.</summary>
    public bool Said(int node, string kind) => Log.Last(e => e.ProcessId == _nodes[node].Id && e.Kind == kind) is not null;

    public void Dispose()
    {
        foreach (var node in _nodes.Values.Concat(_ended))
        {
            node.Dispose();
        }

        _nodes.Clear();
        _ended.Clear();
        if (!KeepFolder && Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private ClusterEvent? LastView(int node) => Log.Last(e => e.ProcessId == _nodes[node].Id && e.Kind == "view");

    private string[] Sees(int node) => LastView(node)?.Words ?? [];

    private string Settings(int node) => $$"""
        akka {
          remote.dot-netty.tcp { hostname = "{{_network.AddressOf(node)}}", port = {{_port}} }
          remote.use-passive-connections = off
          cluster.roles = [controller]
          cluster.downing-provider-class = "ActorBroker.Actors.Membership.PromptDowningProvider, ActorBroker.Actors"
          cluster.failure-detector.implementation-class = "ActorBroker.Actors.Membership.PromptFailureDetector, ActorBroker.Actors"
          cluster.seed-nodes = [{{string.Join(", ", Enumerable.Range(1, Math.Min(Seeds, Size)).Select(seed => $"\"{AddressOf(seed)}\""))}}]
        }
        actorbroker.membership.voters = [{{string.Join(", ", All.Select(node => $"\"{EndPointOf(node)}\""))}}]
        """ + NodeDefaults.Hocon(Folder);
}
