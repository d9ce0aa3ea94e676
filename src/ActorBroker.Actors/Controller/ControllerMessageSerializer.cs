using System.Runtime.Serialization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// The wire form of controller commands and replies: JSON by generated code, over a closed table of types that the manifest names. Such messages are rare and
/// small; field names in them survive an upgrade of one node before the others.
/// </summary>
public sealed class ControllerMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly ControllerJson Json = new(new JsonSerializerOptions
    {
        IncludeFields = true,
        IgnoreReadOnlyProperties = true,
        Converters = { new NodeIdConverter() },
    });

    /// <summary>The types by their manifests, which are their names.</summary>
    private static readonly Dictionary<string, Type> Known = new Type[]
    {
        typeof(CreateTopics), typeof(DeleteTopics), typeof(CreatePartitions), typeof(AlterConfigs), typeof(AllocateProducerIds),
        typeof(RegisterBroker), typeof(BrokerHeartbeat), typeof(FenceBroker), typeof(ExpireSessions), typeof(UnregisterBroker),
        typeof(AlterPartition), typeof(FailReplicas), typeof(ElectLeaders), typeof(AlterPartitionReassignments), typeof(BalanceLeaders),
        typeof(DescribeQuorum), typeof(AddQuorumVoter), typeof(RemoveQuorumVoter),
        typeof(CreateTopicsReply), typeof(DeleteTopicsReply), typeof(CreatePartitionsReply), typeof(AlterConfigsReply), typeof(ProducerIdBlock),
        typeof(BrokerRegistration), typeof(BrokerHeartbeatReply), typeof(VerdictReply), typeof(ExpireSessionsReply), typeof(AlterPartitionReply),
        typeof(ElectLeadersReply), typeof(AlterPartitionReassignmentsReply), typeof(BalanceLeadersReply), typeof(QuorumDescription),
    }.ToDictionary(type => type.Name);

    /// <summary>The message types that this serialiser writes.</summary>
    public static IReadOnlyCollection<Type> Types => Known.Values;

    public override string Manifest(object o) => o.GetType().Name;

    public override byte[] ToBinary(object obj)
    {
        var type = obj.GetType();
        return Known.GetValueOrDefault(type.Name) == type && Json.GetTypeInfo(type) is { } info
            ? JsonSerializer.SerializeToUtf8Bytes(obj, info)
            : throw new ArgumentException($"{type.Name} is no controller command or reply of the wire", nameof(obj));
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!Known.TryGetValue(manifest, out var type) || Json.GetTypeInfo(type) is not { } info)
        {
            throw new SerializationException($"'{manifest}' is no controller command or reply that this version knows");
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, info) ?? throw new SerializationException($"a {manifest} is null");
        }
        catch (JsonException e)
        {
            throw new SerializationException($"a {manifest} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Node ids are everywhere; as plain numbers they can also be keys.</summary>
    private sealed class NodeIdConverter : JsonConverter<NodeId>
    {
        public override NodeId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt32());

        public override void Write(Utf8JsonWriter writer, NodeId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }
}

[JsonSerializable(typeof(CreateTopics))]
[JsonSerializable(typeof(DeleteTopics))]
[JsonSerializable(typeof(CreatePartitions))]
[JsonSerializable(typeof(AlterConfigs))]
[JsonSerializable(typeof(AllocateProducerIds))]
[JsonSerializable(typeof(FailReplicas))]
[JsonSerializable(typeof(RegisterBroker))]
[JsonSerializable(typeof(BrokerHeartbeat))]
[JsonSerializable(typeof(FenceBroker))]
[JsonSerializable(typeof(ExpireSessions))]
[JsonSerializable(typeof(UnregisterBroker))]
[JsonSerializable(typeof(AlterPartition))]
[JsonSerializable(typeof(ElectLeaders))]
[JsonSerializable(typeof(AlterPartitionReassignments))]
[JsonSerializable(typeof(BalanceLeaders))]
[JsonSerializable(typeof(DescribeQuorum))]
[JsonSerializable(typeof(AddQuorumVoter))]
[JsonSerializable(typeof(RemoveQuorumVoter))]
[JsonSerializable(typeof(CreateTopicsReply))]
[JsonSerializable(typeof(DeleteTopicsReply))]
[JsonSerializable(typeof(CreatePartitionsReply))]
[JsonSerializable(typeof(AlterConfigsReply))]
[JsonSerializable(typeof(ProducerIdBlock))]
[JsonSerializable(typeof(BrokerRegistration))]
[JsonSerializable(typeof(BrokerHeartbeatReply))]
[JsonSerializable(typeof(VerdictReply))]
[JsonSerializable(typeof(ExpireSessionsReply))]
[JsonSerializable(typeof(AlterPartitionReply))]
[JsonSerializable(typeof(ElectLeadersReply))]
[JsonSerializable(typeof(AlterPartitionReassignmentsReply))]
[JsonSerializable(typeof(BalanceLeadersReply))]
[JsonSerializable(typeof(QuorumDescription))]
internal sealed partial class ControllerJson : JsonSerializerContext;
