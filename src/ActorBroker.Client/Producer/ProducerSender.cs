using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>Takes batches that are due, sends them to the leaders of their partitions, and decides what becomes of them.</summary>
internal sealed class ProducerSender : IAsyncDisposable
{
    private readonly ClusterClient _cluster;
    private readonly ProducerOptions _options;
    private readonly BufferMemory _memory;
    private readonly ConcurrentDictionary<TopicPartition, PartitionQueue> _queues = new();
    private readonly ConcurrentDictionary<int, int> _requestsInFlight = new();
    private readonly ConcurrentDictionary<BrokerAddress, bool> _connecting = new();
    private readonly SemaphoreSlim _wake = new(0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private ProducerIdentity _identity = ProducerIdentity.None;
    private int _totalInFlight;
    private int _awake;
    private volatile bool _needsIdentity;
    private volatile bool _needsMetadata;

    public ProducerSender(ClusterClient cluster, ProducerOptions options, BufferMemory memory)
    {
        _cluster = cluster;
        _options = options;
        _memory = memory;
        _needsIdentity = options.IsIdempotent;
        _loop = Task.Run(RunAsync);
    }

    public PartitionQueue QueueOf(TopicPartition partition) => _queues.GetOrAdd(partition, static (key, options) => new PartitionQueue(key, options), _options);

    public void Wake()
    {
        if (Interlocked.Exchange(ref _awake, 1) == 0)
        {
            _wake.Release();
        }
    }

    public Task FlushAsync(CancellationToken cancellation)
    {
        var pending = _queues.Values.SelectMany(queue => queue.SealAll()).ToList();
        Wake();
        return Task.WhenAll(pending).WaitAsync(cancellation);
    }

    /// <summary>Ends the loop; whatever was not delivered fails.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        Wake();
        await _loop.ConfigureAwait(false);
        while (Volatile.Read(ref _totalInFlight) > 0)
        {
            await _wake.WaitAsync(100).ConfigureAwait(false);
        }

        foreach (var batch in _queues.Values.SelectMany(queue => queue.TakeAll()))
        {
            Finish(batch, new KafkaException(ErrorCode.NetworkException, "the producer was closed"));
        }

        _stopping.Dispose();
        _wake.Dispose();
    }

    private async Task RunAsync()
    {
        var attempt = 0;
        while (!_stopping.IsCancellationRequested)
        {
            Volatile.Write(ref _awake, 0);
            int waitMs;
            try
            {
                waitMs = await StepAsync().ConfigureAwait(false);
                attempt = 0;
            }
            catch (KafkaException)
            {
                // No identity or no metadata: nothing can be sent, and batches run into their delivery timeout.
                waitMs = (int)_options.RetryPause(++attempt).TotalMilliseconds;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }

            FailExpired(Environment.TickCount64);
            await _wake.WaitAsync(waitMs).ConfigureAwait(false);
        }
    }

    /// <summary>Sends everything that is due; the result is how many milliseconds nothing more will be.</summary>
    private async Task<int> StepAsync()
    {
        if (_needsIdentity && !await TryRenewIdentityAsync().ConfigureAwait(false))
        {
            return 1000;
        }

        if (_needsMetadata || (_cluster.IsStale && !_queues.IsEmpty))
        {
            _needsMetadata = false;
            await _cluster.RefreshAsync(_stopping.Token).ConfigureAwait(false);
        }

        var now = Environment.TickCount64;
        var wakeAt = now + 1000;
        while (Drain(now, ref wakeAt) is { Count: > 0 } requests)
        {
            foreach (var (connection, batches) in requests)
            {
                _requestsInFlight.AddOrUpdate(connection.Address.NodeId, 1, static (_, count) => count + 1);
                Interlocked.Increment(ref _totalInFlight);
                _ = SendAsync(connection, batches);
            }
        }

        if (_needsMetadata)
        {
            // Some partition has no leader; look again, but not all the time.
            wakeAt = Math.Min(wakeAt, now + Math.Max(1, _options.RetryBackoffMs));
        }

        return (int)Math.Clamp(wakeAt - Environment.TickCount64, 0, 1000);
    }

