#nullable disable
namespace Akka.Cluster;

/// <summary>Who watches whom: each node the next ones on a ring of all, so that each is watched by as many.</summary>
internal static class HeartbeatRing
{
    /// <summary>The nodes that <paramref name="self"/> watches. Unreachable ones on the way do not count, so that the next reachable ones are watched too.</summary>
    /// <param name="self">Who watches.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="isUnreachable">Whether somebody finds a node unreachable.</param>
    /// <param name="count">How many reachable ones are watched.</param>
    public static IReadOnlySet<UniqueAddress> Receivers(UniqueAddress self, IEnumerable<UniqueAddress> nodes, Func<UniqueAddress, bool> isUnreachable, int count)
    {
        UniqueAddress[] ring = [.. nodes.Append(self).Distinct()];
        Array.Sort(ring, Compare);
        HashSet<UniqueAddress> receivers = [];
        var start = Array.IndexOf(ring, self);
        for (var i = 1; i < ring.Length && count > 0; i++)
        {
            UniqueAddress next = ring[(start + i) % ring.Length];
            receivers.Add(next);
            if (!isUnreachable(next)) count--;
        }

        return receivers;
    }

    /// <summary>The same in each process, unlike <see cref="object.GetHashCode"/>: FNV-1a of address and uid.</summary>
    public static int StableHash(UniqueAddress node)
    {
        var hash = 2166136261u;
        foreach (var c in node.Address.ToString()) hash = (hash ^ c) * 16777619;
        for (var shift = 0; shift < 32; shift += 8) hash = (hash ^ (byte)(node.Uid >> shift)) * 16777619;
        return (int)hash;
    }

    /// <summary>By hash, so that nodes of one rack or host are not neighbours.</summary>
    private static int Compare(UniqueAddress a, UniqueAddress b)
    {
        var byHash = StableHash(a).CompareTo(StableHash(b));
        return byHash != 0 ? byHash : a.CompareTo(b);
    }
}
