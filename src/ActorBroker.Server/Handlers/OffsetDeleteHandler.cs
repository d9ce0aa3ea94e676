using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// OffsetDelete, version 0 (KIP-496): removes committed offsets of topics that no member reads. Errors, by partition: UNKNOWN_TOPIC_OR_PARTITION,
/// GROUP_SUBSCRIBED_TO_TOPIC; for all: GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP (active, but not of consumers), COORDINATOR_LOAD_IN_PROGRESS,
/// COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class OffsetDeleteHandler(Broker broker, GroupCoordinators groups)
    : AsyncApiHandler<OffsetDeleteRequest>(OffsetDeleteRequest.MinVersion, OffsetDeleteRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, OffsetDeleteRequest request)
    {
        var asked = request.Topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Name, partition.PartitionIndex))).ToList();
        var known = asked.Where(IsKnown).ToList();
        var reply = await groups.AskAsync<GroupReply.DeleteOffsets>(
            request.GroupId, new GroupEvent.DeleteOffsets(GroupCall.NextToken(), known)).ConfigureAwait(false);
        if (reply.Error != GroupError.None)
        {
            return new OffsetDeleteResponse { ErrorCode = reply.Error.ToErrorCode() };
        }

        var errors = known.Zip(reply.Errors).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second.ToErrorCode());
        return new OffsetDeleteResponse
        {
            Topics = [.. asked.GroupBy(partition => partition.Topic).Select(topic => new OffsetDeleteResponse.OffsetDeleteResponseTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(partition => new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.Partition,
                    ErrorCode = errors.GetValueOrDefault(partition, ErrorCode.UnknownTopicOrPartition),
                })],
            })],
        };
    }

    private bool IsKnown(TopicPartition partition) =>
        broker.Cluster.Image.FindTopic(partition.Topic) is { } topic && partition.Partition >= 0 && partition.Partition < topic.Partitions.Count;
}
