using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>A partition to fetch from an offset.</summary>
internal readonly record struct FetchTarget(PartitionState State, long Offset, int Epoch)
{
    public TopicPartition Partition => State.Partition;
}

/// <summary>The partitions that a consumer reads, their positions and what was fetched but not consumed. Safe for several threads.</summary>
internal sealed class PartitionStates
{
    private readonly Dictionary<TopicPartition, PartitionState> _states = [];
    private readonly Queue<PartitionState> _ready = [];
    private readonly Lock _lock = new();
    private PartitionState? _inHand;
    private long _bufferedBytes;
    private KafkaException? _failure;

    /// <summary>Fetched bytes that were not consumed yet.</summary>
    public long BufferedBytes
    {
        get
        {
            lock (_lock)
            {
                return _bufferedBytes;
            }
        }
    }

    public IReadOnlyList<TopicPartition> Assigned
    {
        get
        {
            lock (_lock)
            {
                return [.. _states.Keys];
            }
        }
    }

    public void Add(IEnumerable<(TopicPartition Partition, long? Offset)> partitions)
    {
        lock (_lock)
        {
            foreach (var (partition, offset) in partitions)
            {
                var state = new PartitionState(partition);
                if (_states.TryAdd(partition, state) && offset is { } start)
                {
                    state.MoveTo(start);
                }
            }
        }
    }

    public void Remove(IEnumerable<TopicPartition> partitions)
    {
        lock (_lock)
        {
            foreach (var partition in partitions)
            {
                if (_states.Remove(partition, out var state))
                {
                    Drop(state);
                    state.MoveTo(PartitionState.UnknownPosition);
                }
            }
        }
    }

