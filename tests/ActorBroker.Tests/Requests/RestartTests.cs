using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Tests.Requests;

public sealed class RestartTests
{
    [Fact]
    public async Task Topics_records_settings_and_producers_are_found_again()
    {
        var node = new RunningNode();
        await node.InitializeAsync();
        try
        {
            Guid id;
            var batch = WireClient.Batch(new BatchProperties { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 0 }, "a", "b");
            using (var client = await WireClient.Connect(node.Address))
            {
                id = await client.CreateTopic("kept", 2, ("retention.ms", "-1"));
                await client.Produce("kept", batch);
            }

            await node.Restart();

            using var again = await WireClient.Connect(node.Address);
            var metadata = await again.Call<MetadataResponse>(new MetadataRequest { Topics = [new() { Name = "kept" }], AllowAutoTopicCreation = false }, 12);
            Assert.Equal((id, 2), (metadata.Topics[0].TopicId, metadata.Topics[0].Partitions.Count));
            Assert.Equal((ErrorCode.None, 0L), await Outcome(again, batch));
            Assert.Equal(2, WireClient.Values(await again.Fetch("kept", 0)).Count);
            var configs = await again.Call<DescribeConfigsResponse>(
                new DescribeConfigsRequest { Resources = [new() { ResourceType = 2, ResourceName = "kept", ConfigurationKeys = ["retention.ms"] }] }, 4);
            Assert.Equal("-1", configs.Results[0].Configs[0].Value);
        }
        finally
        {
            await node.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_node_that_stops_answers_parked_fetches_as_things_are()
    {
        const int AnHour = 3_600_000;
        var node = new RunningNode { Settings = ["actorbroker.node.shutdown-timeout=1h"] };
        await node.InitializeAsync();
        using var client = await WireClient.Connect(node.Address);
        using var other = await WireClient.Connect(node.Address);
        await client.CreateTopic("quiet");

        var fetch = client.Fetch("quiet", 0, maxWaitMs: AnHour);
        await other.Fetch("quiet", 0); // by now the node has most probably received the first one
        await node.DisposeAsync();

        await Task.WhenAny(fetch);
        Assert.True(fetch.IsFaulted || (await fetch).ErrorCode == ErrorCode.None);
    }

    [Fact]
    public async Task An_idle_producer_is_forgotten_after_the_time_that_is_set()
    {
        var node = new RunningNode { Settings = ["producer.id.expiration.ms=200", "producer.id.expiration.check.interval.ms=20"] };
        await node.InitializeAsync();
        try
        {
            using var client = await WireClient.Connect(node.Address);
            await client.CreateTopic("kept", 1);
            var batch = WireClient.Batch(new BatchProperties { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 0 }, "a", "b");
            Assert.Equal((ErrorCode.None, 0L), await Outcome(client, batch));

            await Eventually.Holds(async () => await Outcome(client, batch) != (ErrorCode.None, 0L));

            Assert.Equal((ErrorCode.None, 4L), await Outcome(client, WireClient.Batch(new BatchProperties { ProducerId = 5, ProducerEpoch = 0, BaseSequence = 2 }, "c")));
        }
        finally
        {
            await node.DisposeAsync();
        }
    }

    private static async Task<(ErrorCode Error, long BaseOffset)> Outcome(WireClient client, byte[] batch)
    {
        var produced = await client.Produce("kept", batch);
        return (produced.ErrorCode, produced.BaseOffset);
    }
}
