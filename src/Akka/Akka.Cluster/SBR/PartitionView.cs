#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>The cluster as one node sees it while some members cannot be reached. Members that are down count no more.</summary>
internal sealed class PartitionView
{
    private readonly ImmutableHashSet<UniqueAddress> _unreachable;

    /// <param name="members">All members.</param>
    /// <param name="unreachable">Those that somebody on this side cannot reach.</param>
    /// <param name="indirectlyConnected">Those on both ends of a broken link that still hear of each other through others.</param>
    public PartitionView(IEnumerable<Member> members, IEnumerable<UniqueAddress> unreachable, IEnumerable<UniqueAddress> indirectlyConnected)
    {
        Members = [.. members.Where(static m => m.Status != MemberStatus.Down)];
        IndirectlyConnected = [.. indirectlyConnected];
        _unreachable = [.. unreachable.Where(node => !IndirectlyConnected.Contains(node))];
    }

    public ImmutableArray<Member> Members { get; }

    public ImmutableHashSet<UniqueAddress> IndirectlyConnected { get; }

    public static PartitionView Of(MembershipState state) => new(state.Members, state.Unreachable.Select(static m => m.UniqueAddress), FindIndirectlyConnected(state));

    public bool IsUnreachable(Member member) => _unreachable.Contains(member.UniqueAddress);

    public IEnumerable<UniqueAddress> Reachable => Members.Where(m => !IsUnreachable(m)).Select(static m => m.UniqueAddress);

    public IEnumerable<UniqueAddress> Unreachable => Members.Where(IsUnreachable).Select(static m => m.UniqueAddress);

    /// <summary>
    /// Members that count, with a role or all. The other side may know more than this one: members that became Up, or that left. To count what is the worst
    /// for this side, joining members there are taken for Up, and leaving ones here for gone.
    /// </summary>
    public IEnumerable<Member> Counted(string role, bool worst = false) => Members.Where(m => (role is null || m.HasRole(role)) && m.Status switch
    {
        MemberStatus.Up => true,
        MemberStatus.Leaving => !worst || IsUnreachable(m),
        MemberStatus.Joining or MemberStatus.WeaklyUp => worst && IsUnreachable(m),
        _ => false,
    });

    /// <summary>
    /// A link is broken while its ends hear of each other: the doubted one has seen the newest gossip. That it doubts somebody itself says nothing: it may have done so
    /// before this side lost it, and who counts it here takes a minority for a majority.
    /// </summary>
    private static IEnumerable<UniqueAddress> FindIndirectlyConnected(MembershipState state)
    {
        foreach (ReachabilityRecord doubt in state.Reachability.Records.Where(r => r.Status == ReachabilityStatus.Unreachable && state.Gossip.IsSeenBy(r.Subject)))
        {
            yield return doubt.Subject;
            yield return doubt.Observer;
        }
    }
}
