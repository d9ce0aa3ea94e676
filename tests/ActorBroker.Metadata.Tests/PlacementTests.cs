using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class PlacementTests
{
    [Fact]
    public void More_replicas_than_brokers_are_refused_with_both_numbers()
    {
        TestController.With(2).Image.After(Clusters.Create("x", 1, 3), out var reply);

        var verdict = ((CreateTopicsReply)reply).Topics[0].Verdict;
        Assert.Equal(MetadataError.InvalidReplicationFactor, verdict.Error);
        Assert.Contains("replication factor of 3", verdict.Message);
        Assert.Contains("only 2 broker(s)", verdict.Message);
    }

    [Fact]
    public void Fenced_brokers_hold_replicas_only_when_the_others_are_too_few()
    {
        var controller = TestController.With(3);
        controller.Fence(2);

        controller.Do<CreateTopicsReply>(Clusters.Create("two", 4, 2));
        controller.Do<CreateTopicsReply>(Clusters.Create("three", 4, 3));

        Assert.All(controller.Image.FindTopic("two")!.Partitions, partition => Assert.DoesNotContain(new NodeId(2), partition.Replicas));
        Assert.All(controller.Image.FindTopic("three")!.Partitions, partition =>
        {
            Assert.Equal(new NodeId(2), partition.Replicas[^1]);
            Assert.DoesNotContain(new NodeId(2), partition.Isr);
        });
    }

    [Fact]
    public void Nothing_is_placed_while_all_brokers_are_fenced()
    {
        var controller = TestController.With(1);
        controller.Fence(1);

        var reply = controller.Do<CreateTopicsReply>(Clusters.Create("x", 1, 1));

        Assert.Equal(MetadataError.InvalidReplicationFactor, reply.Topics[0].Verdict.Error);
    }

    [Fact]
    public void A_manual_assignment_needs_a_broker_that_is_alive()
    {
        var controller = TestController.With(2);
        controller.Fence(2);
        var onFenced = Clusters.New("x", -1, -1) with
        {
            Assignments = ImmutableSortedDictionary.CreateRange([KeyValuePair.Create<int, ImmutableArray<NodeId>>(0, [new(2)])]),
        };

        var reply = controller.Do<CreateTopicsReply>(new CreateTopics([onFenced], false));

        Assert.Equal(MetadataError.InvalidReplicaAssignment, reply.Topics[0].Verdict.Error);
    }

    [Fact]
    public void A_manual_assignment_is_led_by_its_first_broker_that_is_alive()
    {
        var controller = TestController.With(3);
        controller.Fence(2);

        controller.Create("x", [[2, 3, 1]]);

        Assert.Equal("leader 3 isr 3,1", controller.Partition("x").Form());
    }
}
