using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace Simulation;

/// <summary>A law was broken. The message says which and how.</summary>
public sealed class LawBrokenException(string message) : Exception(message);

/// <summary>What a run is like; all of it follows from the seed.</summary>
/// <param name="NodeCount">Nodes; the first three are controllers too.</param>
/// <param name="Partitions">Of the one topic, each with three replicas.</param>
/// <param name="GroupCommit">Acknowledged only after fsync: then crashes lose what was not flushed. Otherwise only processes die, and their files stay.</param>
public sealed record Shape(int Seed, int NodeCount, int Partitions, bool GroupCommit)
{
    public static Shape Of(int seed)
    {
        var random = new Random(seed);
        return new Shape(seed, random.Next(3, 6), random.Next(1, 4), random.Next(2) == 0);
    }
}

/// <summary>
/// A cluster of the pure cores in one thread: virtual time, one queue of events, one seeded source of chance. The same seed gives the same run.
/// </summary>
public sealed class World
{
    private readonly PriorityQueue<Action, (long At, long Order)> queue = new();
    private readonly Action<string>? trace;
    private long order;

    public World(Shape shape, Action<string>? trace = null)
    {
        Shape = shape;
        this.trace = trace;
        Random = new Random(shape.Seed ^ 0x5EED);
        Network = new Network(this);
        Checks = new Checks(this);
        Nodes = [.. Enumerable.Range(1, shape.NodeCount).Select(id => new SimNode(this, new NodeId(id)))];
        Client = new Client(this);
        Faults = new Faults(this);
    }

    public Shape Shape { get; }

    public Random Random { get; }

    public Network Network { get; }

    public Checks Checks { get; }

    public ImmutableArray<SimNode> Nodes { get; }

    public Client Client { get; }

    public Faults Faults { get; }

    /// <summary>Whether the trace has every step of the replicas.</summary>
    public bool IsFine { get; init; }

    /// <summary>Milliseconds since the beginning.</summary>
    public long Now { get; private set; }

    /// <summary>Events handled so far.</summary>
    public long Steps { get; private set; }

    /// <summary>The nodes that keep the metadata journal.</summary>
    public ImmutableArray<NodeId> Voters { get; } = [new(1), new(2), new(3)];

    /// <summary>The events of each batch of the metadata journal; a batch is fully named by its epoch and offset.</summary>
    public Dictionary<(ControllerEpoch Epoch, Offset Offset), ImmutableArray<MetadataEvent>> Batches { get; } = [];

    /// <summary>The controller of the newest epoch so far: whom brokers talk to.</summary>
    public NodeId ControllerHint { get; private set; } = new(1);

    private ControllerEpoch ControllerEpoch { get; set; }

    public SimNode this[NodeId id] => Nodes[id.Value - 1];

    public int Between(int low, int high) => Random.Next(low, high + 1);

    public bool Chance(double probability) => Random.NextDouble() < probability;

    public Guid NewGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Random.NextBytes(bytes);
        return new Guid(bytes);
    }

    public void At(long delayMs, Action action) => queue.Enqueue(action, (Now + delayMs, order++));

    public void Trace(string text) => trace?.Invoke($"{Now,8} {text}");

    /// <summary>What is only wanted with <see cref="IsFine"/>.</summary>
    public void TraceFine(Func<string> text)
    {
        if (IsFine)
        {
            Trace(text());
        }
    }

    /// <summary>Starts everything, and runs that many events with faults; then heals and demands that all is well again.</summary>
    /// <exception cref="LawBrokenException">A law was broken.</exception>
    public void Run(long steps)
    {
        foreach (var node in Nodes)
        {
            node.Start();
        }

        At(0, ElectSomebody);
        Client.Begin();
        At(2_000, Faults.Begin);
        Advance(() => Steps < steps);
        Faults.HealAll();
        AwaitWhole();
        Client.Stop();
        var quiet = Now + 3_000;
        Advance(() => Now < quiet);
        Checks.CheckTheEnd();
    }

    /// <summary>What was on its way when all was healed may still change something: whole is what stays whole for a while.</summary>
    private void AwaitWhole()
    {
        var calm = Now + 60_000;
        var since = Now;
        Advance(() =>
        {
            since = Checks.IsWhole() ? since : Now;
            return Now < calm && Now - since < 5_000;
        });
    }

    /// <summary>A controller serves. One that stood still may say so long after its successor.</summary>
    public void OnServing(NodeId node, ControllerEpoch epoch)
    {
        if (epoch > ControllerEpoch)
        {
            (ControllerHint, ControllerEpoch) = (node, epoch);
        }
    }

    /// <summary>Stands in for the cluster singleton, which may be started late, twice, or where it was not wanted.</summary>
    private void ElectSomebody()
    {
        var serving = Nodes.Where(node => node.IsUp && node.Controller is { IsServing: true }).ToList();
        var trying = Nodes.Any(node => node.IsUp && node.Controller is not null);
        if ((serving.Count == 0 && (!trying || Chance(0.2))) || Chance(Faults.IsActive ? 0.02 : 0))
        {
            var candidates = Voters.Select(id => this[id]).Where(node => node.IsUp && node.Controller is null).ToList();
            if (candidates.Count > 0)
            {
                candidates[Random.Next(candidates.Count)].StartController();
            }
        }

        At(Between(100, 500), ElectSomebody);
    }

    private void Advance(Func<bool> goesOn)
    {
        while (goesOn() && queue.TryDequeue(out var action, out var key))
        {
            Now = Math.Max(Now, key.At);
            Steps++;
            action();
        }
    }
}
