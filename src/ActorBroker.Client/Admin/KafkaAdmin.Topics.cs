using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

public sealed partial class KafkaAdmin
{
    /// <summary>Creates topics.</summary>
    /// <param name="validateOnly">Only check whether it would succeed.</param>
    public async Task<IReadOnlyList<OperationResult<CreatedTopic>>> CreateTopicsAsync(
        IEnumerable<NewTopic> topics, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var request = new CreateTopicsRequest { TimeoutMs = _cluster.Options.RequestTimeoutMs, ValidateOnly = validateOnly, Topics = [.. topics.Select(ToRequest)] };
        var response = await AtControllerAsync<CreateTopicsResponse>(_ => request, answer => answer.Topics.Select(topic => topic.ErrorCode), cancellation).ConfigureAwait(false);
        return [.. response.Topics.Select(topic => new OperationResult<CreatedTopic>(
            new CreatedTopic(topic.Name, topic.TopicId, topic.NumPartitions, topic.ReplicationFactor), topic.ErrorCode, topic.ErrorMessage))];
    }

    /// <summary>Deletes topics by name.</summary>
    public async Task<IReadOnlyList<OperationResult<string>>> DeleteTopicsAsync(IEnumerable<string> names, CancellationToken cancellation = default)
    {
        var list = names.ToList();
        var response = await AtControllerAsync<DeleteTopicsResponse>(
            version => version >= 6
                ? new DeleteTopicsRequest { TimeoutMs = _cluster.Options.RequestTimeoutMs, Topics = [.. list.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name })] }
                : new DeleteTopicsRequest { TimeoutMs = _cluster.Options.RequestTimeoutMs, TopicNames = list },
            answer => answer.Responses.Select(topic => topic.ErrorCode),
            cancellation).ConfigureAwait(false);
        return [.. response.Responses.Select(topic => new OperationResult<string>(topic.Name ?? "", topic.ErrorCode, topic.ErrorMessage))];
    }

    /// <summary>Raises the number of partitions of topics to new totals.</summary>
    public async Task<IReadOnlyList<OperationResult<string>>> CreatePartitionsAsync(
        IEnumerable<NewPartitions> topics, bool validateOnly = false, CancellationToken cancellation = default)
    {
        var request = new CreatePartitionsRequest
        {
            TimeoutMs = _cluster.Options.RequestTimeoutMs,
            ValidateOnly = validateOnly,
            Topics =
            [
                .. topics.Select(topic => new CreatePartitionsRequest.CreatePartitionsTopic
                {
                    Name = topic.Topic,
                    Count = topic.Total,
                    Assignments = topic.ReplicaAssignments?.Select(replicas => new CreatePartitionsRequest.CreatePartitionsAssignment { BrokerIds = [.. replicas] }).ToList(),
                }),
            ],
        };
        var response = await AtControllerAsync<CreatePartitionsResponse>(_ => request, answer => answer.Results.Select(topic => topic.ErrorCode), cancellation).ConfigureAwait(false);
        return [.. response.Results.Select(topic => new OperationResult<string>(topic.Name, topic.ErrorCode, topic.ErrorMessage))];
    }

    /// <summary>All topics.</summary>
    public Task<IReadOnlyList<TopicDescription>> ListTopicsAsync(bool includeInternal = false, CancellationToken cancellation = default) => _cluster.RetryAsync<IReadOnlyList<TopicDescription>>(
        async token =>
        {
            var topics = await LoadTopicsAsync(null, token).ConfigureAwait(false);
            return [.. topics.Values.Where(topic => includeInternal || !topic.IsInternal).OrderBy(topic => topic.Name, StringComparer.Ordinal)];
        },
        cancellation);

    /// <summary>The given topics in their order; one that does not exist has <see cref="ErrorCode.UnknownTopicOrPartition"/> in its description.</summary>
    public Task<IReadOnlyList<TopicDescription>> DescribeTopicsAsync(IEnumerable<string> names, CancellationToken cancellation = default)
    {
        var list = names.ToList();
        return _cluster.RetryAsync<IReadOnlyList<TopicDescription>>(
            async token =>
            {
                var topics = await LoadTopicsAsync(list, token).ConfigureAwait(false);
                return [.. list.Select(name => topics.TryGetValue(name, out var topic) ? topic : new TopicDescription(name, Guid.Empty, false, [], ErrorCode.UnknownTopicOrPartition))];
            },
            cancellation);
    }

    private async Task<IReadOnlyDictionary<string, TopicDescription>> LoadTopicsAsync(List<string>? names, CancellationToken cancellation)
    {
        var connection = await _cluster.ConnectAnyAsync(cancellation).ConfigureAwait(false);
        var request = new MetadataRequest
        {
            AllowAutoTopicCreation = connection.Versions.Choose(ApiKey.Metadata) < 4,
            Topics = names is null ? null : [.. names.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })],
        };
        return ClusterSnapshot.From(await connection.SendAsync<MetadataResponse>(request, cancellation).ConfigureAwait(false)).Topics;
    }

    private static CreateTopicsRequest.CreatableTopic ToRequest(NewTopic topic) => new()
    {
        Name = topic.Name,
        NumPartitions = topic.Partitions,
        ReplicationFactor = topic.ReplicationFactor,
        Assignments = [.. (topic.ReplicaAssignments ?? new Dictionary<int, IReadOnlyList<int>>()).Select(partition =>
            new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = partition.Key, BrokerIds = [.. partition.Value] })],
        Configs = [.. topic.Configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Key, Value = config.Value })],
    };
}
