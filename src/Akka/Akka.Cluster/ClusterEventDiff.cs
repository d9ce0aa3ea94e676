#nullable disable
namespace Akka.Cluster;

/// <summary>What subscribers are told of the step from one state to the next.</summary>
internal static class ClusterEventDiff
{
    public static IEnumerable<ClusterEvent.IClusterDomainEvent> Between(ClusterEvent.CurrentClusterState before, ClusterEvent.CurrentClusterState after)
    {
        foreach (Member member in after.Unreachable)
            if (!before.Unreachable.Contains(member)) yield return new ClusterEvent.UnreachableMember(member);
        foreach (Member member in before.Unreachable)
            if (!after.Unreachable.Contains(member) && after.Members.TryGetValue(member, out Member now)) yield return new ClusterEvent.ReachableMember(now);
        foreach (ClusterEvent.IClusterDomainEvent changed in Members(before, after)) yield return changed;
        if (!Equals(before.Leader, after.Leader)) yield return new ClusterEvent.LeaderChanged(after.Leader);
        foreach (var role in before.AllRoles.Union(after.AllRoles))
            if (!Equals(before.RoleLeader(role), after.RoleLeader(role))) yield return new ClusterEvent.RoleLeaderChanged(role, after.RoleLeader(role));
    }

    private static IEnumerable<ClusterEvent.IClusterDomainEvent> Members(ClusterEvent.CurrentClusterState before, ClusterEvent.CurrentClusterState after)
    {
        foreach (Member member in before.Members)
            if (!after.Members.Contains(member)) yield return new ClusterEvent.MemberRemoved(member.Copy(MemberStatus.Removed), LastStatus(member));
        // The oldest first: a node that is welcomed as Up never sees itself alone, and so never takes itself for the oldest.
        foreach (Member member in after.Members.Order(Member.AgeOrdering))
            if (!before.Members.TryGetValue(member, out Member old) || old.Status != member.Status) yield return Event(member);
    }

    /// <summary>A member is removed as Exiting or as Down. Who has not seen it Exiting, as all must before it is removed, missed that it was downed.</summary>
    private static MemberStatus LastStatus(Member member) => member.Status == MemberStatus.Exiting ? MemberStatus.Exiting : MemberStatus.Down;

    private static ClusterEvent.MemberStatusChange Event(Member member) => member.Status switch
    {
        MemberStatus.Joining => new ClusterEvent.MemberJoined(member),
        MemberStatus.WeaklyUp => new ClusterEvent.MemberWeaklyUp(member),
        MemberStatus.Up => new ClusterEvent.MemberUp(member),
        MemberStatus.Leaving => new ClusterEvent.MemberLeft(member),
        MemberStatus.Exiting => new ClusterEvent.MemberExited(member),
        MemberStatus.Down => new ClusterEvent.MemberDowned(member),
        _ => throw new InvalidOperationException($"{member} is no member"),
    };
}
