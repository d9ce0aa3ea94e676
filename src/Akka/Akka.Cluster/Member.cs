#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster;

/// <summary>A member of the cluster. Members are equal if they are the same incarnation of the same system, whatever their status.</summary>
public class Member : IComparable, IComparable<Member>
{
    /// <summary>By host, then port; protocol and system name come last, as they are the same within a cluster.</summary>
    public static readonly IComparer<Address> AddressOrdering = Comparer<Address>.Create(static (a, b) =>
    {
        if (ReferenceEquals(a, b)) return 0;
        var byHost = string.CompareOrdinal(a.Host ?? "", b.Host ?? "");
        if (byHost != 0) return byHost;
        var byPort = (a.Port ?? 0).CompareTo(b.Port ?? 0);
        return byPort != 0 ? byPort : a.CompareTo(b);
    });

    /// <summary>The oldest first: by when they became Up, then by address.</summary>
    public static readonly IComparer<Member> AgeOrdering = Comparer<Member>.Create(static (a, b) =>
    {
        if (a.UniqueAddress.Equals(b.UniqueAddress)) return 0;
        return a.IsOlderThan(b) ? -1 : 1;
    });

    /// <summary>Members that may lead come first: those before Up last but one, those on their way out last.</summary>
    internal static readonly IComparer<Member> LeaderStatusOrdering = Comparer<Member>.Create(static (a, b) =>
    {
        var byStatus = LeaderRank(a.Status).CompareTo(LeaderRank(b.Status));
        return byStatus != 0 ? byStatus : a.CompareTo(b);
    });

    /// <summary>Age of members that are not yet Up: younger than all that are.</summary>
    internal const int NotYetUp = int.MaxValue;

    private Member(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion appVersion)
    {
        UniqueAddress = uniqueAddress;
        UpNumber = upNumber;
        Status = status;
        Roles = roles;
        AppVersion = appVersion;
    }

    public Address Address => UniqueAddress.Address;

    public AppVersion AppVersion { get; }

    public ImmutableHashSet<string> Roles { get; }

    public MemberStatus Status { get; }

    public UniqueAddress UniqueAddress { get; }

    /// <summary>Counts the members that became Up, so that age can be compared.</summary>
    internal int UpNumber { get; }

    public static Member HighestPriorityOf(Member m1, Member m2)
    {
        if (m1.Status == m2.Status) return m1.UpNumber <= m2.UpNumber ? m1 : m2;
        return Progress(m1.Status) >= Progress(m2.Status) ? m1 : m2;
    }

    /// <summary>
    /// Merges two views of the members: of one that both know the further one. One that only one side knows stays, unless it is on its way out:
    /// then the other side has removed it already.
    /// </summary>
    public static ImmutableHashSet<Member> PickHighestPriority(IEnumerable<Member> a, IEnumerable<Member> b)
    {
        ImmutableHashSet<Member>.Builder picked = ImmutableHashSet.CreateBuilder<Member>();
        foreach (IGrouping<UniqueAddress, Member> views in a.Concat(b).GroupBy(static m => m.UniqueAddress))
        {
            Member[] same = [.. views];
            if (same.Length > 1) picked.Add(same.Aggregate(HighestPriorityOf));
            else if (same[0].Status is not (MemberStatus.Down or MemberStatus.Exiting)) picked.Add(same[0]);
        }

        return picked.ToImmutable();
    }

    public int CompareTo(Member other) => UniqueAddress.CompareTo(other?.UniqueAddress);

    int IComparable.CompareTo(object obj) => CompareTo(obj as Member);

    /// <summary>The member with another status.</summary>
    /// <exception cref="InvalidOperationException">No member goes from the one to the other.</exception>
    public Member Copy(MemberStatus status)
    {
        if (status == Status) return this;
        if (!MayBecome(Status, status)) throw new InvalidOperationException($"Invalid member status transition [{Status} -> {status}] of {Address}");
        return new Member(UniqueAddress, UpNumber, status, Roles, AppVersion);
    }

    /// <summary>The member as Up.</summary>
    public Member CopyUp(int upNumber) => new Member(UniqueAddress, upNumber, Status, Roles, AppVersion).Copy(MemberStatus.Up);

    public override bool Equals(object obj) => obj is Member other && UniqueAddress.Equals(other.UniqueAddress);

    public override int GetHashCode() => UniqueAddress.GetHashCode();

    public bool HasRole(string role) => Roles.Contains(role);

    /// <summary>Whether it was Up before the other one; of two that are not yet Up, the lower address.</summary>
    public bool IsOlderThan(Member other) => UpNumber == other.UpNumber ? CompareTo(other) < 0 : UpNumber < other.UpNumber;

    public override string ToString() =>
        $"Member(address = {Address}, Uid={UniqueAddress.Uid} status = {Status}, role=[{string.Join(",", Roles.Order(StringComparer.Ordinal))}], upNumber={UpNumber}, version={AppVersion})";

    /// <summary>A member that has just asked to join.</summary>
    internal static Member Create(UniqueAddress uniqueAddress, ImmutableHashSet<string> roles, AppVersion appVersion) =>
        new(uniqueAddress, NotYetUp, MemberStatus.Joining, roles, appVersion);

    internal static Member Create(UniqueAddress uniqueAddress, int upNumber, MemberStatus status, ImmutableHashSet<string> roles, AppVersion appVersion) =>
        new(uniqueAddress, upNumber, status, roles, appVersion);

    /// <summary>What a system is that is no member.</summary>
    internal static Member Removed(UniqueAddress uniqueAddress) => new(uniqueAddress, NotYetUp, MemberStatus.Removed, [], AppVersion.Zero);

    internal static bool MayBecome(MemberStatus from, MemberStatus to) => from switch
    {
        MemberStatus.Joining => to is MemberStatus.WeaklyUp or MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed,
        MemberStatus.WeaklyUp => to is MemberStatus.Up or MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed,
        MemberStatus.Up => to is MemberStatus.Leaving or MemberStatus.Down or MemberStatus.Removed,
        MemberStatus.Leaving => to is MemberStatus.Exiting or MemberStatus.Down or MemberStatus.Removed,
        MemberStatus.Exiting => to is MemberStatus.Down or MemberStatus.Removed,
        MemberStatus.Down => to is MemberStatus.Removed,
        _ => false,
    };

    private static int Progress(MemberStatus status) => status switch
    {
        MemberStatus.Joining => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Up => 2,
        MemberStatus.Leaving => 3,
        MemberStatus.Exiting => 4,
        MemberStatus.Down => 5,
        _ => 6,
    };

    private static int LeaderRank(MemberStatus status) => status switch
    {
        MemberStatus.Up or MemberStatus.Leaving => 0,
        MemberStatus.WeaklyUp => 1,
        MemberStatus.Joining => 2,
        MemberStatus.Exiting => 3,
        _ => 4,
    };
}
