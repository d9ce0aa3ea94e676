using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeTopicPartitions, version 0: topics in order of name, a page of partitions at a time with a cursor (KIP-966).
/// Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_TOPIC_EXCEPTION, INVALID_REQUEST for a bad cursor.
/// </summary>
public sealed class DescribeTopicPartitionsHandler(Broker broker) : AsyncApiHandler<DescribeTopicPartitionsRequest>(DescribeTopicPartitionsRequest.MinVersion, DescribeTopicPartitionsRequest.MaxVersion)
{


    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeTopicPartitionsRequest request)
    {
        var image = broker.Cluster.Image;
        var names = request.Topics.Count == 0 ? image.Topics.Keys : request.Topics.Select(topic => topic.Name);
        var ordered = names.Distinct().Order(StringComparer.Ordinal).Where(name => request.Cursor is null || string.CompareOrdinal(name, request.Cursor.TopicName) >= 0);
        var response = new DescribeTopicPartitionsResponse();
        var left = Math.Clamp(request.ResponsePartitionLimit, 1, broker.Options.Limits.DescribePartitionsMax);
        foreach (var name in ordered)
        {
            var first = request.Cursor is { } cursor && cursor.TopicName == name ? Math.Max(0, cursor.PartitionIndex) : 0;
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
            response.Topics.Add(Describe(topic, shown));
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

    private static DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic Describe(TopicImage topic, List<PartitionImage> partitions) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id.Value,
        IsInternal = TopicName.IsInternal(topic.Name),
        Partitions = [.. partitions.Select(partition => new DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
        {
            ErrorCode = partition.Leader == NodeId.None ? ErrorCode.LeaderNotAvailable : ErrorCode.None,
            PartitionIndex = partition.Index,
            LeaderId = partition.Leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = [.. partition.Replicas.Select(id => id.Value)],
            IsrNodes = [.. partition.Isr.Select(id => id.Value)],
            EligibleLeaderReplicas = [],
            LastKnownElr = [],
        })],
    };
}
