using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// ListPartitionReassignments, version 0: the partitions that are being moved, of the topics named or of all (KIP-455), from this node's
/// image. What is not being moved, or not there, is left out.
/// </summary>
public sealed class ListPartitionReassignmentsHandler(Broker broker)
    : AsyncApiHandler<ListPartitionReassignmentsRequest>(ListPartitionReassignmentsRequest.MinVersion, ListPartitionReassignmentsRequest.MaxVersion)
{
    protected override ValueTask<IApiResponse?> HandleAsync(RequestContext context, ListPartitionReassignmentsRequest request)
    {
        var image = broker.Cluster.Image;
        var found = request.Topics is { } topics
            ? topics.Select(topic => (topic.Name, Partitions: Moving(image.FindTopic(topic.Name)).Where(moving => topic.PartitionIndexes.Contains(moving.Index))))
            : image.Topics.Values.Select(topic => (topic.Name, Partitions: Moving(topic)));
        return new(new ListPartitionReassignmentsResponse
        {
            Topics = [.. found.Select(topic => ToResponse(topic.Name, topic.Partitions)).Where(topic => topic.Partitions.Count > 0)],
        });
    }

    private static IEnumerable<PartitionImage> Moving(TopicImage? topic) => topic?.Partitions.Where(partition => partition.IsReassigning) ?? [];

    private static ListPartitionReassignmentsResponse.OngoingTopicReassignment ToResponse(string name, IEnumerable<PartitionImage> partitions) => new()
    {
        Name = name,
        Partitions = [.. partitions.Select(partition => new ListPartitionReassignmentsResponse.OngoingPartitionReassignment
        {
            PartitionIndex = partition.Index,
            Replicas = Values(partition.Replicas),
            AddingReplicas = Values(partition.Adding),
            RemovingReplicas = Values(partition.Removing),
        })],
    };

    private static List<int> Values(ImmutableArray<NodeId> ids) => [.. ids.Select(id => id.Value)];
}
