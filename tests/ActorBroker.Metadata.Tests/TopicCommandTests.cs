using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests;

public sealed class TopicCommandTests
{
    [Fact]
    public void A_created_topic_is_found_by_name_and_by_id_with_its_configs()
    {
        var image = Clusters.Of(1).After(Clusters.Create("orders", 2, 1, ("retention.ms", "1000")), out var reply);

        var created = Assert.Single(Assert.IsType<CreateTopicsReply>(reply).Topics);
        Assert.True(created.Verdict.IsOk);
        Assert.Equal(2, image.FindTopic(created.Id)!.Partitions.Count);
        Assert.Equal(created.Id, image.FindTopic("orders")!.Id);
        Assert.Equal("1000", image.ConfigOf(ConfigResource.Topic("orders"))["retention.ms"]);
        Assert.Equal(2, image.PartitionCount);
    }

    [Fact]
    public void A_creation_that_is_asked_for_again_is_confirmed_and_changes_nothing()
    {
        var command = Clusters.Create("orders", 2, 1);
        var image = Clusters.Of(1).After(command, out var first);

        var after = image.After(command, out var second);

        Assert.Equal(Assert.Single(((CreateTopicsReply)first).Topics), Assert.Single(((CreateTopicsReply)second).Topics));
        Assert.Same(image, after);
    }

    [Fact]
    public void A_topic_that_does_not_say_gets_the_defaults()
    {
        var image = Clusters.Of(1).After(Clusters.Create("t", -1, -1), out _);

        Assert.Equal(3, image.FindTopic("t")!.Partitions.Count);
    }

    [Theory]
    [InlineData("", 1, 1, MetadataError.InvalidTopicName)]
    [InlineData("..", 1, 1, MetadataError.InvalidTopicName)]
    [InlineData("a b", 1, 1, MetadataError.InvalidTopicName)]
    [InlineData("there", 1, 1, MetadataError.TopicAlreadyExists)]
    [InlineData("with.dot", 1, 1, MetadataError.InvalidTopicName)]
    [InlineData("t", 0, 1, MetadataError.InvalidPartitions)]
    [InlineData("t", 10_001, 1, MetadataError.PolicyViolation)]
    [InlineData("t", int.MaxValue, 1, MetadataError.PolicyViolation)]
    [InlineData("t", 1, 0, MetadataError.InvalidReplicationFactor)]
    [InlineData("t", 1, 2, MetadataError.InvalidReplicationFactor)]
    public void What_cannot_be_created_is_refused_by_its_reason(string name, int partitions, short replication, MetadataError expected)
    {
        var before = Clusters.Of(1).WithTopic("there").WithTopic("with_dot");

        var after = before.After(Clusters.Create(name, partitions, replication), out var reply);

        var topic = Assert.Single(((CreateTopicsReply)reply).Topics);
        Assert.Equal(expected, topic.Verdict.Error);
        Assert.NotEmpty(topic.Verdict.Message!);
        Assert.Same(before, after);
    }

    [Fact]
    public void An_unknown_setting_refuses_the_topic()
    {
        Clusters.Of(1).After(Clusters.Create("t", 1, 1, ("retention", "1")), out var reply);

        Assert.Equal(MetadataError.InvalidConfig, ((CreateTopicsReply)reply).Topics[0].Verdict.Error);
    }

    [Fact]
    public void A_name_asked_for_twice_in_one_request_is_refused()
    {
        var twice = new CreateTopics([Clusters.New("t", 1, 1), Clusters.New("t", 1, 1)], false);

        var image = Clusters.Of(1).After(twice, out var reply);

        Assert.Equal(MetadataError.InvalidRequest, Assert.Single(((CreateTopicsReply)reply).Topics).Verdict.Error);
        Assert.Empty(image.Topics);
    }

    [Fact]
    public void Validating_only_changes_nothing()
    {
        var before = Clusters.Of(1);

        var after = before.After(Clusters.Create("t") with { ValidateOnly = true }, out var reply);

        Assert.True(((CreateTopicsReply)reply).Topics[0].Verdict.IsOk);
        Assert.Same(before, after);
    }

