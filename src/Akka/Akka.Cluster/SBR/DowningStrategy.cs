#nullable disable
using System.Collections.Immutable;

namespace Akka.Cluster.SBR;

/// <summary>What a side of a partition does.</summary>
internal enum DowningDecision
{
    /// <summary>This side goes on.</summary>
    DownUnreachable,

    /// <summary>This side gives up; the other may go on.</summary>
    DownReachable,

    /// <summary>Nobody may be sure of going on.</summary>
    DownAll,
}

/// <summary>
/// Decides which side of a partition goes on. Both sides decide by themselves, each from what it saw before, so that at most one of them goes on. Pure: it sees a
/// <see cref="PartitionView"/> and nothing else.
/// </summary>
internal abstract class DowningStrategy
{
    /// <summary>The strategy that the settings name.</summary>
    public static DowningStrategy Of(SplitBrainResolverSettings settings) => settings.DowningStrategy switch
    {
        SplitBrainResolverSettings.KeepMajorityName => new KeepMajority(settings.KeepMajorityRole),
        SplitBrainResolverSettings.StaticQuorumName => new StaticQuorum(settings.StaticQuorumSettings),
        SplitBrainResolverSettings.KeepOldestName => new KeepOldest(settings.KeepOldestSettings),
        _ => new DownAll(),
    };

    public abstract DowningDecision Decide(PartitionView view);

    /// <summary>Whom to down: those whose links are broken one by one, and what is decided about the rest.</summary>
    public ImmutableHashSet<UniqueAddress> NodesToDown(PartitionView view) =>
        view.Unreachable.Any() ? view.IndirectlyConnected.Union(Nodes(view, Decide(view))) : view.IndirectlyConnected;

    /// <summary>Members that a decision downs.</summary>
    public static IEnumerable<UniqueAddress> Nodes(PartitionView view, DowningDecision decision) => decision switch
    {
        DowningDecision.DownUnreachable => view.Unreachable,
        DowningDecision.DownReachable => view.Reachable,
        _ => view.Members.Select(static m => m.UniqueAddress),
    };

    /// <summary>Goes on only if that is right too when the other side knows of changes that this side does not.</summary>
    protected static DowningDecision IfAlsoAtWorst(Func<bool, DowningDecision> decide) =>
        decide(false) is var usual && usual == DowningDecision.DownUnreachable && decide(true) != usual ? DowningDecision.DownAll : usual;
}

/// <summary>The side with more members goes on; of two with as many, the one with the lowest address.</summary>
internal sealed class KeepMajority(string role) : DowningStrategy
{
    public override DowningDecision Decide(PartitionView view) => IfAlsoAtWorst(worst =>
    {
        Member lowest = view.Counted(role).Min();
        if (lowest is null) return DowningDecision.DownAll;
        Member[] counted = [.. view.Counted(role, worst)];
        var there = counted.Count(view.IsUnreachable);
        var here = counted.Length - there;
        var goesOn = here == there ? !view.IsUnreachable(lowest) : here > there;
        return goesOn ? DowningDecision.DownUnreachable : DowningDecision.DownReachable;
    });
}

/// <summary>A side with so many members goes on. There may never be so many that both sides have enough.</summary>
internal sealed class StaticQuorum(StaticQuorumSettings settings) : DowningStrategy
{
    public override DowningDecision Decide(PartitionView view) => IfAlsoAtWorst(worst =>
    {
        Member[] counted = [.. view.Counted(settings.Role, worst)];
        if (counted.Length > (settings.Size * 2) - 1) return DowningDecision.DownAll;
        return counted.Count(m => !view.IsUnreachable(m)) >= settings.Size ? DowningDecision.DownUnreachable : DowningDecision.DownReachable;
    });
}

/// <summary>The side with the oldest member goes on, unless that is alone against more.</summary>
internal sealed class KeepOldest(KeepOldestSettings settings) : DowningStrategy
{
    public override DowningDecision Decide(PartitionView view) => IfAlsoAtWorst(worst =>
    {
        // The oldest may be on its way out: the other side may know that it is gone, and have another oldest.
        Member oldest = view.Counted(settings.Role, worst).Where(static m => m.Status is MemberStatus.Up or MemberStatus.Leaving).Min(Member.AgeOrdering);
        if (oldest is null) return DowningDecision.DownAll;
        var isHere = !view.IsUnreachable(oldest);
        Member[] counted = [.. view.Counted(settings.Role, worst)];
        var there = counted.Count(view.IsUnreachable);
        var here = counted.Length - there;
        var isAlone = settings.DownIfAlone && (isHere ? here == 1 && there > 1 : there == 1 && here > 1);
        return isHere != isAlone ? DowningDecision.DownUnreachable : DowningDecision.DownReachable;
    });
}

/// <summary>Nobody goes on.</summary>
internal sealed class DownAll : DowningStrategy
{
    public override DowningDecision Decide(PartitionView view) => DowningDecision.DownAll;
}