    /// <summary>
    /// At most one batch of each partition for one request to each leader. Only over connections that are open: requests that wait for the
    /// same connection to open could overtake each other, and a broker believes the first sequence number that a new producer sends.
    /// </summary>
    private Dictionary<BrokerConnection, List<ProducerBatch>> Drain(long now, ref long wakeAt)
    {
        var requests = new Dictionary<BrokerConnection, List<ProducerBatch>>();
        var sizes = new Dictionary<BrokerConnection, int>();
        var hurry = _memory.IsExhausted;
        foreach (var queue in _queues.Values)
        {
            if (queue.IsEmpty)
            {
                continue;
            }

            if (_cluster.Snapshot.LeaderOf(queue.Partition.Topic, queue.Partition.Partition) is not { } leader)
            {
                _needsMetadata = true;
                continue;
            }

            if (_requestsInFlight.GetValueOrDefault(leader.NodeId) >= _options.MaxInFlightRequestsPerConnection)
            {
                continue;
            }

            if (_cluster.TryGetConnection(leader, ConnectionPurpose.General) is not { } connection)
            {
                StartConnecting(leader);
                continue;
            }

            var used = sizes.GetValueOrDefault(connection);
            var room = used == 0 ? int.MaxValue : _options.MaxRequestBytes - used;
            if (queue.TryTake(now, hurry, room, _identity, ref wakeAt) is { } batch)
            {
                sizes[connection] = used + batch.Size;
                if (!requests.TryGetValue(connection, out var batches))
                {
                    requests.Add(connection, batches = []);
                }

                batches.Add(batch);
            }
        }

        return requests;
    }

    private void StartConnecting(BrokerAddress leader)
    {
        if (_connecting.TryAdd(leader, true))
        {
            _ = ConnectAsync(leader);
        }
    }

    private async Task ConnectAsync(BrokerAddress leader)
    {
        try
        {
            await _cluster.ConnectAsync(leader, ConnectionPurpose.General, _stopping.Token).ConfigureAwait(false);
        }
        catch (KafkaException)
        {
            // It may not be the leader any more.
            _needsMetadata = true;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            _connecting.TryRemove(leader, out _);
        }

        Wake();
    }

    /// <summary>Runs without waiting until the request is in the connection's queue, so that requests leave in the order of the calls.</summary>
    private async Task SendAsync(BrokerConnection connection, List<ProducerBatch> batches)
    {
        try
        {
            var version = connection.Versions.Choose(ApiKey.Produce);
            var request = Request(batches);
            if (_options.Acks == Acks.None)
            {
                await connection.SendWithoutAnswerAsync(request, version, _stopping.Token).ConfigureAwait(false);
                foreach (var batch in batches)
                {
                    Succeed(batch, -1, -1);
                }

                return;
            }

            var response = await connection.SendAsync<ProduceResponse>(request, version, _stopping.Token).ConfigureAwait(false);
            Apply(batches, response);
        }
        catch (KafkaException problem)
        {
            foreach (var batch in batches)
            {
                Decide(batch, problem.Error, problem.Message);
            }
        }
        catch (Exception problem)
        {
            foreach (var batch in batches)
            {
                Finish(batch, problem);
            }
        }
        finally
        {
            _requestsInFlight.AddOrUpdate(connection.Address.NodeId, 0, static (_, count) => count - 1);
            Interlocked.Decrement(ref _totalInFlight);
            Wake();
        }
    }

    private ProduceRequest Request(List<ProducerBatch> batches)
    {
        var request = new ProduceRequest { Acks = (short)_options.Acks, TimeoutMs = _options.RequestTimeoutMs };
        foreach (var batch in batches)
        {
            var topic = request.TopicData.Find(topic => topic.Name == batch.Partition.Topic);
            if (topic is null)
            {
                request.TopicData.Add(topic = new ProduceRequest.TopicProduceData { Name = batch.Partition.Topic });
            }

            batch.Retain();
            topic.PartitionData.Add(new ProduceRequest.PartitionProduceData { Index = batch.Partition.Partition, Records = batch });
        }

        return request;
    }

