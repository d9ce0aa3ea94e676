using ActorBroker.Model;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>
/// The batches of one partition in the order of their records: those to be sent again, those in flight, those that wait, and the one that
/// is being filled. With idempotence a batch keeps its sequence number through all retries, and after a failure nothing new is sent until
/// everything in flight has come back; so neither doubles nor gaps can arise.
/// </summary>
internal sealed class PartitionQueue(TopicPartition partition, ProducerOptions options)
{
    private readonly Queue<ProducerBatch> _waiting = [];
    private readonly List<ProducerBatch> _inFlight = [];
    private readonly List<ProducerBatch> _retries = [];
    private readonly BatchProperties _properties = new() { Codec = options.Compression, CompressionLevel = options.CompressionLevel };
    private readonly Lock _lock = new();
    private ProducerBatch? _open;
    private int _nextSequence;
    private int _generation;
    private int _confirmedGeneration;
    private bool _closed;

    public TopicPartition Partition => partition;

    /// <summary>Adds a record; true when the sender has something to do at once.</summary>
    public bool Append(in ProducerRecord record, int recordBytes, Delivery delivery, long now)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(KafkaProducer));
            var wake = false;
            if (_open is not null && (_open.IsSealed || !_open.HasRoom(recordBytes, options.BatchSizeBytes)))
            {
                _open.IsSealed = true;
                _open = null;
                wake = true;
            }

            if (_open is null)
            {
                _open = new ProducerBatch(partition, _properties, Math.Min(Math.Max(options.BatchSizeBytes, recordBytes), 1 << 20), now);
                _waiting.Enqueue(_open);
                wake = true;
            }

            _open.Append(record, recordBytes, delivery);
            return wake;
        }
    }

    /// <summary>The next batch that may be sent now, or null; <paramref name="wakeAt"/> is lowered to the time when to ask again.</summary>
    public ProducerBatch? TryTake(long now, bool hurry, int bytesLeft, ProducerIdentity identity, ref long wakeAt)
    {
        lock (_lock)
        {
            if (_retries.Count > 0)
            {
                return TakeRetry(now, identity, ref wakeAt);
            }

            if (_inFlight.Count >= InFlightLimit(identity) || !_waiting.TryPeek(out var batch))
            {
                return null;
            }

            var readyAt = batch.IsSealed || hurry ? now : batch.CreatedAt + options.LingerMs;
            if (readyAt > now)
            {
                wakeAt = Math.Min(wakeAt, readyAt);
                return null;
            }

            batch.Build();
            if (batch.Size > bytesLeft)
            {
                batch.IsSealed = true;
                return null;
            }

            _waiting.Dequeue();
            if (ReferenceEquals(batch, _open))
            {
                _open = null;
            }

            return Start(batch, identity);
        }
    }

    /// <summary>Ends a batch that is in flight and will not be sent again.</summary>
    public void Complete(ProducerBatch batch, bool isStored = false)
    {
        lock (_lock)
        {
            _inFlight.Remove(batch);
            if (isStored)
            {
                _confirmedGeneration = Math.Max(_confirmedGeneration, batch.Generation);
            }
        }
    }

    /// <summary>Puts a batch that was in flight back, in the order of the records.</summary>
    public void Retry(ProducerBatch batch, long retryAt)
    {
        lock (_lock)
        {
            _inFlight.Remove(batch);
            batch.RetryAt = retryAt;
            var at = _retries.FindIndex(other => other.CreatedAt > batch.CreatedAt || (other.CreatedAt == batch.CreatedAt && IsBefore(batch, other)));
            _retries.Insert(at < 0 ? _retries.Count : at, batch);
        }
    }

    /// <summary>Whether an older batch is still undecided, which explains an out-of-order answer to this one.</summary>
    public bool HasOlder(ProducerBatch batch)
    {
        lock (_lock)
        {
            return _retries.Concat(_inFlight).Any(other => !ReferenceEquals(other, batch) && other.Generation == batch.Generation && IsBefore(other, batch));
        }
    }

    /// <summary>Removes batches that are older than the delivery timeout and not in flight.</summary>
    public List<ProducerBatch> TakeExpired(long now)
    {
        lock (_lock)
        {
            var oldest = now - options.DeliveryTimeoutMs;
            var expired = _retries.FindAll(batch => batch.CreatedAt <= oldest);
            _retries.RemoveAll(batch => batch.CreatedAt <= oldest);
            while (_waiting.TryPeek(out var batch) && batch.CreatedAt <= oldest)
            {
                expired.Add(_waiting.Dequeue());
                if (ReferenceEquals(batch, _open))
                {
                    _open = null;
                }
            }

            return expired;
        }
    }

    /// <summary>Removes everything that is not in flight, at the end of the producer.</summary>
    public List<ProducerBatch> TakeAll()
    {
        lock (_lock)
        {
            List<ProducerBatch> all = [.. _retries, .. _waiting];
            _retries.Clear();
            _waiting.Clear();
            _open = null;
            _closed = true;
            return all;
        }
    }

    /// <summary>Seals what is there and returns what a flush has to wait for.</summary>
    public List<Task> SealAll()
    {
        lock (_lock)
        {
            foreach (var batch in _waiting)
            {
                batch.IsSealed = true;
            }

            return [.. _retries.Concat(_inFlight).Concat(_waiting).Select(batch => batch.Done)];
        }
    }

    public bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count == 0 && _retries.Count == 0;
            }
        }
    }

    /// <summary>
    /// A leader that knows nothing of a producer believes the first sequence number that it sees. If the first batch failed and the second
    /// did not, the first could never be stored; so the second waits until the first is.
    /// </summary>
    private int InFlightLimit(ProducerIdentity identity) =>
        identity.Generation != 0 && _confirmedGeneration != identity.Generation ? 1 : options.MaxInFlightRequestsPerConnection;

    private ProducerBatch? TakeRetry(long now, ProducerIdentity identity, ref long wakeAt)
    {
        if (_inFlight.Count > 0)
        {
            return null;
        }

        var batch = _retries[0];
        if (batch.RetryAt > now)
        {
            wakeAt = Math.Min(wakeAt, batch.RetryAt);
            return null;
        }

        _retries.RemoveAt(0);
        return Start(batch, identity);
    }

    private ProducerBatch Start(ProducerBatch batch, ProducerIdentity identity)
    {
        if (identity.Generation != 0 && batch.Generation != identity.Generation)
        {
            if (_generation != identity.Generation)
            {
                _generation = identity.Generation;
                _nextSequence = 0;
            }

            batch.Stamp(identity, _nextSequence);
            _nextSequence = RecordBatch.SequenceAfter(_nextSequence, batch.Count);
        }

        batch.Attempts++;
        _inFlight.Add(batch);
        return batch;
    }

    /// <summary>By sequence, which wraps around to 0 after <see cref="int.MaxValue"/>.</summary>
    private static bool IsBefore(ProducerBatch left, ProducerBatch right) => ((right.BaseSequence - left.BaseSequence) & int.MaxValue) is > 0 and < (1 << 30);
}
