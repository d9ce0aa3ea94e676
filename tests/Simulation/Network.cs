using ActorBroker.Model;

namespace Simulation;

/// <summary>Messages between nodes: late, out of order, lost, doubled, or cut off. Ordered ones keep their order on each way, as a connection does.</summary>
public sealed class Network(World world)
{
    private readonly HashSet<(NodeId From, NodeId To)> cut = [];
    private readonly Dictionary<(NodeId, NodeId), long> lastOrdered = [];

    /// <summary>The share of messages that are lost.</summary>
    public double Loss { get; set; }

    public void Cut(NodeId from, NodeId to) => cut.Add((from, to));

    public void Mend(NodeId from, NodeId to) => cut.Remove((from, to));

    public void Heal()
    {
        cut.Clear();
        Loss = 0;
    }

    public void Send(NodeId from, NodeId to, object message, bool ordered = false)
    {
        if (from == to)
        {
            world.At(0, () => world[to].Receive(from, message));
            return;
        }

        if (cut.Contains((from, to)) || world.Chance(Loss))
        {
            return;
        }

        var at = world.Now + Delay();
        if (ordered)
        {
            at = Math.Max(at, lastOrdered.GetValueOrDefault((from, to)));
            lastOrdered[(from, to)] = at;
        }

        world.At(at - world.Now, () => world[to].Receive(from, message));
        if (!ordered && world.Faults.IsActive && world.Chance(0.01))
        {
            world.At(at - world.Now + world.Between(0, 300), () => world[to].Receive(from, message));
        }
    }

    private int Delay() => world.Faults.IsActive && world.Chance(0.02) ? world.Between(20, 800) : world.Between(1, 6);
}