    [Fact]
    public void A_manual_assignment_must_name_known_brokers_and_equal_counts()
    {
        var assignments = new Dictionary<int, ImmutableArray<NodeId>> { [0] = [new(1)], [1] = [new(9)] }.ToImmutableSortedDictionary();
        var topic = Clusters.New("t", -1, -1) with { Assignments = assignments };

        Clusters.Of(2).After(new CreateTopics([topic], false), out var reply);

        Assert.Equal(MetadataError.InvalidReplicaAssignment, ((CreateTopicsReply)reply).Topics[0].Verdict.Error);
    }

    [Fact]
    public void A_deleted_topic_is_gone_with_its_configs()
    {
        var before = Clusters.Of(1).After(Clusters.Create("t", 2, 1, ("retention.ms", "1")), out _);
        var id = before.FindTopic("t")!.Id;

        var after = before.After(new DeleteTopics([new TopicReference(null, id)]), out _);

        Assert.Null(after.FindTopic("t"));
        Assert.Null(after.FindTopic(id));
        Assert.Empty(after.ConfigOf(ConfigResource.Topic("t")));
        Assert.Equal(0, after.PartitionCount);
    }

    [Fact]
    public void A_topic_that_is_not_there_cannot_be_deleted()
    {
        Clusters.Of(1).After(new DeleteTopics([new TopicReference("x", default), new TopicReference(null, TopicId.NewRandom())]), out var reply);

        Assert.Equal([MetadataError.UnknownTopic, MetadataError.UnknownTopicId], ((DeleteTopicsReply)reply).Topics.Select(topic => topic.Verdict.Error));
    }

    [Theory]
    [InlineData(5, MetadataError.None, 5)]
    [InlineData(2, MetadataError.InvalidPartitions, 2)]
    [InlineData(1, MetadataError.InvalidPartitions, 2)]
    public void Partitions_can_only_be_added(int count, MetadataError expected, int partitions)
    {
        var image = Clusters.Of(1).WithTopic("t", 2).After(new CreatePartitions([new MorePartitions("t", count, null)], false), out var reply);

        Assert.Equal(expected, ((CreatePartitionsReply)reply).Topics[0].Verdict.Error);
        Assert.Equal(partitions, image.FindTopic("t")!.Partitions.Count);
    }

    [Fact]
    public void Producer_id_blocks_never_overlap()
    {
        var before = Clusters.Of(1);
        var image = before.After(new AllocateProducerIds(new(1), before.Brokers[new(1)].Epoch), out var first);
        image.After(new AllocateProducerIds(new(1), before.Brokers[new(1)].Epoch), out var second);

        Assert.Equal(((ProducerIdBlock)first).First + ((ProducerIdBlock)first).Count, ((ProducerIdBlock)second).First);
    }

    [Fact]
    public void An_earlier_registration_is_given_no_producer_ids()
    {
        Clusters.Of(1).After(new AllocateProducerIds(new(1), default), out var reply);

        Assert.Equal(MetadataError.StaleBrokerEpoch, Assert.IsType<VerdictReply>(reply).Verdict.Error);
    }

    [Fact]
    public void A_request_for_too_many_partitions_is_refused_as_a_whole()
    {
        var before = Clusters.Of(1);

        var after = before.After(new CreateTopics([Clusters.New("a", 6_000, 1), Clusters.New("b", 6_000, 1)], ValidateOnly: false), out var reply);

        Assert.Same(before, after);
        Assert.All(((CreateTopicsReply)reply).Topics, topic => Assert.Equal(MetadataError.PolicyViolation, topic.Verdict.Error));
    }

    [Fact]
    public void Growing_by_too_many_partitions_is_refused()
    {
        var before = Clusters.Of(1).WithTopic("t", partitions: 3);

        var after = before.After(new CreatePartitions([new MorePartitions("t", 10_004, null)], ValidateOnly: false), out var refused);
        before.After(new CreatePartitions([new MorePartitions("t", 10_003, null)], ValidateOnly: true), out var allowed);

        Assert.Same(before, after);
        Assert.Equal(MetadataError.PolicyViolation, ((CreatePartitionsReply)refused).Topics[0].Verdict.Error);
        Assert.True(((CreatePartitionsReply)allowed).Topics[0].Verdict.IsOk);
    }
}
