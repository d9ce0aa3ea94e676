using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Tests.Hosting;

public sealed class FullDiskTests
{
    [Fact]
    public async Task A_producer_is_told_that_the_disk_is_full()
    {
        var node = new RunningNode { Settings = [$"storage.min-free-bytes={1L << 60}"] };
        await node.InitializeAsync();
        try
        {
            BrokerCalls.CreateTopic(node.EndPoint, "t", 1, new Dictionary<string, string>());
            using var connection = new WireConnection(node.EndPoint, 30_000);
            var produce = BrokerCalls.Produce("t", 0, TestBatch.Build([[1]], -1, -1, -1, 1), acks: 1);
            var answer = connection.Call<ProduceResponse>(produce, BrokerCalls.ProduceVersion).Responses.Single().PartitionResponses.Single();

            Assert.Equal(ErrorCode.KafkaStorageError, answer.ErrorCode);
            Assert.Contains($"is full: less than the reserve of {1L << 60} bytes is free", answer.ErrorMessage);
            Assert.Equal(0, BrokerCalls.Fetch(connection, "t", 0, 0, 1000).HighWatermark);
        }
        finally
        {
            await node.DisposeAsync();
        }
    }
}
