using ActorBroker.Model;

namespace Simulation;

/// <summary>
/// What goes wrong. A lost disk must not happen twice at once: replicas protect against one. Until it is made good, nobody ends who does not know of its
/// registration either: the controller has to believe that it lost what was not flushed, which would be the second loss.
/// </summary>
public sealed class Faults(World world)
{
    private bool lacksDisk;

    public bool IsActive { get; private set; }

    public void Begin()
    {
        IsActive = true;
        Next();
    }

    /// <summary>From now on nothing goes wrong any more, and what did is made good.</summary>
    public void HealAll()
    {
        IsActive = false;
        world.Trace("all is healed");
        world.Network.Heal();
        foreach (var node in world.Nodes)
        {
            node.Resume();
            node.IsDiskFull = node.IsDiskSlow = false;
            node.Stay();
            node.Start();
        }
    }

    private void Next()
    {
        if (!IsActive)
        {
            return;
        }

        lacksDisk &= !world.Checks.IsWhole();
        var node = world.Nodes[world.Random.Next(world.Nodes.Length)];
        switch (world.Random.Next(15))
        {
            case 0 or 1 or 2:
                Kill(node);
                break;
            case 3:
                Isolate(node);
                break;
            case 4:
                CutOneWay(node);
                break;
            case 5 or 6:
                world.Network.Heal();
                break;
            case 7:
                PauseForAWhile(node);
                break;
            case 8:
                world.Network.Loss = world.Chance(0.5) ? 0.2 : 0.02;
                break;
            case 9:
                node.Leave();
                world.At(world.Between(500, 4_000), node.Start);
                break;
            case 10:
                PowerCut();
                break;
            case 11:
                LoseDisk(node);
                break;
            case 12:
                node.Jump(world.Between(100, 5_000));
                break;
            case 13:
                FillDisk(node);
                break;
            case 14:
                SlowDown(node);
                break;
        }

        world.At(world.Between(100, 2_500), Next);
    }

    private void Kill(SimNode node)
    {
        if (MayEnd(node))
        {
            node.Kill(world.Shape.GroupCommit && world.Chance(0.7));
            world.At(world.Between(20, 3_000), node.Start);
        }
    }

    private void Isolate(SimNode node)
    {
        world.Trace($"node {node.Id} is cut off");
        foreach (var other in world.Nodes.Where(other => other != node))
        {
            world.Network.Cut(node.Id, other.Id);
            world.Network.Cut(other.Id, node.Id);
        }
    }

    private void CutOneWay(SimNode node)
    {
        var other = world.Nodes[world.Random.Next(world.Nodes.Length)];
        world.Trace($"nothing goes from node {node.Id} to node {other.Id}");
        world.Network.Cut(node.Id, other.Id);
    }

    private void PauseForAWhile(SimNode node)
    {
        world.Trace($"node {node.Id} stands still");
        node.Pause();
        world.At(world.Between(100, 5_000), node.Resume);
    }

    private void PowerCut()
    {
        if (!world.Chance(0.3))
        {
            return;
        }

        foreach (var node in world.Nodes.Where(MayEnd))
        {
            node.Kill(world.Shape.GroupCommit);
            world.At(world.Between(20, 2_000), node.Start);
        }
    }

    /// <summary>Sometimes a follower loses its disk just when it is to join, and is registered anew before the proposal comes to the controller.</summary>
    public void OnProposal(SimNode leader, IEnumerable<NodeId> joining)
    {
        var controller = world.ControllerHint;
        if (!IsActive || lacksDisk || leader.Id == controller || !world.Chance(0.05) || joining.FirstOrDefault(NodeId.None) is var id && id == NodeId.None)
        {
            return;
        }

        if (id != controller && world[id].IsUp && world.Checks.CanSpare(id) && world.Nodes.Any(other => other.Controller is { HasAllVoters: true }))
        {
            lacksDisk = true;
            world[id].Kill(losesPower: false);
            world[id].LoseDisk();
            world.At(world.Between(1, 100), world[id].Start);
            world.Network.Cut(leader.Id, controller);
            world.At(world.Between(300, 1_300), () => world.Network.Mend(leader.Id, controller));
        }
    }

    /// <summary>One disk, or all of them, as shared storage is; then much is lost when the power goes.</summary>
    private void SlowDown(SimNode node)
    {
        var slow = world.Chance(0.5) ? [node] : world.Nodes;
        foreach (var one in slow)
        {
            one.IsDiskSlow = true;
        }

        world.At(world.Between(500, 3_000), () =>
        {
            if (IsActive)
            {
                PowerCut();
            }

            foreach (var one in slow)
            {
                one.IsDiskSlow = false;
            }
        });
    }

    private bool MayEnd(SimNode node) => node.IsUp && (!lacksDisk || node.IsRegistered);

    private void FillDisk(SimNode node)
    {
        world.Trace($"the disk of node {node.Id} is full");
        node.IsDiskFull = true;
        world.At(world.Between(100, 4_000), () => node.IsDiskFull = false);
    }

    /// <summary>Only when every replica is in sync, and all voters hold the journal: what one disk held, two others hold.</summary>
    private void LoseDisk(SimNode node)
    {
        if (!node.IsUp || !world.Checks.IsWhole() || world.Nodes.Any(other => other.IsPaused) || !world.Nodes.Any(other => other.Controller is { HasAllVoters: true }))
        {
            return;
        }

        lacksDisk = true;
        node.Kill(losesPower: false);
        node.LoseDisk();
        world.At(world.Between(20, 3_000), node.Start);
    }
}
