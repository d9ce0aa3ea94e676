using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>What producer, consumer and admin share: connections by node, the known nodes and topics, and retries.</summary>
internal sealed class ClusterClient : IDisposable
{
    private readonly ConnectionPool _pool;
    private readonly IReadOnlyList<BrokerAddress> _bootstrap;
    private readonly Dictionary<string, long> _topicsInUse = [];
    private readonly Lock _lock = new();
    private volatile bool _wasConnected;
    private volatile ClusterSnapshot _snapshot = ClusterSnapshot.Empty;
    private Task<ClusterSnapshot>? _refreshing;
    private long _loadedAt = long.MinValue;

    public ClusterClient(ClientOptions options, bool autoCreateTopics)
    {
        options.Validate();
        Options = options;
        AutoCreateTopics = autoCreateTopics;
        _bootstrap = options.Bootstrap;
        _pool = new ConnectionPool(options);
    }

    public ClientOptions Options { get; }

    public bool AutoCreateTopics { get; }

    public ClusterSnapshot Snapshot => _snapshot;

    public bool IsStale => Environment.TickCount64 - Volatile.Read(ref _loadedAt) > Options.MetadataMaxAgeMs || _loadedAt == long.MinValue;

    public void Dispose() => _pool.Dispose();

    public Task<BrokerConnection> ConnectAsync(BrokerAddress node, ConnectionPurpose purpose, CancellationToken cancellation) => _pool.GetAsync(node, purpose, cancellation);

    /// <summary>The connection to a node if it is open now.</summary>
    public BrokerConnection? TryGetConnection(BrokerAddress node, ConnectionPurpose purpose) => _pool.TryGet(node, purpose);

    /// <summary>A connection to a node by its id; the metadata is loaded when the id is not known.</summary>
    public async Task<BrokerConnection> ConnectAsync(int nodeId, ConnectionPurpose purpose, CancellationToken cancellation)
    {
        if (!_snapshot.Brokers.TryGetValue(nodeId, out var node) && !(await RefreshAsync(cancellation).ConfigureAwait(false)).Brokers.TryGetValue(nodeId, out node))
        {
            throw new KafkaException(ErrorCode.BrokerNotAvailable, $"node {nodeId} is not in the cluster");
        }

        return await _pool.GetAsync(node, purpose, cancellation).ConfigureAwait(false);
    }

    /// <summary>A connection to some node that can be reached.</summary>
    /// <exception cref="KafkaException">None can be reached.</exception>
    public async Task<BrokerConnection> ConnectAnyAsync(CancellationToken cancellation)
    {
        var known = _snapshot.Brokers.Values.ToArray();
        Random.Shared.Shuffle(known);
        KafkaException? last = null;
        foreach (var node in known.Concat(_bootstrap))
        {
            try
            {
                var connection = await _pool.GetAsync(node, ConnectionPurpose.General, cancellation).ConfigureAwait(false);
                _wasConnected = true;
                return connection;
            }
            catch (KafkaException problem)
            {
                last = problem;
            }
        }

        throw last!;
    }

