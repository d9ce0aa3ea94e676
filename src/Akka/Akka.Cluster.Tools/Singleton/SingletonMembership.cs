using System.Collections.Immutable;

namespace Akka.Cluster.Tools.Singleton;

/// <summary>Makes a manager's view out of the cluster's events. Members that were downed stay in it for the removal margin.</summary>
internal sealed class SingletonMembership(UniqueAddress self, RoleMembers members)
{
    private RoleMembers _members = members;
    private ImmutableHashSet<UniqueAddress> _lingering = [];

    /// <summary>The members.</summary>
    public RoleMembers Members => _members;

    public void Apply(ClusterEvent.CurrentClusterState state) => _members = _members.With(state);

    public void Apply(ClusterEvent.IMemberEvent change) => _members = _members.With(change);

    /// <summary>Keeps a removed member in the view until <see cref="Forget"/>.</summary>
    public void Linger(UniqueAddress removed) => _lingering = _lingering.Add(removed);

    public void Forget(UniqueAddress removed) => _lingering = _lingering.Remove(removed);

    public SingletonView View()
    {
        ImmutableHashSet<UniqueAddress>.Builder present = _lingering.ToBuilder();
        ImmutableHashSet<UniqueAddress>.Builder unsettled = _lingering.ToBuilder();
        foreach (Member member in _members.All)
        {
            present.Add(member.UniqueAddress);
            if (member.Status is MemberStatus.Exiting or MemberStatus.Down) unsettled.Add(member.UniqueAddress);
        }

        unsettled.Remove(self);
        Member? other = _members.OldestFirst.FirstOrDefault(m => !m.UniqueAddress.Equals(self));
        return new SingletonView(
            _members.Oldest?.UniqueAddress, other?.UniqueAddress, _members.OldestFirst.Any(m => m.UniqueAddress.Equals(self)), present.ToImmutable(), unsettled.ToImmutable());
    }
}
