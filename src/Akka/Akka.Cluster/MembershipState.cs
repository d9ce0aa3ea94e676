#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>The newest gossip as one node sees it: who leads, whether all agree. Immutable.</summary>
internal sealed class MembershipState
{
    private Reachability _reachability;
    private ImmutableHashSet<Member> _unreachable;
    private UniqueAddress _leader;

    public MembershipState(Gossip gossip, UniqueAddress self)
    {
        Gossip = gossip;
        Self = self;
    }

    public Gossip Gossip { get; }

    public UniqueAddress Self { get; }

    /// <summary>Removed members that were known to have ended as processes, as long as their tombstones are kept.</summary>
    public ImmutableHashSet<UniqueAddress> Ended { get; private init; } = [];

    public ImmutableSortedSet<Member> Members => Gossip.Members;

    /// <summary>This node as a member; null if it is none.</summary>
    public Member SelfMember => Gossip.MemberOf(Self);

    /// <summary>Reachability without the opinions of members that are down: they are the ones who do not reach.</summary>
    public Reachability Reachability => _reachability ??= Gossip.Reachability.RemoveObservers(
        Members.Where(static m => m.Status == MemberStatus.Down).Select(static m => m.UniqueAddress).ToHashSet());

    /// <summary>Unreachable members, without this node itself.</summary>
    public ImmutableHashSet<Member> Unreachable => _unreachable ??=
    [
        .. Reachability.AllUnreachable.Where(node => !node.Equals(Self)).Select(Gossip.MemberOf).Where(static m => m is not null),
    ];

    /// <summary>The lowest address among the reachable members that are Up or Leaving; before there are any, the first by status. Null without members.</summary>
    public UniqueAddress Leader => _leader ??= LeaderOf(Members);

    public bool IsLeader => Self.Equals(Leader);

    public UniqueAddress RoleLeader(string role) => LeaderOf(Members.Where(m => m.HasRole(role)));

    /// <summary>
    /// Whether all members that count have seen this version and no member that counts is unreachable: then the leader may act, since
    /// nobody else can have led in the meantime.
    /// </summary>
    public bool HasConvergence(IReadOnlySet<UniqueAddress> exitingConfirmed) =>
        Unreachable.All(m => m.Status is MemberStatus.Down or MemberStatus.Exiting || exitingConfirmed.Contains(m.UniqueAddress))
        && Members.All(m => m.Status is not (MemberStatus.Up or MemberStatus.Leaving) || Gossip.IsSeenBy(m.UniqueAddress) || exitingConfirmed.Contains(m.UniqueAddress));

    /// <summary>Whether gossip may go to a node: this node itself does not find it unreachable.</summary>
    public bool MayGossipTo(UniqueAddress node) => !node.Equals(Self) && Gossip.Reachability.IsReachable(Self, node);

    /// <summary>
    /// This node's state with a newer gossip. Each survivor had the removed member's end in the gossip before: the leader removes it when all have seen that it is
    /// down, and that it cannot be reached.
    /// </summary>
    public MembershipState Next(Gossip next) => new(next, Self)
    {
        Ended =
        [
            .. Ended.Where(next.Tombstones.ContainsKey),
            .. Members.Select(static m => m.UniqueAddress).Where(node => !next.HasMember(node) && next.Tombstones.ContainsKey(node) && HasEnded(node)),
        ],
    };

    /// <summary>Whether a member's process is known to have ended: those who cannot reach it all say so, and none that it is silent.</summary>
    private bool HasEnded(UniqueAddress node) =>
        Reachability.IsTerminated(node) && Reachability.ObserversOf(node).All(observer => Reachability.Status(observer, node) == ReachabilityStatus.Terminated);

    public ClusterEvent.CurrentClusterState ToState() => new(
        Members,
        Unreachable,
        [.. Gossip.Seen.Select(static node => node.Address)],
        Leader?.Address,
        Members.SelectMany(static m => m.Roles).Distinct().ToImmutableDictionary(static role => role, role => RoleLeader(role)?.Address));

    private UniqueAddress LeaderOf(IEnumerable<Member> members)
    {
        Member best = null;
        foreach (Member member in members)
        {
            if (member.Status == MemberStatus.Down || !(Reachability.IsReachable(member.UniqueAddress) || member.UniqueAddress.Equals(Self))) continue;
            if (best is null || Member.LeaderStatusOrdering.Compare(member, best) < 0) best = member;
        }

        return best?.UniqueAddress;
    }
}
