using ActorBroker.Model;

namespace ActorBroker.Client;

/// <summary>
/// Shares the partitions of topics out among members. Pure functions of members (by id) and partition counts (of topics that exist), with
/// the same results as Kafka's assignors of these names where the input is the same.
/// </summary>
internal static class Assignments
{
    public static string NameOf(PartitionAssignor assignor) => assignor switch
    {
        PartitionAssignor.Range => "range",
        PartitionAssignor.RoundRobin => "roundrobin",
        _ => "cooperative-sticky",
    };

    public static Dictionary<string, List<TopicPartition>> Assign(
        PartitionAssignor assignor, IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts) => assignor switch
    {
        PartitionAssignor.Range => Range(members, partitionCounts),
        PartitionAssignor.RoundRobin => RoundRobin(members, partitionCounts),
        _ => StickyAssignment.Cooperative(members, partitionCounts),
    };

    /// <summary>Each topic by itself: members in the order of their ids get neighbouring partitions, the first ones one more.</summary>
    public static Dictionary<string, List<TopicPartition>> Range(IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var result = Empty(members);
        foreach (var (topic, count) in partitionCounts.OrderBy(topic => topic.Key, StringComparer.Ordinal))
        {
            var readers = Readers(members, topic);
            for (var i = 0; i < readers.Count; i++)
            {
                var first = (count / readers.Count * i) + Math.Min(i, count % readers.Count);
                var size = (count / readers.Count) + (i < count % readers.Count ? 1 : 0);
                result[readers[i]].AddRange(Enumerable.Range(first, size).Select(partition => new TopicPartition(topic, partition)));
            }
        }

        return result;
    }

    /// <summary>All partitions in order, one to each member in turn, skipping members that do not read the topic.</summary>
    public static Dictionary<string, List<TopicPartition>> RoundRobin(IReadOnlyDictionary<string, MemberSubscription> members, IReadOnlyDictionary<string, int> partitionCounts)
    {
        var result = Empty(members);
        var order = members.Keys.Order(StringComparer.Ordinal).ToList();
        var turn = 0;
        foreach (var (topic, count) in partitionCounts.OrderBy(topic => topic.Key, StringComparer.Ordinal))
        {
            if (Readers(members, topic).Count == 0)
            {
                continue;
            }

            for (var partition = 0; partition < count; partition++)
            {
                while (!members[order[turn % order.Count]].Topics.Contains(topic))
                {
                    turn++;
                }

                result[order[turn++ % order.Count]].Add(new TopicPartition(topic, partition));
            }
        }

        return result;
    }

    internal static Dictionary<string, List<TopicPartition>> Empty(IReadOnlyDictionary<string, MemberSubscription> members) =>
        members.Keys.ToDictionary(member => member, _ => new List<TopicPartition>());

    private static List<string> Readers(IReadOnlyDictionary<string, MemberSubscription> members, string topic) =>
        [.. members.Where(member => member.Value.Topics.Contains(topic)).Select(member => member.Key).Order(StringComparer.Ordinal)];
}
