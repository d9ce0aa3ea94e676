using ActorBroker.Model;
using FsCheck;
using FsCheck.Fluent;

namespace ActorBroker.Client.Tests;

public sealed class AssignmentTests
{
    [Fact]
    public void Range_gives_neighbours_and_the_first_members_one_more()
    {
        var result = Assignments.Range(Members(("a", ["t"]), ("b", ["t"]), ("c", ["t"])), new Dictionary<string, int> { ["t"] = 7 });

        Assert.Equal([3, 2, 2], result.Values.Select(partitions => partitions.Count));
        Assert.Equal([0, 1, 2], result["a"].Select(partition => partition.Partition));
        Assert.Equal([5, 6], result["c"].Select(partition => partition.Partition));
    }

    [Fact]
    public void Round_robin_skips_members_that_do_not_read_the_topic()
    {
        var result = Assignments.RoundRobin(Members(("a", ["t", "u"]), ("b", ["u"])), new Dictionary<string, int> { ["t"] = 2, ["u"] = 2 });

        Assert.Equal([new TopicPartition("t", 0), new TopicPartition("t", 1), new TopicPartition("u", 1)], result["a"]);
        Assert.Equal([new TopicPartition("u", 0)], result["b"]);
    }

    [Fact]
    public void Every_assignor_gives_each_partition_to_one_subscriber()
    {
        Prop.ForAll(Inputs().ToArbitrary(), input =>
        {
            var (members, counts) = input;
            foreach (var assignor in Enum.GetValues<PartitionAssignor>())
            {
                var given = Assignments.Assign(assignor, members, counts).SelectMany(member => member.Value.Select(partition => (member.Key, partition))).ToList();
                Assert.Equal(given.Count, given.Select(item => item.partition).Distinct().Count());
                Assert.All(given, item => Assert.Contains(item.partition.Topic, members[item.Key].Topics));
                var readable = counts.Where(topic => members.Values.Any(member => member.Topics.Contains(topic.Key))).Sum(topic => topic.Value);
                Assert.Equal(readable, given.Count);
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cooperative_rounds_end_balanced_and_never_hand_over_an_owned_partition()
    {
        var counts = new Dictionary<string, int> { ["t"] = 10 };
        var members = Members(("a", ["t"]));
        var first = StickyAssignment.Cooperative(members, counts);

        members = new Dictionary<string, MemberSubscription> { ["a"] = new(["t"], first["a"], 1), ["b"] = new(["t"], []) };
        var second = StickyAssignment.Cooperative(members, counts);
        members = new Dictionary<string, MemberSubscription> { ["a"] = new(["t"], second["a"], 2), ["b"] = new(["t"], second["b"], 2) };
        var third = StickyAssignment.Cooperative(members, counts);

        Assert.Equal((5, 0), (second["a"].Count, second["b"].Count));
        Assert.Equal((5, 5), (third["a"].Count, third["b"].Count));
        Assert.Equal(second["a"], third["a"]);
    }

    [Fact]
    public void A_claim_of_an_older_generation_is_not_believed()
    {
        var counts = new Dictionary<string, int> { ["t"] = 2 };
        var all = new[] { new TopicPartition("t", 0), new TopicPartition("t", 1) };
        var result = StickyAssignment.Cooperative(
            new Dictionary<string, MemberSubscription> { ["old"] = new(["t"], all, 1), ["new"] = new(["t"], [all[0]], 2) }, counts);

        Assert.Equal([all[0]], result["new"]);
        Assert.Equal([all[1]], result["old"]);
    }

    private static Dictionary<string, MemberSubscription> Members(params (string Id, string[] Topics)[] members) =>
        members.ToDictionary(member => member.Id, member => new MemberSubscription(member.Topics, []));

    private static Gen<(Dictionary<string, MemberSubscription> Members, Dictionary<string, int> Counts)> Inputs()
    {
        string[] topics = ["t", "u", "v"];
        var subscription = Gen.SubListOf(topics).Select(list => new MemberSubscription([.. list], []));
        return from size in Gen.Choose(1, 6)
               from members in subscription.ArrayOf(size)
               from counts in Gen.Choose(0, 9).ArrayOf(topics.Length)
               select (members.Index().ToDictionary(item => "m" + item.Index, item => item.Item), topics.Zip(counts).ToDictionary(item => item.First, item => item.Second));
    }
}
