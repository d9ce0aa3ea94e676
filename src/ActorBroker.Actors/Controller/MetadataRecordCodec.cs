using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.MetadataRecords;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Metadata events as Kafka's metadata records (KIP-631), so that Kafka's own tools read the journal. A value is a frame version,
/// a record type, a record version, then the record; there is no key.
/// </summary>
public static class MetadataRecordCodec
{
    private const uint FrameVersion = 1;

    /// <summary>The bytes of one event.</summary>
    public static byte[] Encode(MetadataEvent change)
    {
        var (record, version) = ToRecord(change);
        using var writer = new ProtocolWriter();
        writer.WriteUVarint(FrameVersion);
        writer.WriteUVarint((uint)record.RecordType);
        writer.WriteUVarint((uint)version);
        record.Write(writer, version);
        return writer.ToArray();
    }

    /// <summary>The event that <see cref="Encode"/> made these bytes of.</summary>
    /// <exception cref="ProtocolException">The bytes are no metadata record that this version of the broker knows.</exception>
    public static MetadataEvent Decode(ReadOnlyMemory<byte> value)
    {
        var reader = new ProtocolReader(value);
        reader.EnterMessage("metadata record");
        var frame = reader.ReadUVarint();
        if (frame != FrameVersion)
        {
            throw new ProtocolException($"metadata record of frame version {frame}; this broker knows {FrameVersion}");
        }

        var type = (int)reader.ReadUVarint();
        var version = (short)reader.ReadUVarint();
        var record = Create(type);
        record.Read(ref reader, version);
        return ToEvent(record);
    }

    private static ITypedRecord Create(int type)
    {
        ITypedRecord[] known =
        [
            new RegisterBrokerRecord(), new TopicRecord(), new PartitionRecord(), new RemoveTopicRecord(), new ConfigRecord(),
            new ProducerIdsRecord(), new FeatureLevelRecord(), new PartitionChangeRecord(), new BrokerRegistrationChangeRecord(),
            new FenceBrokerRecord(), new UnfenceBrokerRecord(), new UnregisterBrokerRecord(),
        ];
        return Array.Find(known, record => record.RecordType == type)
            ?? throw new ProtocolException($"metadata record of type {type}, which this broker does not know");
    }

    // Each record has the lowest version that holds what it says, so that a journal stays readable for older nodes as long as it can be.
    private static (ITypedRecord Record, short Version) ToRecord(MetadataEvent change) => change switch
    {
        BrokerRegistered registered => BrokerRecords.Of(registered.Broker),
        BrokerChanged broker => BrokerRecords.Of(broker),
        BrokerUnregistered broker => (new UnregisterBrokerRecord { BrokerId = broker.Id.Value, BrokerEpoch = broker.Epoch.Value }, 0),
        TopicCreated topic => (new TopicRecord { Name = topic.Name, TopicId = topic.Id.Value }, 0),
        PartitionCreated created => PartitionRecords.Of(created),
        PartitionChanged changed => PartitionRecords.Of(changed),
        TopicDeleted topic => (new RemoveTopicRecord { TopicId = topic.Id.Value }, 0),
        ConfigChanged config => (ToRecord(config), 0),
        ProducerIdsAllocated ids => (ToRecord(ids), 0),
        FeatureLevelSet feature => (new FeatureLevelRecord { Name = feature.Name, FeatureLevel = feature.Level }, 0),
        _ => throw new ArgumentException($"no record for {change.GetType().Name}", nameof(change)),
    };

    private static ConfigRecord ToRecord(ConfigChanged config) => new()
    {
        ResourceType = (sbyte)config.Resource.Type,
        ResourceName = config.Resource.Name,
        Name = config.Name,
        Value = config.Value,
    };

    private static ProducerIdsRecord ToRecord(ProducerIdsAllocated ids) => new()
    {
        BrokerId = ids.Broker.Value,
        BrokerEpoch = ids.BrokerEpoch.Value,
        NextProducerId = ids.NextProducerId,
    };

    private static MetadataEvent ToEvent(ITypedRecord record) => record switch
    {
        RegisterBrokerRecord broker => BrokerRecords.Read(broker),
        BrokerRegistrationChangeRecord change => BrokerRecords.Read(change),
        FenceBrokerRecord fence => new BrokerChanged(new NodeId(fence.Id), new BrokerEpoch(fence.Epoch), Fenced: true),
        UnfenceBrokerRecord unfence => new BrokerChanged(new NodeId(unfence.Id), new BrokerEpoch(unfence.Epoch), Fenced: false),
        UnregisterBrokerRecord broker => new BrokerUnregistered(new NodeId(broker.BrokerId), new BrokerEpoch(broker.BrokerEpoch)),
        TopicRecord topic => new TopicCreated(new TopicId(topic.TopicId), topic.Name),
        PartitionRecord partition => PartitionRecords.Read(partition),
        PartitionChangeRecord change => PartitionRecords.Read(change),
        RemoveTopicRecord topic => new TopicDeleted(new TopicId(topic.TopicId)),
        ConfigRecord config => new ConfigChanged(new ConfigResource((ConfigResourceType)config.ResourceType, config.ResourceName), config.Name, config.Value),
        ProducerIdsRecord ids => new ProducerIdsAllocated(new NodeId(ids.BrokerId), new BrokerEpoch(ids.BrokerEpoch), ids.NextProducerId),
        FeatureLevelRecord feature => new FeatureLevelSet(feature.Name, feature.FeatureLevel),
        _ => throw new ArgumentException($"no event for {record.GetType().Name}", nameof(record)),
    };
}
