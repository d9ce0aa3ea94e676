using System.Collections.Immutable;
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
    private const short PlaintextProtocol = 0;

    /// <summary>The bytes of one event.</summary>
    public static byte[] Encode(MetadataEvent change)
    {
        var record = ToRecord(change);
        const short version = 0;
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
            new ProducerIdsRecord(), new FeatureLevelRecord(),
        ];
        return Array.Find(known, record => record.RecordType == type)
            ?? throw new ProtocolException($"metadata record of type {type}, which this broker does not know");
    }

    private static ITypedRecord ToRecord(MetadataEvent change) => change switch
    {
        BrokerRegistered registered => ToRecord(registered.Broker),
        TopicCreated topic => new TopicRecord { Name = topic.Name, TopicId = topic.Id.Value },
        PartitionCreated created => new PartitionRecord
        {
            PartitionId = created.Partition.Index,
            TopicId = created.Topic.Value,
            Replicas = Values(created.Partition.Replicas),
            Isr = Values(created.Partition.Isr),
            Leader = created.Partition.Leader.Value,
            LeaderEpoch = created.Partition.LeaderEpoch.Value,
            PartitionEpoch = created.Partition.Epoch.Value,
        },
        TopicDeleted topic => new RemoveTopicRecord { TopicId = topic.Id.Value },
        ConfigChanged config => new ConfigRecord
        {
            ResourceType = (sbyte)config.Resource.Type,
            ResourceName = config.Resource.Name,
            Name = config.Name,
            Value = config.Value,
        },
        ProducerIdsAllocated ids => new ProducerIdsRecord
        {
            BrokerId = ids.Broker.Value,
            BrokerEpoch = ids.BrokerEpoch.Value,
            NextProducerId = ids.NextProducerId,
        },
        FeatureLevelSet feature => new FeatureLevelRecord { Name = feature.Name, FeatureLevel = feature.Level },
        _ => throw new ArgumentException($"no record for {change.GetType().Name}", nameof(change)),
    };

    private static RegisterBrokerRecord ToRecord(BrokerImage broker) => new()
    {
        BrokerId = broker.Id.Value,
        BrokerEpoch = broker.Epoch.Value,
        IncarnationId = broker.IncarnationId,
        Rack = broker.Rack,
        Fenced = broker.Fenced,
        EndPoints = [.. broker.Endpoints.Select(endpoint => new RegisterBrokerRecord.BrokerEndpoint
        {
            Name = endpoint.Listener,
            Host = endpoint.Host,
            Port = (ushort)endpoint.Port,
            SecurityProtocol = PlaintextProtocol,
        })],
    };

    private static MetadataEvent ToEvent(ITypedRecord record) => record switch
    {
        RegisterBrokerRecord broker => new BrokerRegistered(new BrokerImage(
            new NodeId(broker.BrokerId),
            new BrokerEpoch(broker.BrokerEpoch),
            broker.IncarnationId,
            [.. broker.EndPoints.Select(endpoint => new BrokerEndpoint(endpoint.Name, endpoint.Host, endpoint.Port))],
            broker.Rack,
            broker.Fenced)),
        TopicRecord topic => new TopicCreated(new TopicId(topic.TopicId), topic.Name),
        PartitionRecord partition => new PartitionCreated(new TopicId(partition.TopicId), new PartitionImage(
            partition.PartitionId,
            Ids(partition.Replicas),
            Ids(partition.Isr),
            new NodeId(partition.Leader),
            new LeaderEpoch(partition.LeaderEpoch),
            new PartitionEpoch(partition.PartitionEpoch))),
        RemoveTopicRecord topic => new TopicDeleted(new TopicId(topic.TopicId)),
        ConfigRecord config => new ConfigChanged(new ConfigResource((ConfigResourceType)config.ResourceType, config.ResourceName), config.Name, config.Value),
        ProducerIdsRecord ids => new ProducerIdsAllocated(new NodeId(ids.BrokerId), new BrokerEpoch(ids.BrokerEpoch), ids.NextProducerId),
        FeatureLevelRecord feature => new FeatureLevelSet(feature.Name, feature.FeatureLevel),
        _ => throw new ArgumentException($"no event for {record.GetType().Name}", nameof(record)),
    };

    private static List<int> Values(ImmutableArray<NodeId> ids) => [.. ids.Select(id => id.Value)];

    private static ImmutableArray<NodeId> Ids(List<int> values) => [.. values.Select(value => new NodeId(value))];
}
