using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Requests;

public sealed class AdminRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    [Fact]
    public async Task A_topic_that_many_ask_for_at_once_is_made_once_and_nobody_fails()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var client = await WireClient.Connect(node.Address);
            return await client.Call<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "wanted" }] }, 12);
        }));

        Assert.All(answers, answer => Assert.Equal(ErrorCode.None, answer.Topics[0].ErrorCode));
        Assert.Single(answers.Select(answer => answer.Topics[0].TopicId).Distinct());
    }

    [Fact]
    public async Task A_topic_named_twice_is_described_once()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("twice");

        var answer = await client.Call<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "twice" }, new() { Name = "twice" }] }, 9);

        Assert.Single(answer.Topics);
    }

    [Fact]
    public async Task An_empty_list_of_topics_means_all_in_version_0_and_none_later()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("listed");

        Assert.Contains((await client.Call<MetadataResponse>(new MetadataRequest { Topics = [] }, 0)).Topics, topic => topic.Name == "listed");
        Assert.Empty((await client.Call<MetadataResponse>(new MetadataRequest { Topics = [] }, 1)).Topics);
        Assert.Contains((await client.Call<MetadataResponse>(new MetadataRequest { Topics = null }, 1)).Topics, topic => topic.Name == "listed");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_names_of_settings_mean_all_settings(bool isNull)
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic($"settings-{isNull}");
        var request = new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = $"settings-{isNull}", ConfigurationKeys = isNull ? null : [] }] };

        var answer = await client.Call<DescribeConfigsResponse>(request, 4);

        Assert.Contains(answer.Results[0].Configs, config => config.Name == "retention.ms");
    }

    [Fact]
    public async Task An_unknown_operation_on_a_setting_is_refused_and_changes_nothing()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("untouched");
        var request = new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "untouched", Configs = [new() { Name = "retention.ms", Value = "5", ConfigOperation = 9 }] }],
        };

        var answer = await client.Call<IncrementalAlterConfigsResponse>(request, 1);

        Assert.Equal(ErrorCode.InvalidRequest, answer.Responses[0].ErrorCode);
    }

    [Fact]
    public async Task Validation_alone_creates_nothing()
    {
        using var client = await WireClient.Connect(node.Address);
        var request = new CreateTopicsRequest { Topics = [new() { Name = "imagined", NumPartitions = 1, ReplicationFactor = 1 }], ValidateOnly = true };

        Assert.Equal(ErrorCode.None, (await client.Call<CreateTopicsResponse>(request, 7)).Topics[0].ErrorCode);

        request.ValidateOnly = false;
        Assert.Equal(ErrorCode.None, (await client.Call<CreateTopicsResponse>(request, 7)).Topics[0].ErrorCode);
        Assert.Equal(ErrorCode.TopicAlreadyExists, (await client.Call<CreateTopicsResponse>(request, 7)).Topics[0].ErrorCode);
    }

    [Fact]
    public async Task A_topic_grows_and_its_new_partitions_serve_at_once()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("growing");

        var grown = await client.Call<CreatePartitionsResponse>(new CreatePartitionsRequest { Topics = [new() { Name = "growing", Count = 4, Assignments = null }] }, 3);
        var request = WireClient.ProduceRequest("growing", WireClient.Batch("a"));
        request.TopicData[0].PartitionData[0].Index = 3;
        var produced = await client.Call<ProduceResponse>(request, 9);

        Assert.Equal(ErrorCode.None, grown.Results[0].ErrorCode);
        Assert.Equal(ErrorCode.None, produced.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task A_topic_is_deleted_by_its_id()
    {
        using var client = await WireClient.Connect(node.Address);
        var id = await client.CreateTopic("by-id");
        var request = new DeleteTopicsRequest { Topics = [new() { Name = null, TopicId = id }] };

        var first = await client.Call<DeleteTopicsResponse>(request, 6);
        var second = await client.Call<DeleteTopicsResponse>(request, 6);

        Assert.Equal((ErrorCode.None, "by-id"), (first.Responses[0].ErrorCode, first.Responses[0].Name));
        Assert.Equal(ErrorCode.UnknownTopicId, second.Responses[0].ErrorCode);
    }

    [Fact]
    public async Task Offsets_are_found_by_end_time_and_in_the_old_style()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("timed");
        await client.Produce("timed", WireClient.Batch("a", "b", "c"));
        async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> Find(long time, short version) => (await client.Call<ListOffsetsResponse>(
            new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "timed", Partitions = [new() { Timestamp = time, MaxNumOffsets = version == 0 ? 5 : 1 }] }] }, version)).Topics[0].Partitions[0];

        Assert.Equal(3, (await Find(-1, 7)).Offset);
        Assert.Equal(0, (await Find(-2, 7)).Offset);
        Assert.Equal((2, 1_700_000_000_002), ((await Find(-3, 7)).Offset, (await Find(-3, 7)).Timestamp));
        Assert.Equal((1, 1_700_000_000_001), ((await Find(1_700_000_000_001, 7)).Offset, (await Find(1_700_000_000_001, 7)).Timestamp));
        Assert.Equal(-1, (await Find(long.MaxValue, 7)).Offset);
        Assert.Equal(ErrorCode.UnsupportedVersion, (await Find(-3, 6)).ErrorCode);
        Assert.Equal([3, 0], (await Find(-1, 0)).OldStyleOffsets);
        Assert.Equal([0], (await Find(-2, 0)).OldStyleOffsets);
        Assert.Equal([3, 0], (await Find(long.MaxValue, 0)).OldStyleOffsets);
    }

    [Fact]
    public async Task Records_are_deleted_up_to_the_high_watermark()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("emptied");
        await client.Produce("emptied", WireClient.Batch("a", "b"));

        var answer = await client.Call<DeleteRecordsResponse>(
            new DeleteRecordsRequest { Topics = [new() { Name = "emptied", Partitions = [new() { Offset = -1 }] }] }, 2);

        Assert.Equal((ErrorCode.None, 2L), (answer.Topics[0].Partitions[0].ErrorCode, answer.Topics[0].Partitions[0].LowWatermark));
        Assert.Equal(ErrorCode.OffsetOutOfRange, (await client.Fetch("emptied", 0)).ErrorCode);
    }
}
