using System.Collections.Immutable;
using Akka.Actor;
using Akka.Cluster;

namespace ActorBroker.Actors.Membership;

/// <summary>What a node knows of the members at some moment.</summary>
/// <param name="Members">Those that are neither down nor removed, this node included.</param>
/// <param name="Unreachable">Those of them that somebody does not hear.</param>
/// <param name="Self">This node.</param>
/// <param name="IsLeader">Whether this node is the first of those that it reaches.</param>
public sealed record MembershipView(ImmutableHashSet<UniqueAddress> Members, ImmutableHashSet<UniqueAddress> Unreachable, Address Self, bool IsLeader);

/// <summary>
/// Whom to down without waiting for Akka.NET's split brain resolver. A node downs others only while it reaches a majority of the voters of the metadata quorum: all voters,
/// not only those that are members, so that the others cannot have one too. Then
/// <list type="bullet">
/// <item>members whose process has ended are downed at once;</item>
/// <item>members that are not heard are downed when they have been the same ones for a while. The resolver would decide the same,
/// but it looks only once a second. The leader is the first to act; where it has no majority itself, since two others do not hear each other, the voters
/// act in turn, so that one of the two stays.</item>
/// </list>
/// A side without the majority downs nobody here: the resolver decides what becomes of it. Pure: what is seen and the time are given.
/// </summary>
/// <param name="voters">The addresses of the voters.</param>
/// <param name="stableAfter">How long those that are not heard must have been the same.</param>
public sealed class PromptDowning(IEnumerable<Address> voters, TimeSpan stableAfter)
{
    private readonly ImmutableArray<Address> voters = [.. voters.Distinct().Order(Member.AddressOrdering)];
    private readonly HashSet<UniqueAddress> ended = [];
    private ImmutableHashSet<UniqueAddress> silent = [];
    private TimeSpan silentSince;

    /// <summary>Whether time alone may change the decision.</summary>
    public bool IsWaiting => ended.Count > 0 || !silent.IsEmpty;

    /// <summary>A member's process has ended.</summary>
    /// <returns>Whether that is new.</returns>
    public bool HasEnded(UniqueAddress member) => ended.Add(member);

    public bool IsKnownToHaveEnded(UniqueAddress member) => ended.Contains(member);

    /// <summary>The members to down now; the same ones again as long as the view has them.</summary>
    /// <param name="now">Since any moment that stays the same.</param>
    public ImmutableArray<UniqueAddress> Decide(MembershipView view, TimeSpan now)
    {
        ended.IntersectWith(view.Members);
        var unheard = view.Unreachable.Intersect(view.Members).Except(ended);
        if (!unheard.SetEquals(silent))
        {
            silent = unheard;
            silentSince = now;
        }

        if (!HasMajority(view.Members.Except(ended).Except(silent)))
        {
            return [];
        }

        return [.. ended, .. now - silentSince >= PatienceOf(view) ? silent : []];
    }

    private bool HasMajority(IEnumerable<UniqueAddress> reached) => 2 * reached.Count(member => voters.Contains(member.Address)) > voters.Length;

    /// <summary>A turn is longer than news of the one before take.</summary>
    private TimeSpan PatienceOf(MembershipView view)
    {
        if (view.IsLeader)
        {
            return stableAfter;
        }

        var turn = voters.IndexOf(view.Self);
        return turn < 0 ? TimeSpan.MaxValue : stableAfter + (turn * stableAfter / 4);
    }
}
