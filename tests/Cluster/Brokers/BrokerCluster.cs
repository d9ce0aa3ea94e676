using System.Net;
using ActorBroker.Faults.Machine;
using ActorBroker.Harness;

namespace ActorBroker.Faults.Brokers;

/// <summary>Brokers in processes of their own, each of them controller too unless said otherwise.</summary>
internal sealed class BrokerCluster : IDisposable
{
    private const int ClientPort = 9092;
    private const int NodePort = 9093;
    private readonly Dictionary<int, BrokerNode> _nodes = [];
    private readonly List<string> _mounts = [];
    private readonly Network _network;
    private readonly WallClocks? _clocks;

    /// <param name="network">Where they live.</param>
    /// <param name="settings">Kafka's property names and values, for all of them.</param>
    /// <param name="diskMiB">Size of each one's disk; 0 for the machine's own.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="controllers">How many of them, the first ones, are controllers, the others brokers only; null for all.</param>
    public BrokerCluster(Network network, IReadOnlyList<string> settings, int diskMiB = 0, int size = 3, int? controllers = null)
    {
        _network = network;
        Size = size;
        Controllers = controllers ?? size;
        Folder = Directory.CreateTempSubdirectory("brokers.").FullName;
        _clocks = WallClocks.WhyNot() is null ? new WallClocks(Folder) : null;
        foreach (var id in Ids)
        {
            Directory.CreateDirectory(DataOf(id));
            if (diskMiB > 0)
            {
                Command.Run("mount", "-t", "tmpfs", "-o", $"size={diskMiB}m", "faults", DataOf(id));
                _mounts.Add(DataOf(id));
            }

            _nodes[id] = new BrokerNode(id, CommandOf(id, settings), LogOf(id));
        }
    }

    public int Size { get; }

    public int Controllers { get; }

    public IEnumerable<int> Ids => Enumerable.Range(1, Size);

    public string Folder { get; }

    /// <summary>Whether the folder stays when this object goes.</summary>
    public bool KeepFolder { get; set; }

    public Network Network => _network;

    /// <summary>The wall clocks of the nodes; null where they cannot be set.</summary>
    public WallClocks? Clocks => _clocks;

    /// <summary>Where clients reach each node.</summary>
    public IReadOnlyDictionary<int, IPEndPoint> EndPoints => Ids.ToDictionary(static id => id, id => new IPEndPoint(IPAddress.Parse(_network.AddressOf(id)), ClientPort));

    public BrokerNode this[int id] => _nodes[id];

    public string DataOf(int id) => Path.Combine(Folder, $"data-{id}");

    public string LogOf(int id) => Path.Combine(Folder, $"{id}.log");

    /// <summary>Starts all and waits until each answers.</summary>
    public void Start()
    {
        foreach (var id in Ids)
        {
            _nodes[id].Start();
        }

        foreach (var id in Ids)
        {
            AwaitAnswer(id);
        }
    }

    /// <summary>Waits until a node answers its clients.</summary>
    public void AwaitAnswer(int id)
    {
        try
        {
            BrokerCalls.AwaitMetadata(EndPoints[id], TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException error)
        {
            throw new FaultException($"broker {id}: {error.Message}");
        }
    }

    /// <summary>Makes each node print its tree of actors into its log, as far as it still can.</summary>
    public void PrintTrees()
    {
        foreach (var node in _nodes.Values)
        {
            node.PrintTree();
        }

        Patience.Linger(TimeSpan.FromSeconds(1));
    }

    public void Dispose()
    {
        foreach (var node in _nodes.Values)
        {
            node.Dispose();
        }

        foreach (var mount in _mounts.Where(_ => !KeepFolder))
        {
            Command.Try("umount", "-l", mount);
        }

        if (!KeepFolder)
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private List<string> CommandOf(int id, IReadOnlyList<string> settings)
    {
        List<string> command =
        [
            .. _network.CommandPrefix(id), .. _clocks?.CommandPrefix(id) ?? [], Environment.GetEnvironmentVariable("ACTORBROKER") ?? Path.GetFullPath("artifacts/actorbroker/actorbroker"), "start",
            .. Size == 1 ? Array.Empty<string>() : ["--config", Path.GetFullPath("hocon/cluster.conf")],
            "--data-dir", DataOf(id), "--listener", $"{_network.AddressOf(id)}:{ClientPort}",
        ];
        string[] all =
        [
            $"node.id={id}",
            .. settings,
            .. Size == 1 ? Array.Empty<string>() : ["offsets.topic.replication.factor=3", "actorbroker.cluster.cookie=faults",
                $"controller.quorum.voters={string.Join(',', Ids.Take(Controllers).Select(voter => $"{voter}@{_network.AddressOf(voter)}:{NodePort}"))}"],
            .. id <= Controllers ? Array.Empty<string>() : ["process.roles=broker", $"cluster.listener={_network.AddressOf(id)}:{NodePort}"],
        ];
        foreach (var setting in all)
        {
            command.Add("--set");
            command.Add(setting);
        }

        return command;
    }
}
