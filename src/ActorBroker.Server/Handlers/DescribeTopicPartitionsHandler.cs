using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeTopicPartitions, version 0: topics in order of name, a page of partitions at a time with a cursor (KIP-966).
/// Eligible leader replicas from the image; leaders that the listener's clients cannot reach are none. Errors: UNKNOWN_TOPIC_OR_PARTITION,
/// INVALID_TOPIC_EXCEPTION, INVALID_REQUEST for a cursor below 0; by partition: LEADER_NOT_AVAILABLE.
/// </summary>
public sealed class DescribeTopicPartitionsHandler(Broker broker) : AsyncApiHandler<DescribeTopicPartitionsRequest>(DescribeTopicPartitionsRequest.MinVersion, DescribeTopicPartitionsRequest.MaxVersion)
{
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeTopicPartitionsRequest request)
    {
        if (request.Cursor is { PartitionIndex: < 0 })
        {
            // This response has no error of its own: the topic that the cursor names carries it.
            return new(new DescribeTopicPartitionsResponse { Topics = [new() { Name = request.Cursor.TopicName, ErrorCode = ErrorCode.InvalidRequest }] });
        }

        var image = broker.Cluster.Image;
        var visible = broker.VisibleBrokers(context.Connection.Listener.Name).Select(entry => entry.Id).ToHashSet();
        var names = request.Topics.Count == 0 ? image.Topics.Keys : request.Topics.Select(topic => topic.Name);
        var ordered = names.Distinct().Order(StringComparer.Ordinal).Where(name => request.Cursor is null || string.CompareOrdinal(name, request.Cursor.TopicName) >= 0);
        var response = new DescribeTopicPartitionsResponse();
        var left = Math.Clamp(request.ResponsePartitionLimit, 1, broker.Options.Limits.DescribePartitionsMax);
        foreach (var name in ordered)
        {
            var first = request.Cursor is { } cursor && cursor.TopicName == name ? cursor.PartitionIndex : 0;
            if (left == 0)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first };
                break;
            }

            if (image.FindTopic(name) is not { } topic)
            {
                response.Topics.Add(Unknown(name));
                continue;
            }

            var shown = topic.Partitions.Skip(first).Take(left).ToList();
            left -= shown.Count;
            response.Topics.Add(Describe(topic, shown, visible));
            if (first + shown.Count < topic.Partitions.Count)
            {
                response.NextCursor = new() { TopicName = name, PartitionIndex = first + shown.Count };
                break;
            }
        }

        return new(response);
    }

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Unknown(string name) => new()
    {
        ErrorCode = TopicName.Problem(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException,
        Name = name,
        IsInternal = TopicName.IsInternal(name),
    };

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Describe(
        TopicImage topic, List<PartitionImage> partitions, HashSet<NodeId> visible) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id.Value,
        IsInternal = TopicName.IsInternal(topic.Name),
        Partitions = [.. partitions.Select(partition => new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
        {
            ErrorCode = visible.Contains(partition.Leader) ? ErrorCode.None : ErrorCode.LeaderNotAvailable,
            PartitionIndex = partition.Index,
            LeaderId = visible.Contains(partition.Leader) ? partition.Leader.Value : NodeId.None.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = [.. partition.Replicas.Select(id => id.Value)],
            IsrNodes = [.. partition.Isr.Select(id => id.Value)],
            EligibleLeaderReplicas = [.. partition.Elr.Select(id => id.Value)],
            LastKnownElr = [.. partition.LastKnownElr.Select(id => id.Value)],
            OfflineReplicas = [.. partition.Replicas.Where(id => !visible.Contains(id)).Select(id => id.Value)],
        })],
    };
}
