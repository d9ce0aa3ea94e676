using ActorBroker.Model;

namespace ActorBroker.Actors.Bootstrap;

/// <summary>
/// Who begins a cluster of which nobody is a member yet: the voter with the lowest id that a majority of the voters supports. A voter supports
/// the lowest id that it has lately heard of, itself included, and stays with its choice for a while, so that two beginnings need a voter
/// that supports both within that time. A minority begins nothing. Pure: the time is given.
/// </summary>
public sealed class BootstrapBallot
{
    /// <summary>How long a voter counts after it was heard.</summary>
    public static readonly TimeSpan Hearing = TimeSpan.FromMilliseconds(1_000);

    /// <summary>How long a choice lasts.</summary>
    public static readonly TimeSpan Choice = TimeSpan.FromMilliseconds(2_000);

    private readonly NodeId self;
    private readonly HashSet<NodeId> voters;
    private readonly Dictionary<NodeId, TimeSpan> heard = [];
    private readonly Dictionary<NodeId, (NodeId Supported, TimeSpan At)> supports = [];
    private NodeId choice = NodeId.None;
    private TimeSpan chosenAt;

    /// <param name="startedAt">Nobody is supported before others had the time to be heard.</param>
    public BootstrapBallot(NodeId self, IEnumerable<NodeId> voters, TimeSpan startedAt)
    {
        this.self = self;
        this.voters = [.. voters];
        StartedAt = startedAt;
    }

    private TimeSpan StartedAt { get; }

    private int Majority => (voters.Count / 2) + 1;

    /// <summary>Another voter lives.</summary>
    public void OnHeard(NodeId voter, TimeSpan now)
    {
        if (voters.Contains(voter))
        {
            heard[voter] = now;
        }
    }

    /// <summary>Another voter said whom it supports.</summary>
    public void OnSupport(NodeId voter, NodeId supported, TimeSpan now)
    {
        OnHeard(voter, now);
        if (voters.Contains(voter))
        {
            supports[voter] = (supported, now);
        }
    }

    /// <summary>Whom this voter supports; <see cref="NodeId.None"/> for nobody yet.</summary>
    public NodeId Supported(TimeSpan now)
    {
        var alive = heard.Where(entry => now - entry.Value < Hearing).Select(entry => entry.Key).Append(self).Where(voters.Contains).ToList();
        var isBound = choice != NodeId.None && now - chosenAt < Choice;
        if (isBound || alive.Count == 0 || (now - StartedAt < Hearing && alive.Count < voters.Count))
        {
            return isBound ? choice : NodeId.None;
        }

        choice = alive.Min();
        chosenAt = now;
        return choice;
    }

    /// <summary>Whether this node is to begin the cluster.</summary>
    public bool Begins(TimeSpan now)
    {
        if (Supported(now) != self)
        {
            return false;
        }

        var others = supports.Count(entry => entry.Key != self && entry.Value.Supported == self && now - entry.Value.At < Hearing);
        return others + 1 >= Majority;
    }
}