    /// <summary>Runs with the state of an assigned partition.</summary>
    /// <exception cref="KafkaException">The partition is not assigned.</exception>
    public T With<T>(TopicPartition partition, Func<PartitionState, T> action)
    {
        lock (_lock)
        {
            return _states.TryGetValue(partition, out var state)
                ? action(state)
                : throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"{partition} is not assigned to this consumer");
        }
    }

    /// <summary>Moves a position by hand; what was fetched before is thrown away.</summary>
    public void Seek(TopicPartition partition, long? offset, OffsetSpec? reset)
    {
        With(partition, state =>
        {
            Drop(state);
            if (offset is { } to)
            {
                state.MoveTo(to);
            }
            else
            {
                state.Reset(reset!.Value);
            }

            return true;
        });
    }

    /// <summary>Partitions whose position has to be found, with the rule where one is set.</summary>
    public List<(TopicPartition Partition, OffsetSpec? Reset, int Epoch)> Unresolved()
    {
        lock (_lock)
        {
            return [.. _states.Values.Where(state => state.Position == PartitionState.UnknownPosition).Select(state => (state.Partition, state.ResetTo, state.Epoch))];
        }
    }

    /// <summary>Sets a position that was found out, unless it was moved meanwhile.</summary>
    public void Resolve(TopicPartition partition, int epoch, long offset)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(partition, out var state) && state.Epoch == epoch && state.Position == PartitionState.UnknownPosition)
            {
                state.MoveTo(offset);
            }
        }
    }

    /// <summary>Forgets a position that the broker refused, unless it was moved meanwhile.</summary>
    public void Invalidate(FetchTarget target, OffsetSpec reset)
    {
        lock (_lock)
        {
            if (IsCurrent(target))
            {
                Drop(target.State);
                target.State.Reset(reset);
            }
        }
    }

    /// <summary>Partitions that may be fetched now; they count as being fetched until <see cref="EndFetch"/>.</summary>
    public List<FetchTarget> BeginFetch(Func<TopicPartition, bool> wanted, long now)
    {
        lock (_lock)
        {
            var targets = new List<FetchTarget>();
            foreach (var state in _states.Values)
            {
                if (state is { IsPaused: false, IsFetching: false, Position: >= 0, Buffered.Count: < 2 } && state.NotBefore <= now && wanted(state.Partition))
                {
                    state.IsFetching = true;
                    targets.Add(new FetchTarget(state, state.FetchOffset, state.Epoch));
                }
            }

            return targets;
        }
    }

    /// <summary>Ends a fetch of one partition, with what it brought.</summary>
    /// <returns>Whether there is something new to consume.</returns>
    public bool EndFetch(FetchTarget target, FetchedRecords? records, long notBefore = 0)
    {
        lock (_lock)
        {
            var state = target.State;
            state.IsFetching = false;
            state.NotBefore = notBefore;
            if (records is null || records.SizeInBytes == 0 || !IsCurrent(target))
            {
                return false;
            }

            state.FetchOffset = records.NextFetchOffset;
            state.Buffered.Enqueue(records);
            _bufferedBytes += records.SizeInBytes;
            _ready.Enqueue(state);
            return true;
        }
    }

    /// <summary>An error that no retry can mend goes to the user with the next call.</summary>
    public void Fail(KafkaException failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
        }
    }

    /// <summary>The next record of any partition; the record before counts as processed now.</summary>
    /// <exception cref="KafkaException">An error that has to be told.</exception>
    public bool TryConsume(out ConsumeResult record)
    {
        lock (_lock)
        {
            FinishInHand();
            if (_failure is { } failure)
            {
                _failure = null;
                throw failure;
            }

            for (var left = _ready.Count; left > 0; left--)
            {
                var state = _ready.Peek();
                if (TryConsume(state, out record!))
                {
                    _inHand = state;
                    return true;
                }

                _ready.Dequeue();
                if (state.IsPaused && state.Buffered.Count > 0)
                {
                    _ready.Enqueue(state);
                }
            }

            record = null!;
            return false;
        }
    }

    /// <summary>Counts the record that the user holds as processed.</summary>
    public void FinishInHand()
    {
        lock (_lock)
        {
            if (_inHand is { } processed)
            {
                processed.SafePosition = processed.Position;
                _inHand = null;
            }
        }
    }

    /// <summary>Positions, without the record that the user holds, where they differ from what is committed.</summary>
    public Dictionary<TopicPartition, OffsetAndMetadata> Uncommitted(IReadOnlyCollection<TopicPartition>? only = null)
    {
        lock (_lock)
        {
            return _states.Values
                .Where(state => only is null || only.Contains(state.Partition))
                .Where(state => state.SafePosition >= 0 && state.SafePosition != state.Committed)
                .ToDictionary(state => state.Partition, state => new OffsetAndMetadata(state.SafePosition));
        }
    }

    public void MarkCommitted(TopicPartition partition, long offset)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(partition, out var state))
            {
                state.Committed = offset;
            }
        }
    }

    /// <summary>The next record of the oldest fetch of a partition; at its end another partition has its turn.</summary>
    private bool TryConsume(PartitionState state, out ConsumeResult? record)
    {
        record = null;
        if (state.IsPaused || !state.Buffered.TryPeek(out var fetched))
        {
            return false;
        }

        try
        {
            if (fetched.TryNext(out record!))
            {
                state.Advance(fetched.Position);
                return true;
            }
        }
        catch (KafkaException)
        {
            // The rest of the fetch is not to be skipped: fetch again from the damaged place.
            state.Advance(fetched.Position);
            Drop(state);
            state.MoveTo(state.Position);
            throw;
        }

        state.Advance(fetched.Position);
        state.SafePosition = state.Position;
        state.Buffered.Dequeue();
        _bufferedBytes -= fetched.SizeInBytes;
        return false;
    }

    /// <summary>Whether the partition is still assigned and its position was not moved since the fetch started.</summary>
    private bool IsCurrent(FetchTarget target) =>
        _states.TryGetValue(target.Partition, out var state) && ReferenceEquals(state, target.State) && state.Epoch == target.Epoch;

    private void Drop(PartitionState state)
    {
        foreach (var fetched in state.Buffered)
        {
            _bufferedBytes -= fetched.SizeInBytes;
        }

        state.Buffered.Clear();
        if (ReferenceEquals(_inHand, state))
        {
            _inHand = null;
        }
    }
}
