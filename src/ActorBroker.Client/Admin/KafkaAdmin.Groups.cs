using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

public sealed partial class KafkaAdmin
{
    /// <summary>The groups of all brokers, optionally only those in some states.</summary>
    public async Task<IReadOnlyList<GroupListing>> ListGroupsAsync(IReadOnlyCollection<string>? states = null, CancellationToken cancellation = default)
    {
        var groups = new Dictionary<string, GroupListing>();
        foreach (var (_, connection) in await ConnectAllAsync(cancellation).ConfigureAwait(false))
        {
            var version = connection.Versions.Choose(ApiKey.ListGroups);
            var request = new ListGroupsRequest { StatesFilter = states is null || version < 4 ? [] : [.. states] };
            var response = await connection.SendAsync<ListGroupsResponse>(request, version, cancellation).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode);
            foreach (var group in response.Groups)
            {
                groups[group.GroupId] = new GroupListing(group.GroupId, group.ProtocolType, group.GroupState, group.GroupType);
            }
        }

        return [.. groups.Values.OrderBy(group => group.GroupId, StringComparer.Ordinal)];
    }

    /// <summary>State and members of groups. A group that does not exist is described as "Dead", as Kafka does.</summary>
    public async Task<IReadOnlyList<GroupDescription>> DescribeGroupsAsync(IEnumerable<string> groupIds, CancellationToken cancellation = default)
    {
        var found = new List<GroupDescription>();
        foreach (var groupId in groupIds)
        {
            found.Add(await AtCoordinatorAsync(
                groupId,
                async (connection, token) =>
                {
                    var response = await connection.SendAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [groupId] }, token).ConfigureAwait(false);
                    var group = response.Groups.Single();
                    ThrowIfMoved(group.ErrorCode);
                    return Describe(group, connection.Address);
                },
                cancellation).ConfigureAwait(false));
        }

        return found;
    }

    /// <summary>Deletes groups that have no members.</summary>
    public async Task<IReadOnlyList<OperationResult<string>>> DeleteGroupsAsync(IEnumerable<string> groupIds, CancellationToken cancellation = default)
    {
        var results = new List<OperationResult<string>>();
        foreach (var groupId in groupIds)
        {
            results.Add(await AtCoordinatorAsync(
                groupId,
                async (connection, token) =>
                {
                    var response = await connection.SendAsync<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [groupId] }, token).ConfigureAwait(false);
                    var result = response.Results.Single();
                    ThrowIfMoved(result.ErrorCode);
                    return new OperationResult<string>(groupId, result.ErrorCode, null);
                },
                cancellation).ConfigureAwait(false));
        }

        return results;
    }

    /// <summary>Committed offsets of a group, for some partitions or for all that have one.</summary>
    public Task<IReadOnlyList<CommittedOffset>> ListGroupOffsetsAsync(
        string groupId, IReadOnlyCollection<TopicPartition>? partitions = null, bool requireStable = false, CancellationToken cancellation = default) =>
        AtCoordinatorAsync(groupId, (connection, token) => GroupOffsets.FetchAsync(connection, groupId, partitions, requireStable, token), cancellation);

    /// <summary>Sets committed offsets of a group without members, for example to read again.</summary>
    public Task<IReadOnlyList<OperationResult<TopicPartition>>> AlterGroupOffsetsAsync(
        string groupId, IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation = default) =>
        AtCoordinatorAsync(groupId, (connection, token) => GroupOffsets.CommitAsync(connection, groupId, GroupIdentity.None, offsets, token), cancellation);

    /// <summary>Forgets committed offsets of a group; topics that it subscribes to are refused.</summary>
    public Task<IReadOnlyList<OperationResult<TopicPartition>>> DeleteGroupOffsetsAsync(
        string groupId, IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default) => AtCoordinatorAsync<IReadOnlyList<OperationResult<TopicPartition>>>(
        groupId,
        async (connection, token) =>
        {
            var request = new OffsetDeleteRequest
            {
                GroupId = groupId,
                Topics = [.. partitions.GroupBy(partition => partition.Topic).Select(topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = partition.Partition })],
                })],
            };
            var response = await connection.SendAsync<OffsetDeleteResponse>(request, token).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode);
            return [.. response.Topics.SelectMany(topic => topic.Partitions.Select(partition =>
                new OperationResult<TopicPartition>(new TopicPartition(topic.Name, partition.PartitionIndex), partition.ErrorCode, null)))];
        },
        cancellation);

    private Task<T> AtCoordinatorAsync<T>(string groupId, Func<BrokerConnection, CancellationToken, Task<T>> operation, CancellationToken cancellation) => _cluster.RetryAsync(
        async token =>
        {
            var coordinator = await _cluster.FindCoordinatorAsync(groupId, CoordinatorKind.Group, token).ConfigureAwait(false);
            var connection = await _cluster.ConnectAsync(coordinator, ConnectionPurpose.General, token).ConfigureAwait(false);
            return await operation(connection, token).ConfigureAwait(false);
        },
        cancellation);

    private static void ThrowIfMoved(ErrorCode error)
    {
        if (error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable)
        {
            throw new KafkaException(error);
        }
    }

    private static GroupDescription Describe(DescribeGroupsResponse.DescribedGroup group, BrokerAddress coordinator) => new(
        group.GroupId,
        group.ErrorCode,
        group.GroupState,
        group.ProtocolType,
        group.ProtocolData,
        coordinator,
        [.. group.Members.Select(member => new GroupMember(
            member.MemberId,
            member.GroupInstanceId,
            member.ClientId,
            member.ClientHost,
            group.ProtocolType == ConsumerProtocol.ProtocolType ? ConsumerProtocol.ReadAssignmentOrEmpty(member.MemberAssignment) : []))]);
}
