using System.Globalization;
using ActorBroker.Model;

namespace ActorBroker.Actors.Hosting;

/// <summary>The name of a replica as a sharded entity, <c>topicId/partition@broker</c>.</summary>
internal static class ReplicaId
{
    public static string Of(in TopicIdPartition partition, NodeId broker) =>
        string.Create(CultureInfo.InvariantCulture, $"{partition.TopicId}/{partition.Partition}@{broker.Value}");
}
