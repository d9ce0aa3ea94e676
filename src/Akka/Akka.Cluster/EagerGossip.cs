#nullable disable
namespace Akka.Cluster;

/// <summary>What a node has not told yet.</summary>
internal enum News
{
    None,

    /// <summary>It has heard something new from another node.</summary>
    Learnt,

    /// <summary>It knows something that nobody else does.</summary>
    Own,
}

/// <summary>
/// Who is told of news at once. In a cluster of usual size the node that made a change tells it to all, and who hears of it tells the leader, so that it can act when all
/// have it: two messages for each member and change. In a large one news spread from node to node. What does not arrive is repaired at the gossip interval.
/// </summary>
internal static class EagerGossip
{
    /// <param name="state">With the news.</param>
    /// <param name="news">What this node has not told yet.</param>
    /// <param name="behind">Nodes that have shown that they lack something.</param>
    /// <param name="settings">How many at once.</param>
    /// <param name="random">Chooses among many.</param>
    public static IReadOnlySet<UniqueAddress> Recipients(MembershipState state, News news, IReadOnlySet<UniqueAddress> behind, ClusterSettings settings, Random random)
    {
        HashSet<UniqueAddress> chosen = [.. behind];
        if (news != News.None && settings.EagerGossipFanout > 0)
        {
            var tellsAll = state.Members.Count <= settings.EagerGossipToAllMembers;
            if (news == News.Own || !tellsAll) chosen.UnionWith(SomeWithout(state, tellsAll ? int.MaxValue : settings.EagerGossipFanout, random));
            if (state.Leader is { } leader) chosen.Add(leader);
        }

        chosen.RemoveWhere(node => !state.Gossip.HasMember(node) || !state.MayGossipTo(node));
        return chosen;
    }

    private static IEnumerable<UniqueAddress> SomeWithout(MembershipState state, int count, Random random)
    {
        UniqueAddress[] without = [.. state.Members.Select(static m => m.UniqueAddress).Where(node => state.MayGossipTo(node) && !state.Gossip.IsSeenBy(node))];
        if (without.Length > count) random.Shuffle(without);
        return without.Take(count);
    }
}
