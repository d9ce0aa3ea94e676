using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>
/// Spreads replicas over racks and nodes: each partition's leader is the next node round robin, its other replicas are on
/// other racks as long as there are any, and every node gets about the same number.
/// </summary>
public static class ReplicaPlacer
{
    /// <summary>The replicas of <paramref name="count"/> partitions, preferred leader first. Brokers that are fenced or stopping get replicas only when the others are too few, and never the first.</summary>
    /// <param name="brokers">At least one of them active, and at least as many as <paramref name="replicationFactor"/>.</param>
    /// <param name="start">Where the round begins; a number that moves on with every partition placed keeps single-partition topics spread.</param>
    public static ImmutableArray<ImmutableArray<NodeId>> Place(IEnumerable<BrokerImage> brokers, int count, short replicationFactor, int start)
    {
        var all = brokers.ToList();
        var ring = InterleaveRacks(all.Where(broker => broker.IsActive));
        var reserve = InterleaveRacks(all.Where(broker => !broker.IsActive));
        var fromRing = (short)Math.Min(replicationFactor, ring.Length);
        var placed = ImmutableArray.CreateBuilder<ImmutableArray<NodeId>>(count);
        for (var partition = 0; partition < count; partition++)
        {
            var position = start + partition;
            var shift = position / ring.Length % Math.Max(1, ring.Length - 1);
            var replicas = Replicas(ring, position % ring.Length, shift, fromRing);
            var more = Enumerable.Range(0, replicationFactor - fromRing).Select(step => reserve[(position + step) % reserve.Length].Id);
            placed.Add([.. replicas, .. more]);
        }

        return placed.MoveToImmutable();
    }

    private static ImmutableArray<NodeId> Replicas(BrokerImage[] ring, int leader, int shift, short count)
    {
        // Followers start at a distance that changes with every round, so that the same pairs do not always meet.
        var candidates = Enumerable.Range(0, ring.Length - 1).Select(step => ring[(leader + 1 + ((step + shift) % (ring.Length - 1))) % ring.Length]);
        var chosen = new List<BrokerImage> { ring[leader] };
        var others = candidates.ToList();
        while (chosen.Count < count)
        {
            var next = others.FirstOrDefault(broker => chosen.All(taken => taken.Rack is null || taken.Rack != broker.Rack)) ?? others[0];
            chosen.Add(next);
            others.Remove(next);
        }

        return [.. chosen.Select(broker => broker.Id)];
    }

    private static BrokerImage[] InterleaveRacks(IEnumerable<BrokerImage> brokers) =>
    [
        .. brokers.GroupBy(broker => broker.Rack ?? "")
            .SelectMany(rack => rack.OrderBy(broker => broker.Id).Select((broker, index) => (broker, index)))
            .OrderBy(entry => entry.index).ThenBy(entry => entry.broker.Rack, StringComparer.Ordinal).ThenBy(entry => entry.broker.Id)
            .Select(entry => entry.broker),
    ];
}
