using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>One partition as metadata describes it.</summary>
/// <param name="Leader">-1 when there is none.</param>
public sealed record PartitionDescription(int Partition, int Leader, int LeaderEpoch, IReadOnlyList<int> Replicas, IReadOnlyList<int> Isr, IReadOnlyList<int> OfflineReplicas, ErrorCode Error);

/// <summary>One topic as metadata describes it.</summary>
public sealed record TopicDescription(string Name, Guid TopicId, bool IsInternal, IReadOnlyList<PartitionDescription> Partitions, ErrorCode Error);

/// <summary>Nodes and topics at one moment.</summary>
internal sealed class ClusterSnapshot
{
    public static ClusterSnapshot Empty { get; } = new();

    public string? ClusterId { get; init; }

    public int ControllerId { get; init; } = -1;

    public IReadOnlyDictionary<int, BrokerAddress> Brokers { get; init; } = new Dictionary<int, BrokerAddress>();

    public IReadOnlyDictionary<string, TopicDescription> Topics { get; init; } = new Dictionary<string, TopicDescription>();

    public static ClusterSnapshot From(MetadataResponse response) => new()
    {
        ClusterId = response.ClusterId,
        ControllerId = response.ControllerId,
        Brokers = response.Brokers.ToDictionary(broker => broker.NodeId, broker => new BrokerAddress(broker.NodeId, broker.Host, broker.Port, broker.Rack)),
        Topics = response.Topics.Where(topic => topic.Name is not null).ToDictionary(topic => topic.Name!, Describe),
    };

    /// <summary>The partition's leader, or null when it is unknown or there is none.</summary>
    public BrokerAddress? LeaderOf(string topic, int partition) =>
        Topics.TryGetValue(topic, out var known) && partition < known.Partitions.Count && Brokers.TryGetValue(known.Partitions[partition].Leader, out var leader)
            ? leader
            : null;

    private static TopicDescription Describe(MetadataResponse.MetadataResponseTopic topic) => new(
        topic.Name!,
        topic.TopicId,
        topic.IsInternal,
        [.. topic.Partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => new PartitionDescription(
            partition.PartitionIndex, partition.LeaderId, partition.LeaderEpoch, partition.ReplicaNodes, partition.IsrNodes, partition.OfflineReplicas, partition.ErrorCode))],
        topic.ErrorCode);
}
