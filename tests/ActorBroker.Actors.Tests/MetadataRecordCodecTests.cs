using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Tests;

public sealed class MetadataRecordCodecTests
{
    private static readonly TopicId Topic = TopicId.NewRandom();

    public static TheoryData<MetadataEvent> Events =>
    [
        new TopicCreated(Topic, "orders"),
        new TopicDeleted(Topic),
        new ConfigChanged(ConfigResource.Topic("orders"), "retention.ms", "5"),
        new ConfigChanged(ConfigResource.Topic("orders"), "retention.ms", null),
        new ProducerIdsAllocated(new NodeId(1), new BrokerEpoch(7), 3000),
        new FeatureLevelSet("metadata.version", 22),
    ];

    [Theory]
    [MemberData(nameof(Events))]
    public void An_event_is_read_back_as_it_was_written(MetadataEvent written)
    {
        Assert.Equal(written, MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(written)));
    }

    [Fact]
    public void A_partition_is_read_back_as_it_was_written()
    {
        var written = new PartitionCreated(
            Topic, new PartitionImage(3, [new(2), new(1)], [new(1)], new NodeId(1), new LeaderEpoch(4), new PartitionEpoch(9)));

        var read = Assert.IsType<PartitionCreated>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(written)));

        Assert.Equal(written.Partition.Replicas.AsEnumerable(), read.Partition.Replicas);
        Assert.Equal(written.Partition.Isr.AsEnumerable(), read.Partition.Isr);
        Assert.Equal(written.Partition with { Replicas = read.Partition.Replicas, Isr = read.Partition.Isr }, read.Partition);
    }

    [Fact]
    public void A_broker_is_read_back_as_it_was_written()
    {
        var written = new BrokerImage(new NodeId(3), new BrokerEpoch(11), Guid.NewGuid(), [new BrokerEndpoint("PLAINTEXT", "localhost", 65_000)], "rack-a", Fenced: false);

        var read = Assert.IsType<BrokerRegistered>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(new BrokerRegistered(written)))).Broker;

        Assert.Equal(written.Endpoints.AsEnumerable(), read.Endpoints);
        Assert.Equal(written with { Endpoints = read.Endpoints }, read);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 2, 0 })]
    [InlineData(new byte[] { 1, 99, 0 })]
    [InlineData(new byte[] { 1, 2, 0, 7 })]
    public void What_is_no_metadata_record_is_refused(byte[] bytes)
    {
        Assert.Throws<ProtocolException>(() => MetadataRecordCodec.Decode(bytes));
    }
}
