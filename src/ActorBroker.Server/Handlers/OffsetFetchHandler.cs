using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// OffsetFetch, versions 0 to 9: committed offsets by partition or, from 2, all of them (no topics given); an error for the whole group from 2,
/// leader epochs from 5 (KIP-320), only stable offsets from 7 (KIP-447; every offset is, without transactions), several groups from 8 (KIP-709).
/// Nothing committed: -1 without an error; version 0 says UNKNOWN_TOPIC_OR_PARTITION for topics that do not exist. Errors:
/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class OffsetFetchHandler(Broker broker, GroupCoordinators groups)
    : AsyncApiHandler<OffsetFetchRequest>(OffsetFetchRequest.MinVersion, OffsetFetchRequest.MaxVersion)
{
    private const short FirstGroupErrorVersion = 2;
    private const short FirstBatchedVersion = 8;

    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, OffsetFetchRequest request)
    {
        if (context.ApiVersion < FirstBatchedVersion)
        {
            return await FetchOne(context.ApiVersion, request).ConfigureAwait(false);
        }

        var answers = await Task.WhenAll(request.Groups.Select(Fetch)).ConfigureAwait(false);
        return new OffsetFetchResponse { Groups = [.. answers] };
    }

    private async Task<OffsetFetchResponse> FetchOne(short version, OffsetFetchRequest request)
    {
        TopicPartition[]? partitions = request.Topics is null
            ? null
            : [.. request.Topics.SelectMany(topic => topic.PartitionIndexes.Select(index => new TopicPartition(topic.Name, index)))];
        var reply = await Ask(request.GroupId, partitions).ConfigureAwait(false);
        var error = reply.Error.ToErrorCode();
        var partitionError = version < FirstGroupErrorVersion ? error : ErrorCode.None;
        // A refusal as a whole lists nothing by itself, but below version 2 it has to be said by partition.
        var offsets = partitionError != ErrorCode.None && partitions is not null ? partitions.Select(Nothing) : reply.Offsets;
        return new OffsetFetchResponse
        {
            ErrorCode = error,
            Topics = [.. offsets.GroupBy(offset => offset.Partition.Topic).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartition
                {
                    PartitionIndex = offset.Partition.Partition,
                    CommittedOffset = offset.Offset.Value,
                    CommittedLeaderEpoch = offset.LeaderEpoch.Value,
                    Metadata = offset.Metadata,
                    ErrorCode = version == 0 && partitionError == ErrorCode.None && broker.Cluster.Image.FindTopic(topic.Key) is null
                        ? ErrorCode.UnknownTopicOrPartition
                        : partitionError,
                })],
            })],
        };
    }

    private async Task<OffsetFetchResponse.OffsetFetchResponseGroup> Fetch(OffsetFetchRequest.OffsetFetchRequestGroup group)
    {
        TopicPartition[]? partitions = group.Topics is null
            ? null
            : [.. group.Topics.SelectMany(topic => topic.PartitionIndexes.Select(index => new TopicPartition(topic.Name, index)))];
        var reply = await Ask(group.GroupId, partitions).ConfigureAwait(false);
        return new()
        {
            GroupId = group.GroupId,
            ErrorCode = reply.Error.ToErrorCode(),
            Topics = [.. reply.Offsets.GroupBy(offset => offset.Partition.Topic).Select(topic => new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(offset => new OffsetFetchResponse.OffsetFetchResponsePartitions
                {
                    PartitionIndex = offset.Partition.Partition,
                    CommittedOffset = offset.Offset.Value,
                    CommittedLeaderEpoch = offset.LeaderEpoch.Value,
                    Metadata = offset.Metadata,
                })],
            })],
        };
    }

    private Task<GroupReply.FetchOffsets> Ask(string groupId, TopicPartition[]? partitions) =>
        groups.AskAsync<GroupReply.FetchOffsets>(groupId, new GroupEvent.FetchOffsets(GroupCall.NextToken(), partitions));

    private static FetchedOffset Nothing(TopicPartition partition) => new(partition, Offset.Unknown, LeaderEpoch.Unknown, "");
}
