using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>
/// A journal replica: a node with the disk that it writes to. A node that lost its disk comes back with another directory id, and is another replica
/// (KIP-853): it has forgotten its promises, so it must not count as the one that gave them.
/// </summary>
/// <param name="DirectoryId">All zero in a <see cref="VoterSet"/>: the place is kept for the node, but nobody may fill it yet.</param>
public readonly record struct JournalReplica(NodeId Node, Guid DirectoryId)
{
    /// <summary>Whether this is a place that waits for its node's new disk.</summary>
    public bool IsPlaceholder => DirectoryId == Guid.Empty;

    public override string ToString() => IsPlaceholder ? $"{Node}:-" : $"{Node}:{DirectoryId.ToString("N")[..4]}";
}

/// <summary>The replicas whose promises and acknowledgements count. Ordered by node id; a node is in it at most once.</summary>
public sealed class VoterSet : IEquatable<VoterSet>
{
    private VoterSet(ImmutableArray<JournalReplica> voters) => Voters = voters;

    public ImmutableArray<JournalReplica> Voters { get; }

    /// <summary>How many replicas make a majority. Placeholders count for its size, so that filling one never makes two majorities that do not meet.</summary>
    public int Majority => (Voters.Length / 2) + 1;

    /// <exception cref="ArgumentException">There are none, or a node is named twice.</exception>
    public static VoterSet Of(IEnumerable<JournalReplica> voters)
    {
        var sorted = voters.OrderBy(voter => voter.Node).ToImmutableArray();
        if (sorted.IsEmpty || sorted.DistinctBy(voter => voter.Node).Count() != sorted.Length)
        {
            throw new ArgumentException($"a voter set needs voters, each node once: [{string.Join(' ', sorted)}]", nameof(voters));
        }

        return new VoterSet(sorted);
    }

    /// <summary>Whether this replica, with this very disk, votes.</summary>
    public bool Contains(JournalReplica replica) => !replica.IsPlaceholder && Voters.Contains(replica);

    /// <summary>The entry of a node, whatever its disk; null when it has none.</summary>
    public JournalReplica? Find(NodeId node)
    {
        foreach (var voter in Voters)
        {
            if (voter.Node == node)
            {
                return voter;
            }
        }

        return null;
    }

    /// <summary>The set with the node's entry replaced, or added when it has none.</summary>
    public VoterSet With(JournalReplica replica) => Of(Voters.Where(voter => voter.Node != replica.Node).Append(replica));

    /// <summary>The set without the node.</summary>
    /// <exception cref="ArgumentException">It was the last one.</exception>
    public VoterSet Without(NodeId node) => Of(Voters.Where(voter => voter.Node != node));

    public bool Equals(VoterSet? other) => other is not null && Voters.SequenceEqual(other.Voters);

    public override bool Equals(object? obj) => Equals(obj as VoterSet);

    public override int GetHashCode() => Voters.Aggregate(0, HashCode.Combine);

    public override string ToString() => $"[{string.Join(' ', Voters)}]";
}
