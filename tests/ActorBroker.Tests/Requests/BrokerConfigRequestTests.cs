using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Requests;

public sealed class BrokerConfigRequestTests(RunningNode node) : IClassFixture<RunningNode>
{
    private const sbyte BrokerResource = 4;
    private const sbyte Set = 0;
    private const sbyte Delete = 1;
    private const sbyte Append = 2;

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    public async Task A_default_of_topics_that_is_changed_at_run_time_counts_at_once_until_it_is_taken_back(string broker)
    {
        using var client = await WireClient.Connect(node.Address);
        var topic = $"limited{broker}";
        await client.CreateTopic(topic);

        Assert.Equal(ErrorCode.None, (await Alter(client, broker, "message.max.bytes", Set, "100")).ErrorCode);
        await Until(client, topic, ErrorCode.MessageTooLarge);
        Assert.Equal(ErrorCode.None, (await Alter(client, broker, "message.max.bytes", Delete, null)).ErrorCode);
        await Until(client, topic, ErrorCode.None);
    }

    [Fact]
    public async Task A_description_shows_what_was_set_for_all_and_for_the_broker()
    {
        using var client = await WireClient.Connect(node.Address);
        await client.CreateTopic("described");
        await Alter(client, "", "log.retention.ms", Set, "111");
        await Alter(client, "1", "log.retention.ms", Set, "222");

        var all = await Describe(client, BrokerResource, "");
        var own = Assert.Single(await Describe(client, BrokerResource, "1"), config => config.Name == "log.retention.ms");
        var topic = Assert.Single(await Describe(client, 2, "described"), config => config.Name == "retention.ms");
        await Alter(client, "", "log.retention.ms", Delete, null);
        await Alter(client, "1", "log.retention.ms", Delete, null);

        Assert.Equal(("log.retention.ms", "111", (sbyte)3, false), (all[0].Name, all[0].Value, all[0].ConfigSource, all[0].ReadOnly));
        Assert.Equal(("222", (sbyte)2), (own.Value, own.ConfigSource));
        Assert.Equal(["222", "111", "604800000"], own.Synonyms.Select(synonym => synonym.Value));
        Assert.Equal(("222", (sbyte)2), (topic.Value, topic.ConfigSource));
        Assert.Empty(await Describe(client, BrokerResource, ""));
    }

    [Fact]
    public async Task What_needs_a_restart_is_refused_with_what_to_do()
    {
        using var client = await WireClient.Connect(node.Address);

        var readOnly = await Alter(client, "", "num.partitions", Set, "3");
        var illegal = await Alter(client, "", "min.insync.replicas", Set, "0");
        var unknownBroker = await Alter(client, "77", "log.retention.ms", Set, "3");

        Assert.Equal(ErrorCode.InvalidConfig, readOnly.ErrorCode);
        Assert.Contains("restart", readOnly.ErrorMessage);
        Assert.Equal(ErrorCode.InvalidConfig, illegal.ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequest, unknownBroker.ErrorCode);
    }

    [Fact]
    public async Task A_list_is_appended_to_its_default()
    {
        using var client = await WireClient.Connect(node.Address);

        Assert.Equal(ErrorCode.None, (await Alter(client, "", "log.cleanup.policy", Append, "compact")).ErrorCode);
        var value = Assert.Single(await Describe(client, BrokerResource, "1"), config => config.Name == "log.cleanup.policy").Value;
        await Alter(client, "", "log.cleanup.policy", Delete, null);

        Assert.Equal("delete,compact", value);
    }

    [Fact]
    public async Task A_limit_of_connections_holds_for_the_next_one()
    {
        using var client = await WireClient.Connect(node.Address);
        await Alter(client, "1", "max.connections.per.ip", Set, "1");

        using var refused = await WireClient.Connect(node.Address);
        var isClosed = await refused.IsClosed();
        await Alter(client, "1", "max.connections.per.ip", Delete, null);
        using var admitted = await WireClient.Connect(node.Address);

        Assert.True(isClosed);
        Assert.Equal(ErrorCode.None, (await admitted.Call<ApiVersionsResponse>(new ApiVersionsRequest(), 0)).ErrorCode);
    }

    private static async Task<IncrementalAlterConfigsResponse.AlterConfigsResourceResponse> Alter(
        WireClient client, string broker, string name, sbyte operation, string? value) => (await client.Call<IncrementalAlterConfigsResponse>(
            new IncrementalAlterConfigsRequest
            {
                Resources = [new() { ResourceType = BrokerResource, ResourceName = broker, Configs = [new() { Name = name, ConfigOperation = operation, Value = value }] }],
            },
            1)).Responses[0];

    private static async Task<List<DescribeConfigsResponse.DescribeConfigsResourceResult>> Describe(WireClient client, sbyte type, string name) =>
        (await client.Call<DescribeConfigsResponse>(
            new DescribeConfigsRequest { IncludeSynonyms = true, Resources = [new() { ResourceType = type, ResourceName = name, ConfigurationKeys = null }] }, 4)).Results[0].Configs;

    private static async Task Until(WireClient client, string topic, ErrorCode error)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromSeconds(20);
        while ((await client.Produce(topic, WireClient.Batch(new string('x', 500)))).ErrorCode != error)
        {
            Assert.True(DateTime.UtcNow < deadline, $"no {error} in time");
        }
    }
}