    /// <summary>The node that answers for the controller: itself, or any broker, which forwards.</summary>
    public async Task<BrokerConnection> ConnectControllerAsync(CancellationToken cancellation)
    {
        if (_snapshot.Brokers.Count == 0)
        {
            await RefreshAsync(cancellation).ConfigureAwait(false);
        }

        return _snapshot.Brokers.TryGetValue(_snapshot.ControllerId, out var controller)
            ? await _pool.GetAsync(controller, ConnectionPurpose.General, cancellation).ConfigureAwait(false)
            : await ConnectAnyAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Loads nodes and the topics in use; calls at the same time share one request.</summary>
    public Task<ClusterSnapshot> RefreshAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            if (_refreshing is not { IsCompleted: false })
            {
                _refreshing = LoadAsync();
            }

            return _refreshing.WaitAsync(cancellation);
        }
    }

    /// <summary>The topic, loaded if it is not known yet. Errors of the topic are thrown when they do not pass within the API timeout.</summary>
    public async ValueTask<TopicDescription> GetTopicAsync(string name, CancellationToken cancellation)
    {
        if (UseTopic(name) && _snapshot.Topics.TryGetValue(name, out var known) && known.Error == ErrorCode.None && known.Partitions.Count > 0)
        {
            return known;
        }

        return await RetryAsync(
            async token =>
            {
                var snapshot = await RefreshAsync(token).ConfigureAwait(false);
                if (!snapshot.Topics.TryGetValue(name, out var topic))
                {
                    // The shared request may have been on its way before this topic was in use.
                    throw new KafkaException(ErrorCode.LeaderNotAvailable, $"topic {name} is not loaded yet");
                }

                KafkaException.ThrowIf(topic.Error, $"topic {name}");
                return topic;
            },
            cancellation).ConfigureAwait(false);
    }

    /// <summary>Repeats an operation while its errors are retriable and the API timeout has not passed; nor the bootstrap timeout, while no node was ever reached.</summary>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> operation, CancellationToken cancellation, Func<KafkaException, bool>? alsoRetriable = null)
    {
        var start = Environment.TickCount64;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await operation(cancellation).ConfigureAwait(false);
            }
            catch (KafkaException problem) when (problem.IsRetriable || alsoRetriable?.Invoke(problem) == true)
            {
                var pause = Options.RetryPause(attempt);
                var limitMs = _wasConnected ? Options.ApiTimeoutMs : Math.Min(Options.ApiTimeoutMs, Options.BootstrapTimeoutMs);
                if (Environment.TickCount64 + pause.TotalMilliseconds > start + limitMs)
                {
                    throw;
                }

                await Task.Delay(pause, cancellation).ConfigureAwait(false);
                if (problem.Error.RefreshesMetadata())
                {
                    await TryRefreshAsync(cancellation).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The coordinator of a group or a transactional id.</summary>
    public async Task<BrokerAddress> FindCoordinatorAsync(string key, CoordinatorKind kind, CancellationToken cancellation)
    {
        var connection = await ConnectAnyAsync(cancellation).ConfigureAwait(false);
        var version = connection.Versions.Choose(ApiKey.FindCoordinator);
        var request = version >= 4
            ? new FindCoordinatorRequest { KeyType = (sbyte)kind, CoordinatorKeys = [key] }
            : new FindCoordinatorRequest { KeyType = (sbyte)kind, Key = key };
        var response = await connection.SendAsync<FindCoordinatorResponse>(request, version, cancellation).ConfigureAwait(false);
        if (version < 4)
        {
            KafkaException.ThrowIf(response.ErrorCode, response.ErrorMessage);
            return new BrokerAddress(response.NodeId, response.Host, response.Port);
        }

        var coordinator = response.Coordinators.Find(found => found.Key == key)
            ?? throw new KafkaException(ErrorCode.CoordinatorNotAvailable, $"no coordinator was named for {key}");
        KafkaException.ThrowIf(coordinator.ErrorCode, coordinator.ErrorMessage);
        return new BrokerAddress(coordinator.NodeId, coordinator.Host, coordinator.Port);
    }

    private async Task TryRefreshAsync(CancellationToken cancellation)
    {
        try
        {
            await RefreshAsync(cancellation).ConfigureAwait(false);
        }
        catch (KafkaException)
        {
            // The operation that follows fails by itself if the cluster is still out of reach.
        }
    }

    /// <summary>Notes that a topic is in use, so that it is loaded from now on; false when it was not before.</summary>
    public bool UseTopic(string topic)
    {
        lock (_lock)
        {
            ref var lastUse = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_topicsInUse, topic, out var known);
            lastUse = Environment.TickCount64;
            return known;
        }
    }

    private async Task<ClusterSnapshot> LoadAsync()
    {
        await Task.Yield();
        List<MetadataRequest.MetadataRequestTopic> topics;
        lock (_lock)
        {
            var oldest = Environment.TickCount64 - Options.MetadataMaxIdleMs;
            foreach (var (idle, _) in _topicsInUse.Where(topic => topic.Value < oldest).ToList())
            {
                _topicsInUse.Remove(idle);
            }

            topics = [.. _topicsInUse.Keys.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })];
        }

        var connection = await ConnectAnyAsync(CancellationToken.None).ConfigureAwait(false);
        var version = connection.Versions.Choose(ApiKey.Metadata);
        var request = new MetadataRequest { Topics = topics, AllowAutoTopicCreation = AutoCreateTopics || version < 4 };
        var response = await connection.SendAsync<MetadataResponse>(request, version, CancellationToken.None).ConfigureAwait(false);
        var snapshot = ClusterSnapshot.From(response);
        _snapshot = snapshot;
        Volatile.Write(ref _loadedAt, Environment.TickCount64);
        return snapshot;
    }
}

internal enum CoordinatorKind
{
    Group = 0,
    Transaction = 1,
}
