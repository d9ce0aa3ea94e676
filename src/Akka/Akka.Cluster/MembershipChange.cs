#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster;

/// <summary>What came of two versions of the gossip.</summary>
internal enum GossipRelation
{
    Same,
    Older,
    Newer,
    Merged,
}

/// <summary>What came of a request to join.</summary>
internal enum JoinOutcome
{
    /// <summary>It is a member now.</summary>
    Added,

    /// <summary>It was one already: its welcome was lost.</summary>
    Known,

    /// <summary>An earlier incarnation is a member still. It was downed, and the request may be looked at again when it is removed.</summary>
    Replacing,

    /// <summary>It was removed under this uid, or this node is on its way out.</summary>
    Refused,
}

/// <summary>The changes of the membership, without an actor, clock or network: each takes a state and gives the next gossip, or null for no change.</summary>
internal static class MembershipChange
{
    /// <summary>A node wants to join by this one.</summary>
    public static (JoinOutcome Outcome, Gossip Next) Join(MembershipState state, UniqueAddress node, ImmutableHashSet<string> roles, AppVersion version)
    {
        Gossip gossip = state.Gossip;
        if (gossip.HasMember(node)) return (JoinOutcome.Known, null);
        if (gossip.Tombstones.ContainsKey(node) || state.SelfMember is { Status: MemberStatus.Down or MemberStatus.Exiting }) return (JoinOutcome.Refused, null);
        if (gossip.Members.FirstOrDefault(m => m.Address.Equals(node.Address)) is { } earlier) return (JoinOutcome.Replacing, Replaced(state, earlier));
        return (JoinOutcome.Added, gossip.Update([Member.Create(node, roles, version)]).ChangedBy(state.Self));
    }

    /// <summary>A member at this node's wish is on its way out. Null if it is none, or is already.</summary>
    public static Gossip Leave(MembershipState state, Address address) =>
        state.Members.FirstOrDefault(m => m.Address.Equals(address)) is { Status: MemberStatus.Joining or MemberStatus.WeaklyUp or MemberStatus.Up } member
            ? state.Gossip.Update([member.Copy(MemberStatus.Leaving)]).ChangedBy(state.Self)
            : null;

    /// <summary>Members are lost. Null if none of them is a member that is not down already.</summary>
    public static Gossip Down(MembershipState state, Func<Member, bool> which)
    {
        Member[] downed = [.. state.Members.Where(m => m.Status != MemberStatus.Down && which(m)).Select(static m => m.Copy(MemberStatus.Down))];
        if (downed.Length == 0) return null;
        Gossip gossip = state.Gossip.Update(downed);
        return (gossip with { Seen = gossip.Seen.Except(downed.Select(static m => m.UniqueAddress)) }).ChangedBy(state.Self);
    }

    /// <summary>This node's own opinion of all members, from its failure detector and from broken connections. Null if it is the same.</summary>
    public static Gossip Observe(MembershipState state, Func<Member, ReachabilityStatus> judge)
    {
        Reachability table = state.Gossip.Reachability;
        foreach (Member member in state.Members)
        {
            if (member.UniqueAddress.Equals(state.Self)) continue;
            table = judge(member) switch
            {
                ReachabilityStatus.Reachable => table.Reachable(state.Self, member.UniqueAddress),
                ReachabilityStatus.Unreachable => table.Unreachable(state.Self, member.UniqueAddress),
                _ => table.Terminated(state.Self, member.UniqueAddress),
            };
        }

        return ReferenceEquals(table, state.Gossip.Reachability) ? null : (state.Gossip with { Reachability = table }).ChangedBy(state.Self);
    }

    /// <summary>Another node's gossip came. The result is seen by this node.</summary>
    public static (Gossip Next, GossipRelation Relation) Receive(MembershipState state, Gossip remote)
    {
        Gossip local = state.Gossip;
        switch (remote.Version.CompareTo(local.Version))
        {
            case VectorClock.Ordering.Same:
                return (remote.MergeSeen(local).SeenBy(state.Self), GossipRelation.Same);
            case VectorClock.Ordering.Before:
                return (local, GossipRelation.Older);
            case VectorClock.Ordering.After:
                return (remote.SeenBy(state.Self), GossipRelation.Newer);
            default:
                return (remote.PruneRemovedBy(local).Merge(local.PruneRemovedBy(remote)).SeenBy(state.Self), GossipRelation.Merged);
        }
    }

    /// <summary>
    /// What the leader does when all agree: joining members become Up, leaving ones Exiting; those that are down and gone, or that have said that they are
    /// done, are removed. Null if there is nothing to do.
    /// </summary>
    public static Gossip Lead(MembershipState state, ClusterSettings settings, IReadOnlySet<UniqueAddress> exitingConfirmed, long nowMs)
    {
        Gossip gossip = state.Gossip;
        HashSet<UniqueAddress> removed =
        [
            .. state.Unreachable.Where(static m => m.Status is MemberStatus.Down or MemberStatus.Exiting).Select(static m => m.UniqueAddress),
            .. state.Members.Where(m => m.Status == MemberStatus.Exiting && exitingConfirmed.Contains(m.UniqueAddress)).Select(static m => m.UniqueAddress),
        ];
        List<Member> changed = [];
        var upNumber = gossip.YoungestUpNumber;
        var mayBeUp = HasEnoughMembers(state, settings);
        foreach (Member member in state.Members)
        {
            if (removed.Contains(member.UniqueAddress)) continue;
            if (member.Status is MemberStatus.Joining or MemberStatus.WeaklyUp && mayBeUp) changed.Add(member.CopyUp(++upNumber));
            else if (member.Status == MemberStatus.Leaving) changed.Add(member.Copy(MemberStatus.Exiting));
        }

        return removed.Count == 0 && changed.Count == 0 ? null : gossip.Update(changed).ChangedBy(state.Self).Remove(removed, nowMs);
    }

    /// <summary>What the leader does when some member has been unreachable for long: joining members that are reachable become WeaklyUp. Null if there are none.</summary>
    public static Gossip LeadWithoutConvergence(MembershipState state, ClusterSettings settings)
    {
        if (!HasEnoughMembers(state, settings)) return null;
        Member[] changed =
        [
            .. state.Members.Where(m => m.Status == MemberStatus.Joining && state.Reachability.IsReachable(m.UniqueAddress)).Select(static m => m.Copy(MemberStatus.WeaklyUp)),
        ];
        return changed.Length == 0 ? null : state.Gossip.Update(changed).ChangedBy(state.Self);
    }

    private static bool HasEnoughMembers(MembershipState state, ClusterSettings settings) =>
        state.Members.Count >= settings.MinNrOfMembers
        && settings.MinNrOfMembersOfRole.All(least => state.Members.Count(m => m.HasRole(least.Key)) >= least.Value);

    /// <summary>A new incarnation at its address proves that the earlier one has ended.</summary>
    private static Gossip Replaced(MembershipState state, Member earlier)
    {
        Gossip gossip = state.Gossip with { Reachability = state.Gossip.Reachability.Terminated(state.Self, earlier.UniqueAddress) };
        return Down(new MembershipState(gossip, state.Self), m => m.Equals(earlier))
            ?? (ReferenceEquals(gossip.Reachability, state.Gossip.Reachability) ? null : gossip.ChangedBy(state.Self));
    }
}
