using System.Collections.Immutable;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Actors.Tests.Controller;

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
        new BrokerChanged(new NodeId(1), new BrokerEpoch(7), Fenced: true),
        new BrokerChanged(new NodeId(1), new BrokerEpoch(7), Fenced: false, InControlledShutdown: true),
        new BrokerChanged(new NodeId(1), new BrokerEpoch(7), InControlledShutdown: false),
        new BrokerUnregistered(new NodeId(1), new BrokerEpoch(7)),
        new PartitionChanged(Topic, 3),
        new PartitionChanged(Topic, 3, Leader: NodeId.None),
        new PartitionChanged(Topic, 3, Leader: new NodeId(2), LeaderRecoveryState: LeaderRecoveryState.Recovering),
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
        Assert.Equal((written.Partition.Index, written.Partition.Leader), (read.Partition.Index, read.Partition.Leader));
        Assert.Equal((written.Partition.LeaderEpoch, written.Partition.Epoch), (read.Partition.LeaderEpoch, read.Partition.Epoch));
    }

    [Fact]
    public void A_broker_is_read_back_as_it_was_written()
    {
        var written = new BrokerImage(new NodeId(3), new BrokerEpoch(11), Guid.NewGuid(), [new BrokerEndpoint("PLAINTEXT", "localhost", 65_000)], "rack-a", Fenced: false);

        var read = Assert.IsType<BrokerRegistered>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(new BrokerRegistered(written)))).Broker;

        Assert.Equal(written.Endpoints.AsEnumerable(), read.Endpoints);
        Assert.Equal(written with { Endpoints = read.Endpoints, LogDirs = read.LogDirs }, read);
    }

    [Fact]
    public void Everything_that_a_change_of_a_partition_says_is_read_back()
    {
        var written = new PartitionChanged(
            Topic, 0, [new(1)], new NodeId(1), LeaderRecoveryState.Recovered, [new(1), new(2)], [new(3)], [new(4)], [new(5)], [new(6)]);

        var read = Assert.IsType<PartitionChanged>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(written)));

        ImmutableArray<NodeId>?[] Lists(PartitionChanged change) =>
            [change.Isr, change.Replicas, change.Removing, change.Adding, change.Elr, change.LastKnownElr];
        Assert.Equal(Lists(written).Select(list => list!.Value.ToList()), Lists(read).Select(list => list!.Value.ToList()));
        Assert.Equal((written.Leader, written.LeaderRecoveryState), (read.Leader, read.LeaderRecoveryState));
    }

    [Fact]
    public void A_list_that_became_empty_is_not_a_list_that_stayed()
    {
        var written = new PartitionChanged(Topic, 0, Isr: [], Elr: [], Adding: []);

        var read = Assert.IsType<PartitionChanged>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(written)));

        Assert.True(read is { Isr.IsEmpty: true, Elr.IsEmpty: true, Adding.IsEmpty: true, Replicas: null, LastKnownElr: null });
    }

    [Fact]
    public void A_partition_under_reassignment_is_read_back_with_its_eligible_leaders()
    {
        var written = new PartitionImage(0, [new(1), new(2), new(3)], [], NodeId.None, new LeaderEpoch(4), new PartitionEpoch(9))
        {
            Adding = [new(3)],
            Removing = [new(1)],
            Elr = [new(2)],
            LastKnownElr = [new(1)],
            LeaderRecoveryState = LeaderRecoveryState.Recovering,
        };

        var read = Assert.IsType<PartitionCreated>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(new PartitionCreated(Topic, written)))).Partition;

        Assert.Equal([new NodeId(3)], read.Adding.AsEnumerable());
        Assert.Equal([new NodeId(1)], read.Removing.AsEnumerable());
        Assert.Equal([new NodeId(2)], read.Elr.AsEnumerable());
        Assert.Equal([new NodeId(1)], read.LastKnownElr.AsEnumerable());
        Assert.Equal((NodeId.None, LeaderRecoveryState.Recovering), (read.Leader, read.LeaderRecoveryState));
    }

    [Fact]
    public void A_broker_that_is_stopping_is_read_back_with_its_directories()
    {
        var directory = Guid.NewGuid();
        var written = new BrokerImage(new NodeId(3), new BrokerEpoch(11), Guid.NewGuid(), [], null, Fenced: true) { InControlledShutdown = true, LogDirs = [directory] };

        var read = Assert.IsType<BrokerRegistered>(MetadataRecordCodec.Decode(MetadataRecordCodec.Encode(new BrokerRegistered(written)))).Broker;

        Assert.True(read is { Fenced: true, InControlledShutdown: true });
        Assert.Equal([directory], read.LogDirs.AsEnumerable());
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
