using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// Metadata, versions 0 to 12: brokers and topics from the local image, never from the controller. An empty list means all topics in
/// version 0, none from 1 on, where null means all; topic ids from 10, queries by id from 12 (KIP-516). Unknown topics are created when
/// the request and <c>auto.create.topics.enable</c> allow it. Errors, by topic: UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID,
/// INVALID_TOPIC_EXCEPTION, LEADER_NOT_AVAILABLE.
/// </summary>
public sealed class MetadataHandler(Broker broker) : AsyncApiHandler<MetadataRequest>(MetadataRequest.MinVersion, MetadataRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, MetadataRequest request)
    {
        var all = request.Topics is null || (context.ApiVersion == 0 && request.Topics.Count == 0);
        if (!all && request.AllowAutoTopicCreation && broker.Options.Topics.AutoCreate)
        {
            await CreateMissing(request.Topics!).ConfigureAwait(false);
        }

        var image = broker.Cluster.Image;
        return new MetadataResponse
        {
            ClusterId = broker.Cluster.ClusterId,
            ControllerId = broker.NodeId.Value,
            Brokers = [.. broker.VisibleBrokers(context.Connection.Listener.Name).Select(entry => new MetadataResponse.MetadataResponseBroker
            {
                NodeId = entry.Id.Value,
                Host = entry.Host,
                Port = entry.Port,
                Rack = entry.Rack,
            })],
            Topics = all
                ? [.. image.Topics.Values.Select(topic => Describe(topic, context))]
                : [.. request.Topics!.DistinctBy(asked => (asked.Name, asked.TopicId)).Select(asked => Answer(image, asked, context))],
        };
    }

    private Task CreateMissing(List<MetadataRequest.MetadataRequestTopic> topics) =>
        broker.EnsureTopics(topics.Select(topic => topic.Name).OfType<string>().Where(name => TopicName.Problem(name) is null).Distinct());

    private MetadataResponse.MetadataResponseTopic Answer(ClusterImage image, MetadataRequest.MetadataRequestTopic asked, RequestContext context)
    {
        var topic = asked.Name is { } name ? image.FindTopic(name) : image.FindTopic(new TopicId(asked.TopicId));
        if (topic is not null)
        {
            return Describe(topic, context);
        }

        var error = asked.Name is null ? ErrorCode.UnknownTopicId
            : TopicName.Problem(asked.Name) is null ? ErrorCode.UnknownTopicOrPartition
            : ErrorCode.InvalidTopicException;
        // Versions below 12 have no way to say "no name".
        var shown = asked.Name ?? (context.ApiVersion < 12 ? "" : null);
        return new() { ErrorCode = error, Name = shown, TopicId = asked.TopicId, IsInternal = asked.Name is not null && TopicName.IsInternal(asked.Name) };
    }

    private static MetadataResponse.MetadataResponseTopic Describe(TopicImage topic, RequestContext context) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id.Value,
        IsInternal = TopicName.IsInternal(topic.Name),
        Partitions = [.. topic.Partitions.Select(partition => Describe(partition, context.ApiVersion))],
    };

    private static MetadataResponse.MetadataResponsePartition Describe(PartitionImage partition, short version) => new()
    {
        // LEADER_NOT_AVAILABLE carries over to clients of any version that the partition cannot be used for now.
        ErrorCode = partition.Leader == NodeId.None ? ErrorCode.LeaderNotAvailable : ErrorCode.None,
        PartitionIndex = partition.Index,
        LeaderId = partition.Leader.Value,
        LeaderEpoch = version >= 7 ? partition.LeaderEpoch.Value : -1,
        ReplicaNodes = Values(partition.Replicas),
        IsrNodes = Values(partition.Isr),
    };

    private static List<int> Values(ImmutableArray<NodeId> nodes)
    {
        var values = new List<int>(nodes.Length);
        foreach (var node in nodes)
        {
            values.Add(node.Value);
        }

        return values;
    }
}
