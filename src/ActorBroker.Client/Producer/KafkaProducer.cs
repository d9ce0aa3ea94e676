using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>
/// Produces records: gathers them in batches per partition, compresses, sends and repeats. Safe for several threads; one producer for a
/// whole program is usual. With idempotence (the default) retries neither double nor reorder records.
/// </summary>
public sealed class KafkaProducer : IAsyncDisposable
{
    private readonly ProducerOptions _options;
    private readonly ClusterClient _cluster;
    private readonly BufferMemory _memory;
    private readonly ProducerSender _sender;
    private readonly StickyPartitions _sticky;
    private int _closed;

    public KafkaProducer(ProducerOptions options)
    {
        options.ValidateProducer();
        _options = options;
        _cluster = new ClusterClient(options, options.AllowAutoCreateTopics);
        _memory = new BufferMemory(options.BufferMemoryBytes);
        _sticky = new StickyPartitions(options.BatchSizeBytes);
        _sender = new ProducerSender(_cluster, options, _memory);
    }

    /// <summary>
    /// Produces one record; completes when it is delivered. A call that has to wait for metadata or for room in the buffer may be overtaken by the next one, also
    /// with the same key, if that one does not await it: for an order without waiting for each delivery, await <see cref="EnqueueAsync(ProducerRecord, Action{DeliveryReport}?, CancellationToken)"/>.
    /// </summary>
    /// <exception cref="KafkaException">The record was not delivered.</exception>
    public async Task<RecordMetadata> ProduceAsync(ProducerRecord record, CancellationToken cancellation = default)
    {
        var delivery = new TaskCompletionSource<RecordMetadata>(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(record, delivery, null, cancellation).ConfigureAwait(false);
        return await delivery.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>Hands one record over; completes when it has its place in the buffer, before it is delivered. Records of a partition are delivered in the order of
    /// calls, if each call is awaited before the next.</summary>
    /// <param name="onDelivery">Called on the sender's thread when the record's fate is known; must not block.</param>
    /// <exception cref="KafkaException">There is no room or no metadata within <see cref="ProducerOptions.MaxBlockMs"/>, or the record is too large.</exception>
    public ValueTask EnqueueAsync(ProducerRecord record, Action<DeliveryReport>? onDelivery = null, CancellationToken cancellation = default) =>
        EnqueueAsync(record, null, onDelivery, cancellation);

    /// <summary>Sends without lingering everything that was produced before, and completes when its fate is known.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) => _sender.FlushAsync(cancellation);

    /// <summary>The partitions of a topic.</summary>
    public async Task<IReadOnlyList<PartitionDescription>> PartitionsOfAsync(string topic, CancellationToken cancellation = default) =>
        (await _cluster.GetTopicAsync(topic, cancellation).ConfigureAwait(false)).Partitions;

    /// <summary>Flushes, at most for the delivery timeout, and closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        try
        {
            using var limit = new CancellationTokenSource(_options.DeliveryTimeoutMs);
            await _sender.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What is left fails below, and its callers are told.
        }

        await _sender.DisposeAsync().ConfigureAwait(false);
        _cluster.Dispose();
    }

    private async ValueTask EnqueueAsync(ProducerRecord record, TaskCompletionSource<RecordMetadata>? task, Action<DeliveryReport>? callback, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) == 1, this);
        var size = RecordBatchBuilder.MaximumSizeOf(OptionalBytes.From(record.Key), OptionalBytes.From(record.Value), record.Headers);
        if (size + RecordBatch.HeaderSize > _options.MaxRequestBytes)
        {
            throw new KafkaException(ErrorCode.MessageTooLarge, $"a record of {size} bytes does not fit into a request of {_options.MaxRequestBytes}");
        }

        var topic = await GetTopicAsync(record.Topic, cancellation).ConfigureAwait(false);
        var partition = Choose(record, topic, size);
        await _memory.ReserveAsync(size, _options.MaxBlockMs, cancellation).ConfigureAwait(false);
        var now = record.TimestampMs ?? DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var queue = _sender.QueueOf(new TopicPartition(record.Topic, partition));
        if (queue.Append(record, size, new Delivery(task, callback, now), Environment.TickCount64))
        {
            _sender.Wake();
        }
    }

    private ValueTask<TopicDescription> GetTopicAsync(string topic, CancellationToken cancellation)
    {
        var loading = _cluster.GetTopicAsync(topic, cancellation);
        return loading.IsCompletedSuccessfully ? loading : WithinBlockTimeAsync(loading.AsTask());

        async ValueTask<TopicDescription> WithinBlockTimeAsync(Task<TopicDescription> task)
        {
            try
            {
                return await task.WaitAsync(TimeSpan.FromMilliseconds(_options.MaxBlockMs), cancellation).ConfigureAwait(false);
            }
            catch (TimeoutException problem)
            {
                throw new KafkaException(ErrorCode.RequestTimedOut, $"nothing is known about topic {topic} after {_options.MaxBlockMs} ms", problem);
            }
        }
    }

    private int Choose(in ProducerRecord record, TopicDescription topic, int size)
    {
        if (record.Partition is { } given)
        {
            return (uint)given < (uint)topic.Partitions.Count
                ? given
                : throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"topic {topic.Name} has partitions 0 to {topic.Partitions.Count - 1}, not {given}");
        }

        return record.Key is { } key ? Murmur2.PartitionOf(key.Span, topic.Partitions.Count) : _sticky.Next(topic, size);
    }
}
