namespace ActorBroker.Coordination.Tests;

public sealed class ConsumerOffsetsPartitionTests
{
    // The first four are Kafka's own answers; the last two hash to Int32.Min, whose absolute value does not exist.
    [Theory]
    [InlineData("g", 50, 3)]
    [InlineData("my-group", 50, 12)]
    [InlineData("", 50, 0)]
    [InlineData("transactional-id-1", 50, 41)]
    [InlineData("polygenelubricants", 50, 0)]
    [InlineData("polygenelubricants", 7, 0)]
    public void An_id_belongs_to_the_partition_that_Kafka_gives_it(string id, int count, int partition) =>
        Assert.Equal(partition, ConsumerOffsetsPartition.Of(id, count));
}
