using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>
/// Administers a cluster: topics, settings, groups, records. Safe for several threads. Failures of the whole operation are
/// <see cref="KafkaException"/>s; failures of single items are in the results. Retriable failures are repeated within <see cref="ClientOptions.ApiTimeoutMs"/>.
/// </summary>
public sealed partial class KafkaAdmin : IAsyncDisposable, IDisposable
{
    private readonly ClusterClient _cluster;

    public KafkaAdmin(ClientOptions options) => _cluster = new ClusterClient(options, autoCreateTopics: false);

    public void Dispose() => _cluster.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Nodes, cluster id and controller.</summary>
    public Task<ClusterDescription> DescribeClusterAsync(CancellationToken cancellation = default) => _cluster.RetryAsync(
        async token =>
        {
            var connection = await _cluster.ConnectAnyAsync(token).ConfigureAwait(false);
            if (!connection.Versions.Has(ApiKey.DescribeCluster))
            {
                var snapshot = await _cluster.RefreshAsync(token).ConfigureAwait(false);
                return new ClusterDescription(snapshot.ClusterId, snapshot.ControllerId, [.. snapshot.Brokers.Values.OrderBy(broker => broker.NodeId)]);
            }

            var response = await connection.SendAsync<DescribeClusterResponse>(new DescribeClusterRequest(), token).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode, response.ErrorMessage);
            return new ClusterDescription(
                response.ClusterId,
                response.ControllerId,
                [.. response.Brokers.OrderBy(broker => broker.BrokerId).Select(broker => new BrokerAddress(broker.BrokerId, broker.Host, broker.Port, broker.Rack))]);
        },
        cancellation);

    /// <summary>The API versions that each broker offers.</summary>
    public async Task<IReadOnlyDictionary<BrokerAddress, IReadOnlyList<ApiVersionListing>>> DescribeApiVersionsAsync(CancellationToken cancellation = default)
    {
        var found = new Dictionary<BrokerAddress, IReadOnlyList<ApiVersionListing>>();
        foreach (var (node, connection) in await ConnectAllAsync(cancellation).ConfigureAwait(false))
        {
            found.Add(node, [.. connection.Versions.All.OrderBy(api => api.Key).Select(api => new ApiVersionListing(api.Key, api.Min, api.Max))]);
        }

        return found;
    }

    /// <summary>Log directories with the replicas in them, of the given brokers or of all.</summary>
    public async Task<IReadOnlyList<LogDirDescription>> DescribeLogDirsAsync(IReadOnlyCollection<int>? brokers = null, CancellationToken cancellation = default)
    {
        var found = new List<LogDirDescription>();
        foreach (var (node, connection) in await ConnectAllAsync(cancellation).ConfigureAwait(false))
        {
            if (brokers is not null && !brokers.Contains(node.NodeId))
            {
                continue;
            }

            var response = await connection.SendAsync<DescribeLogDirsResponse>(new DescribeLogDirsRequest { Topics = null }, cancellation).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode);
            found.AddRange(response.Results.Select(dir => new LogDirDescription(
                node.NodeId,
                dir.LogDir,
                dir.ErrorCode,
                dir.TotalBytes,
                dir.UsableBytes,
                [.. dir.Topics.SelectMany(topic => topic.Partitions.Select(partition => new ReplicaLogSize(
                    new TopicPartition(topic.Name, partition.PartitionIndex), partition.PartitionSize, partition.OffsetLag, partition.IsFutureKey)))])));
        }

        return found;
    }

    /// <summary>Deletes the records below the given offsets (-1: all up to the high watermark); the result is the new first offset.</summary>
    public async Task<IReadOnlyList<OperationResult<(TopicPartition Partition, long LowWatermark)>>> DeleteRecordsAsync(
        IReadOnlyDictionary<TopicPartition, long> beforeOffsets, CancellationToken cancellation = default)
    {
        var results = new List<OperationResult<(TopicPartition, long)>>();
        foreach (var (node, partitions) in await ByLeaderAsync(beforeOffsets.Keys, cancellation).ConfigureAwait(false))
        {
            var request = new DeleteRecordsRequest
            {
                TimeoutMs = _cluster.Options.RequestTimeoutMs,
                Topics = [.. partitions.GroupBy(partition => partition.Topic).Select(topic => new DeleteRecordsRequest.DeleteRecordsTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => new DeleteRecordsRequest.DeleteRecordsPartition { PartitionIndex = partition.Partition, Offset = beforeOffsets[partition] })],
                })],
            };
            var connection = await _cluster.ConnectAsync(node, ConnectionPurpose.General, cancellation).ConfigureAwait(false);
            var response = await connection.SendAsync<DeleteRecordsResponse>(request, cancellation).ConfigureAwait(false);
            results.AddRange(response.Topics.SelectMany(topic => topic.Partitions.Select(partition => new OperationResult<(TopicPartition, long)>(
                (new TopicPartition(topic.Name, partition.PartitionIndex), partition.LowWatermark), partition.ErrorCode, null))));
        }

        return results;
    }

    /// <summary>Offsets by position or time.</summary>
    public Task<IReadOnlyList<OffsetListing>> ListOffsetsAsync(IReadOnlyDictionary<TopicPartition, OffsetSpec> specs, bool readCommitted = false, CancellationToken cancellation = default) =>
        OffsetLookup.ListAsync(_cluster, specs, readCommitted, cancellation);

    private async Task<List<(BrokerAddress Node, BrokerConnection Connection)>> ConnectAllAsync(CancellationToken cancellation)
    {
        var snapshot = await _cluster.RetryAsync(_cluster.RefreshAsync, cancellation).ConfigureAwait(false);
        var connections = new List<(BrokerAddress, BrokerConnection)>();
        foreach (var node in snapshot.Brokers.Values.OrderBy(node => node.NodeId))
        {
            connections.Add((node, await _cluster.ConnectAsync(node, ConnectionPurpose.General, cancellation).ConfigureAwait(false)));
        }

        return connections;
    }

    private async Task<Dictionary<BrokerAddress, List<TopicPartition>>> ByLeaderAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation)
    {
        var byLeader = new Dictionary<BrokerAddress, List<TopicPartition>>();
        foreach (var partition in partitions)
        {
            await _cluster.GetTopicAsync(partition.Topic, cancellation).ConfigureAwait(false);
            var leader = _cluster.Snapshot.LeaderOf(partition.Topic, partition.Partition)
                ?? throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"{partition} does not exist or has no leader");
            if (!byLeader.TryGetValue(leader, out var list))
            {
                byLeader.Add(leader, list = []);
            }

            list.Add(partition);
        }

        return byLeader;
    }

    /// <summary>Runs a request at the controller until it does not say that it is not the controller any more.</summary>
    private Task<TResponse> AtControllerAsync<TResponse>(Func<short, IApiRequest> build, Func<TResponse, IEnumerable<ErrorCode>> errors, CancellationToken cancellation)
        where TResponse : IApiResponse, new() => _cluster.RetryAsync(
        async token =>
        {
            var connection = await _cluster.ConnectControllerAsync(token).ConfigureAwait(false);
            var version = connection.Versions.Choose(new TResponse().ApiKey);
            var response = await connection.SendAsync<TResponse>(build(version), version, token).ConfigureAwait(false);
            if (errors(response).Contains(ErrorCode.NotController))
            {
                await _cluster.RefreshAsync(token).ConfigureAwait(false);
                throw new KafkaException(ErrorCode.NotController);
            }

            return response;
        },
        cancellation);
}
