using System.Collections.Immutable;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>The members with a role, as one subscriber of the cluster's events sees them; an immutable value.</summary>
internal sealed class RoleMembers
{
    private static readonly IComparer<Member> NewestVersionFirst = Comparer<Member>.Create(static (a, b) =>
    {
        var byVersion = b.AppVersion.CompareTo(a.AppVersion);
        return byVersion != 0 ? byVersion : Member.AgeOrdering.Compare(a, b);
    });

    private readonly string? _role;
    private readonly IComparer<Member> _order;

    // Compares values by reference: members are equal whatever their status, and a new status must not be taken for nothing new.
    private readonly ImmutableDictionary<UniqueAddress, Member> _members;

    private RoleMembers(string? role, IComparer<Member> order, ImmutableDictionary<UniqueAddress, Member> members)
    {
        _role = role;
        _order = order;
        _members = members;
        OldestFirst = [.. members.Values.Where(static m => m.Status is MemberStatus.Up or MemberStatus.Leaving).Order(order)];
    }

    /// <summary>Members that are Up or Leaving, the oldest first.</summary>
    public ImmutableArray<Member> OldestFirst { get; }

    /// <summary>The oldest of them; null if there is none.</summary>
    public Member? Oldest => OldestFirst.IsEmpty ? null : OldestFirst[0];

    /// <summary>All members with the role, in any status.</summary>
    public IEnumerable<Member> All => _members.Values;

    /// <summary>No members yet.</summary>
    /// <param name="role">The role; null or empty for all members.</param>
    /// <param name="considerAppVersion">Whether the newest application version comes before age.</param>
    public static RoleMembers None(string? role, bool considerAppVersion) =>
        new(string.IsNullOrEmpty(role) ? null : role, considerAppVersion ? NewestVersionFirst : Member.AgeOrdering, ImmutableDictionary.Create<UniqueAddress, Member>(null, ReferenceEqualityComparer.Instance));

    /// <summary>The members of a snapshot.</summary>
    public RoleMembers With(ClusterEvent.CurrentClusterState state) =>
        new(_role, _order, _members.Clear().AddRange(state.Members.Where(Matches).Select(static m => KeyValuePair.Create(m.UniqueAddress, m))));

    /// <summary>The members after a change of one of them.</summary>
    public RoleMembers With(ClusterEvent.IMemberEvent change)
    {
        Member member = change.Member;
        if (!Matches(member)) return this;
        return new RoleMembers(_role, _order, change is ClusterEvent.MemberRemoved ? _members.Remove(member.UniqueAddress) : _members.SetItem(member.UniqueAddress, member));
    }

    /// <summary>Whether a member is one of these, in any status.</summary>
    public bool Contains(UniqueAddress member) => _members.ContainsKey(member);

    /// <summary>The member at an address; null if there is none.</summary>
    public Member? At(Actor.Address address) => _members.Values.FirstOrDefault(m => m.Address.Equals(address));

    private bool Matches(Member member) => _role is null || member.HasRole(_role);
}
