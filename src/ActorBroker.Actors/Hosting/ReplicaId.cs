using System.Globalization;
using ActorBroker.Model;

namespace ActorBroker.Actors.Hosting;

/// <summary>The name of a replica as a sharded entity, <c>topicId/partition@broker</c>; its shard is the broker's id.</summary>
internal static class ReplicaId
{
    public static string Of(in TopicIdPartition partition, NodeId broker) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition.TopicId}/{partition.Partition}@{broker.Value}");

    public static string ShardOf(NodeId broker) => broker.Value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The shard of a replica; null for a text that names none.</summary>
    public static string? ShardOf(string replica) =>
        replica.LastIndexOf('@') is var at and > 0 && at + 1 < replica.Length ? replica[(at + 1)..] : null;

    /// <summary>The broker of a shard; null for a text that names none.</summary>
    public static NodeId? BrokerOf(string shard) =>
        int.TryParse(shard, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new NodeId(id) : null;
}
