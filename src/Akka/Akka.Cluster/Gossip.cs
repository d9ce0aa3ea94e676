#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster;

/// <summary>
/// What the nodes tell each other: the members, who reaches whom, a version, and who has seen this version. Immutable; each change makes a new one.
/// </summary>
/// <param name="Members">By address and uid.</param>
/// <param name="Seen">Who has this version.</param>
/// <param name="Reachability">Who reaches whom.</param>
/// <param name="Version">Counts the changes of each node.</param>
/// <param name="Tombstones">Removed members, and when (milliseconds since 1970), so that older gossip does not bring them back.</param>
internal sealed record Gossip(
    ImmutableSortedSet<Member> Members,
    ImmutableHashSet<UniqueAddress> Seen,
    Reachability Reachability,
    VectorClock Version,
    ImmutableDictionary<UniqueAddress, long> Tombstones)
{
    public static readonly Gossip Empty = new([], [], Reachability.Empty, VectorClock.Create(), ImmutableDictionary<UniqueAddress, long>.Empty);

    /// <summary>The member that is an incarnation; null if there is none.</summary>
    public Member MemberOf(UniqueAddress node) =>
        Members.TryGetValue(Member.Removed(node), out Member member) ? member : null;

    public bool HasMember(UniqueAddress node) => MemberOf(node) is not null;

    public bool IsSeenBy(UniqueAddress node) => Seen.Contains(node);

    /// <summary>The highest number that a member has got by becoming Up; zero if none has.</summary>
    public int YoungestUpNumber => Members.Where(static m => m.UpNumber != Member.NotYetUp).Select(static m => m.UpNumber).DefaultIfEmpty().Max();

    /// <summary>This as a change by a node: only that node has seen it.</summary>
    public Gossip ChangedBy(UniqueAddress node) => this with { Version = Version.Increment(ClockNode(node)), Seen = [node] };

    public Gossip SeenBy(UniqueAddress node) => Seen.Contains(node) ? this : this with { Seen = Seen.Add(node) };

    /// <summary>This, seen also by those who have seen the same version there.</summary>
    public Gossip MergeSeen(Gossip that) => this with { Seen = Seen.Union(that.Seen) };

    /// <summary>With members in place of those that they equal.</summary>
    public Gossip Update(IEnumerable<Member> changed)
    {
        ImmutableSortedSet<Member>.Builder members = Members.ToBuilder();
        foreach (Member member in changed)
        {
            members.Remove(member);
            members.Add(member);
        }

        return this with { Members = members.ToImmutable() };
    }

    /// <summary>Without members that are removed, and with a tombstone for each.</summary>
    public Gossip Remove(IReadOnlySet<UniqueAddress> nodes, long nowMs) => nodes.Count == 0 ? this : this with
    {
        Members = Members.Except(Members.Where(m => nodes.Contains(m.UniqueAddress))),
        Seen = Seen.Except(nodes),
        Reachability = Reachability.Remove(nodes),
        Version = nodes.Aggregate(Version, static (version, node) => version.Prune(ClockNode(node))),
        Tombstones = Tombstones.SetItems(nodes.Select(node => KeyValuePair.Create(node, nowMs))),
    };

    /// <summary>Without the tombstones from before a time.</summary>
    public Gossip PruneTombstones(long beforeMs)
    {
        ImmutableDictionary<UniqueAddress, long> rest = Tombstones.RemoveRange(Tombstones.Where(t => t.Value < beforeMs).Select(static t => t.Key));
        return rest.Count == Tombstones.Count ? this : this with { Tombstones = rest };
    }

    /// <summary>Joins two versions that both have something the other has not. Nobody has seen the result.</summary>
    public Gossip Merge(Gossip that)
    {
        ImmutableDictionary<UniqueAddress, long> tombstones = Tombstones.SetItems(that.Tombstones);
        VectorClock version = tombstones.Keys.Aggregate(Version.Merge(that.Version), static (v, node) => v.Prune(ClockNode(node)));
        ImmutableSortedSet<Member> members =
        [
            .. Member.PickHighestPriority(Living(this), Living(that)),
        ];
        Reachability reachability = Reachability.Merge(members.Select(static m => m.UniqueAddress).ToHashSet(), that.Reachability);
        return new Gossip(members, [], reachability, version, tombstones);

        IEnumerable<Member> Living(Gossip gossip) => gossip.Members.Where(m => !tombstones.ContainsKey(m.UniqueAddress));
    }

    /// <summary>Without those changes of a member that the other side has removed, so that versions can be compared.</summary>
    public Gossip PruneRemovedBy(Gossip that)
    {
        VectorClock version = Members
            .Where(m => m.Status is MemberStatus.Down or MemberStatus.Exiting && !that.HasMember(m.UniqueAddress))
            .Aggregate(Version, static (v, m) => v.Prune(ClockNode(m.UniqueAddress)));
        return this with { Version = version };
    }

    public override string ToString() => $"Gossip([{string.Join(", ", Members)}], seen by {Seen.Count}, unreachable: [{Reachability}], {Version})";

    /// <summary>The node's name in vector clocks.</summary>
    public static VectorClock.Node ClockNode(UniqueAddress node) => VectorClock.Node.Create($"{node.Address.Host}:{node.Address.Port}-{node.Uid:x}");
}