    private void Apply(List<ProducerBatch> batches, ProduceResponse response)
    {
        foreach (var batch in batches)
        {
            var answer = response.Responses.Find(topic => topic.Name == batch.Partition.Topic)?.PartitionResponses.Find(partition => partition.Index == batch.Partition.Partition);
            if (answer is null)
            {
                Decide(batch, ErrorCode.NetworkException, "the broker's answer lacks the partition");
            }
            else if (answer.ErrorCode is ErrorCode.None or ErrorCode.DuplicateSequenceNumber)
            {
                Succeed(batch, answer.ErrorCode == ErrorCode.None ? answer.BaseOffset : -1, answer.LogAppendTimeMs);
            }
            else
            {
                Decide(batch, answer.ErrorCode, answer.ErrorMessage);
            }
        }
    }

    /// <summary>Sends a failed batch again, or gives it up.</summary>
    private void Decide(ProducerBatch batch, ErrorCode error, string? message)
    {
        var queue = QueueOf(batch.Partition);
        var follows = error == ErrorCode.OutOfOrderSequenceNumber && queue.HasOlder(batch);
        var identityLost = !follows && error is ErrorCode.OutOfOrderSequenceNumber or ErrorCode.UnknownProducerId or ErrorCode.InvalidProducerEpoch;
        if (identityLost)
        {
            _needsIdentity = _options.IsIdempotent;
        }

        var retry = (error.IsRetriable() || follows || (identityLost && error != ErrorCode.OutOfOrderSequenceNumber))
            && Environment.TickCount64 - batch.CreatedAt < _options.DeliveryTimeoutMs
            && !_stopping.IsCancellationRequested;
        if (!retry)
        {
            Finish(batch, new KafkaException(error, message is null ? $"records for {batch.Partition}" : $"records for {batch.Partition}: {message}"));
            return;
        }

        _needsMetadata |= error.RefreshesMetadata();
        queue.Retry(batch, Environment.TickCount64 + (long)(follows ? 0 : _options.RetryPause(batch.Attempts).TotalMilliseconds));
    }

    private void Succeed(ProducerBatch batch, long baseOffset, long logAppendTime)
    {
        QueueOf(batch.Partition).Complete(batch, isStored: true);
        _memory.Release(batch.ReservedBytes);
        batch.Succeed(baseOffset, logAppendTime);
        batch.Release();
    }

    private void Finish(ProducerBatch batch, Exception error)
    {
        QueueOf(batch.Partition).Complete(batch);
        _memory.Release(batch.ReservedBytes);
        if (batch.Generation != 0)
        {
            // Its sequence numbers will never arrive; the ones that follow need a fresh start.
            _needsIdentity = true;
        }

        batch.Fail(error);
        batch.Release();
    }

    private void FailExpired(long now)
    {
        foreach (var batch in _queues.Values.SelectMany(queue => queue.TakeExpired(now)))
        {
            Finish(batch, new KafkaException(ErrorCode.RequestTimedOut, $"records for {batch.Partition} were not delivered within {_options.DeliveryTimeoutMs} ms"));
        }
    }

    /// <summary>Asks for a producer id once nothing is in flight under the old one; false when that is still so.</summary>
    private async Task<bool> TryRenewIdentityAsync()
    {
        if (Volatile.Read(ref _totalInFlight) > 0)
        {
            return false;
        }

        var connection = await _cluster.ConnectAnyAsync(_stopping.Token).ConfigureAwait(false);
        var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = _options.RequestTimeoutMs };
        var response = await connection.SendAsync<InitProducerIdResponse>(request, _stopping.Token).ConfigureAwait(false);
        KafkaException.ThrowIf(response.ErrorCode);
        _identity = new ProducerIdentity(response.ProducerId, response.ProducerEpoch, _identity.Generation + 1);
        _needsIdentity = false;
        return true;
    }
}
