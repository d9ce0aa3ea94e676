using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>A position to commit: the offset of the next record to read.</summary>
public readonly record struct OffsetAndMetadata(long Offset, int LeaderEpoch = -1, string? Metadata = null);

/// <summary>As whom offsets are committed.</summary>
internal readonly record struct GroupIdentity(int Generation, string MemberId, string? InstanceId)
{
    /// <summary>Not a member: allowed while the group has none.</summary>
    public static GroupIdentity None => new(-1, "", null);
}

/// <summary>Reads and writes the committed offsets of a group at its coordinator.</summary>
internal static class GroupOffsets
{
    public static async Task<IReadOnlyList<CommittedOffset>> FetchAsync(
        BrokerConnection connection, string groupId, IReadOnlyCollection<TopicPartition>? partitions, bool requireStable, CancellationToken cancellation)
    {
        var version = connection.Versions.Choose(ApiKey.OffsetFetch);
        var topics = partitions?.GroupBy(partition => partition.Topic).Select(topic => (Name: topic.Key, Partitions: topic.Select(partition => partition.Partition).ToList())).ToList();
        var request = new OffsetFetchRequest { RequireStable = requireStable && version >= 7 };
        if (version >= 8)
        {
            request.Groups.Add(new()
            {
                GroupId = groupId,
                Topics = topics?.ConvertAll(topic => new OffsetFetchRequest.OffsetFetchRequestTopics { Name = topic.Name, PartitionIndexes = topic.Partitions }),
            });
        }
        else
        {
            request.GroupId = groupId;
            request.Topics = topics?.ConvertAll(topic => new OffsetFetchRequest.OffsetFetchRequestTopic { Name = topic.Name, PartitionIndexes = topic.Partitions });
        }

        var response = await connection.SendAsync<OffsetFetchResponse>(request, version, cancellation).ConfigureAwait(false);
        if (version < 8)
        {
            KafkaException.ThrowIf(response.ErrorCode);
            return Checked([.. response.Topics.SelectMany(topic => topic.Partitions.Select(partition => new CommittedOffset(
                new TopicPartition(topic.Name, partition.PartitionIndex), partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata, partition.ErrorCode)))]);
        }

        var group = response.Groups.Single();
        KafkaException.ThrowIf(group.ErrorCode);
        return Checked([.. group.Topics.SelectMany(topic => topic.Partitions.Select(partition => new CommittedOffset(
            new TopicPartition(topic.Name, partition.PartitionIndex), partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata, partition.ErrorCode)))]);
    }

    public static async Task<IReadOnlyList<OperationResult<TopicPartition>>> CommitAsync(
        BrokerConnection connection, string groupId, GroupIdentity identity, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation)
    {
        var request = new OffsetCommitRequest
        {
            GroupId = groupId,
            GenerationIdOrMemberEpoch = identity.Generation,
            MemberId = identity.MemberId,
            GroupInstanceId = identity.InstanceId,
            Topics = [.. offsets.GroupBy(offset => offset.Key.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                Partitions = [.. topic.Select(offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = offset.Key.Partition,
                    CommittedOffset = offset.Value.Offset,
                    CommittedLeaderEpoch = offset.Value.LeaderEpoch,
                    CommittedMetadata = offset.Value.Metadata ?? "",
                })],
            })],
        };
        var response = await connection.SendAsync<OffsetCommitResponse>(request, cancellation).ConfigureAwait(false);
        var results = response.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
            new OperationResult<TopicPartition>(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, null))).ToList();
        foreach (var result in results.Where(result => result.Error.IsRetriable() && result.Error != ErrorCode.UnknownTopicOrPartition))
        {
            throw new KafkaException(result.Error, $"commit of {result.Item}");
        }

        return results;
    }

    /// <summary>Unstable offsets (of an open transaction) pass; the whole question is asked again.</summary>
    private static List<CommittedOffset> Checked(List<CommittedOffset> offsets) =>
        offsets.Find(offset => offset.Error == ErrorCode.UnstableOffsetCommit) is { } unstable
            ? throw new KafkaException(unstable.Error, $"the offset of {unstable.Partition}")
            : offsets;
}
