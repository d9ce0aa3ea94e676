using ActorBroker.Model;

namespace ActorBroker.Client;

/// <summary>Keeps what members have as far as balance allows (KIP-54), and hands over a partition only after its owner gave it up (KIP-429).</summary>
internal static class StickyAssignment
{
    /// <summary>The sticky assignment without partitions that another member still owns; those are shared out in the rebalance that follows.</summary>
    public static Dictionary<string, List<TopicPartition>> Cooperative(
        IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var owners = Owners(members, partitionCounts);
        var result = Balance(members, partitionCounts, owners);
        foreach (var (member, partitions) in result)
        {
            partitions.RemoveAll(partition => owners.TryGetValue(partition, out var owner) && owner != member);
        }

        return result;
    }

    /// <summary>As even as the subscriptions allow, with few moves.</summary>
    public static Dictionary<string, List<TopicPartition>> Balance(
        IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts, IReadOnlyDictionary<TopicPartition, string> owners)
    {
        var result = Assignments.Empty(members);
        var order = members.Keys.Order(StringComparer.Ordinal).ToList();
        var free = new List<TopicPartition>();
        foreach (var (topic, count) in partitionCounts.OrderBy(topic => topic.Key, StringComparer.Ordinal))
        {
            for (var index = 0; index < count; index++)
            {
                var partition = new TopicPartition(topic, index);
                if (owners.TryGetValue(partition, out var owner))
                {
                    result[owner].Add(partition);
                }
                else
                {
                    free.Add(partition);
                }
            }
        }

        foreach (var partition in free)
        {
            if (order.Where(member => members[member].Topics.Contains(partition.Topic)).MinBy(member => result[member].Count) is { } least)
            {
                result[least].Add(partition);
            }
        }

        while (TryMoveOne(members, order, result))
        {
        }

        return result;
    }

    /// <summary>Moves a partition from a member to one that has at least two fewer; false when there is no such pair.</summary>
    private static bool TryMoveOne(IReadOnlyDictionary<string, MemberSubscription> members, List<string> order, Dictionary<string, List<TopicPartition>> result)
    {
        foreach (var giver in order.OrderByDescending(member => result[member].Count))
        {
            foreach (var taker in order.OrderBy(member => result[member].Count))
            {
                if (result[giver].Count - result[taker].Count < 2)
                {
                    break;
                }

                var at = result[giver].FindLastIndex(partition => members[taker].Topics.Contains(partition.Topic));
                if (at >= 0)
                {
                    result[taker].Add(result[giver][at]);
                    result[giver].RemoveAt(at);
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Who owns what, believing only claims of the newest generation, and nobody where two claim the same.</summary>
    private static Dictionary<TopicPartition, string> Owners(IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var newest = members.Values.Max(member => member.Generation);
        var owners = new Dictionary<TopicPartition, string>();
        var disputed = new HashSet<TopicPartition>();
        foreach (var (member, subscription) in members.Where(member => member.Value.Generation == newest))
        {
            foreach (var partition in subscription.Owned)
            {
                var exists = partitionCounts.TryGetValue(partition.Topic, out var count) && partition.Partition < count;
                if (exists && subscription.Topics.Contains(partition.Topic) && !owners.TryAdd(partition, member))
                {
                    disputed.Add(partition);
                }
            }
        }

        foreach (var partition in disputed)
        {
            owners.Remove(partition);
        }

        return owners;
    }
}
