using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>Bytes that records may take until they are delivered. Who finds no room waits, first come first served.</summary>
internal sealed class BufferMemory
{
    private readonly long _limit;
    private readonly LinkedList<(long Bytes, TaskCompletionSource Granted)> _waiting = [];
    private readonly Lock _lock = new();
    private long _free;

    public BufferMemory(long limit)
    {
        _limit = limit;
        _free = limit;
    }

    /// <summary>Whether somebody waits, so that batches should be sent without lingering.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <exception cref="KafkaException">The bytes are more than the whole buffer, or no room came in time.</exception>
    public ValueTask ReserveAsync(long bytes, int maxBlockMs, CancellationToken cancellation)
    {
        if (bytes > _limit)
        {
            throw new KafkaException(ErrorCode.MessageTooLarge, $"a record of {bytes} bytes is larger than the buffer of {_limit}");
        }

        LinkedListNode<(long Bytes, TaskCompletionSource Granted)> waiter;
        lock (_lock)
        {
            if (_waiting.Count == 0 && _free >= bytes)
            {
                _free -= bytes;
                return ValueTask.CompletedTask;
            }

            waiter = _waiting.AddLast((bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        return new ValueTask(WaitAsync(waiter, maxBlockMs, cancellation));
    }

    public void Release(long bytes)
    {
        lock (_lock)
        {
            _free += bytes;
            while (_waiting.First is { } first && first.Value.Bytes <= _free)
            {
                _free -= first.Value.Bytes;
                _waiting.RemoveFirst();
                first.Value.Granted.SetResult();
            }
        }
    }

    private async Task WaitAsync(LinkedListNode<(long Bytes, TaskCompletionSource Granted)> waiter, int maxBlockMs, CancellationToken cancellation)
    {
        try
        {
            await waiter.Value.Granted.Task.WaitAsync(TimeSpan.FromMilliseconds(maxBlockMs), cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is TimeoutException or OperationCanceledException)
        {
            lock (_lock)
            {
                if (waiter.Value.Granted.Task.IsCompleted)
                {
                    // It was granted while the time ran out.
                    if (problem is TimeoutException)
                    {
                        return;
                    }

                    _free += waiter.Value.Bytes;
                }
                else
                {
                    _waiting.Remove(waiter);
                }
            }

            if (problem is TimeoutException)
            {
                throw new KafkaException(ErrorCode.RequestTimedOut, $"the producer's buffer stayed full for {maxBlockMs} ms", problem);
            }

            throw;
        }
    }
}
