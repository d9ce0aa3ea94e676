using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client;

public sealed partial class KafkaConsumer
{
    /// <summary>The offset of the next record of a partition; null until it is found out.</summary>
    public long? PositionOf(TopicPartition partition) => _states.With(partition, state => state.Position >= 0 ? state.Position : (long?)null);

    /// <summary>Continues at another offset.</summary>
    public void Seek(TopicPartition partition, long offset)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        _states.Seek(partition, offset, null);
        Wake();
    }

    public void SeekToBeginning(IEnumerable<TopicPartition> partitions) => SeekTo(partitions, OffsetSpec.Earliest);

    public void SeekToEnd(IEnumerable<TopicPartition> partitions) => SeekTo(partitions, OffsetSpec.Latest);

    /// <summary>Hands out no records of these partitions until <see cref="Resume"/>; membership and positions stay.</summary>
    public void Pause(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, paused: true);

    public void Resume(IEnumerable<TopicPartition> partitions) => SetPaused(partitions, paused: false);

    /// <summary>Commits the positions of all partitions; the last record consumed counts as processed.</summary>
    /// <exception cref="KafkaException">The commit was refused.</exception>
    public Task CommitAsync(CancellationToken cancellation = default)
    {
        _states.FinishInHand();
        return CommitAsync(_states.Uncommitted(), cancellation);
    }

    /// <summary>Commits these offsets: each the offset of the next record to read.</summary>
    /// <exception cref="KafkaException">The commit was refused.</exception>
    public async Task CommitAsync(IReadOnlyDictionary<TopicPartition, OffsetAndMetadata> offsets, CancellationToken cancellation = default)
    {
        var session = _session ?? throw new InvalidOperationException("committing needs a GroupId");
        if (offsets.Count == 0)
        {
            return;
        }

        var results = await AtCoordinatorAsync(
            (connection, token) => GroupOffsets.CommitAsync(connection, _options.GroupId!, session.Identity, offsets, token), cancellation).ConfigureAwait(false);
        foreach (var result in results)
        {
            KafkaException.ThrowIf(result.Error, $"commit of {result.Item}");
            _states.MarkCommitted(result.Item, offsets[result.Item].Offset);
        }
    }

    /// <summary>The group's committed offsets; partitions without one are absent.</summary>
    public async Task<IReadOnlyDictionary<TopicPartition, OffsetAndMetadata>> CommittedAsync(IReadOnlyCollection<TopicPartition> partitions, CancellationToken cancellation = default)
    {
        var offsets = await AtCoordinatorAsync(
            (connection, token) => GroupOffsets.FetchAsync(connection, _options.GroupId!, partitions, requireStable: _options.ReadCommitted, token), cancellation).ConfigureAwait(false);
        var found = new Dictionary<TopicPartition, OffsetAndMetadata>();
        foreach (var offset in offsets)
        {
            KafkaException.ThrowIf(offset.Error, $"committed offset of {offset.Partition}");
            if (offset.Offset >= 0)
            {
                found.Add(offset.Partition, new OffsetAndMetadata(offset.Offset, offset.LeaderEpoch, offset.Metadata));
            }
        }

        return found;
    }

    /// <summary>The first record at or after a time, milliseconds since 1970, by partition; -1 where there is none.</summary>
    public Task<IReadOnlyDictionary<TopicPartition, long>> OffsetsForTimesAsync(IReadOnlyDictionary<TopicPartition, long> timestamps, CancellationToken cancellation = default) =>
        ListAsync(timestamps.ToDictionary(item => item.Key, item => OffsetSpec.ForTimestamp(item.Value)), cancellation);

    public Task<IReadOnlyDictionary<TopicPartition, long>> BeginningOffsetsAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        ListAsync(partitions.ToDictionary(partition => partition, _ => OffsetSpec.Earliest), cancellation);

    /// <summary>High watermarks, or last stable offsets when reading committed records only.</summary>
    public Task<IReadOnlyDictionary<TopicPartition, long>> EndOffsetsAsync(IEnumerable<TopicPartition> partitions, CancellationToken cancellation = default) =>
        ListAsync(partitions.ToDictionary(partition => partition, _ => OffsetSpec.Latest), cancellation);

    /// <summary>The partitions of a topic.</summary>
    public async Task<IReadOnlyList<PartitionDescription>> PartitionsOfAsync(string topic, CancellationToken cancellation = default) =>
        (await _cluster.GetTopicAsync(topic, cancellation).ConfigureAwait(false)).Partitions;

    private void SeekTo(IEnumerable<TopicPartition> partitions, OffsetSpec spec)
    {
        foreach (var partition in partitions)
        {
            _states.Seek(partition, null, spec);
        }

        Wake();
    }

    private void SetPaused(IEnumerable<TopicPartition> partitions, bool paused)
    {
        foreach (var partition in partitions)
        {
            _states.With(partition, state => state.IsPaused = paused);
        }

        Arrived();
    }

    private async Task<IReadOnlyDictionary<TopicPartition, long>> ListAsync(Dictionary<TopicPartition, OffsetSpec> specs, CancellationToken cancellation)
    {
        var found = await OffsetLookup.ListAsync(_cluster, specs, _options.ReadCommitted, cancellation).ConfigureAwait(false);
        foreach (var listing in found)
        {
            KafkaException.ThrowIf(listing.Error, $"offset of {listing.Partition}");
        }

        return found.ToDictionary(listing => listing.Partition, listing => listing.Offset);
    }

    /// <summary>Finds the positions of partitions that have none: as asked for, as committed, or as the reset policy says.</summary>
    private async Task ResolvePositionsAsync(CancellationToken cancellation)
    {
        var unresolved = _states.Unresolved();
        if (unresolved.Count == 0)
        {
            return;
        }

        var undecided = unresolved.Where(item => item.Reset is null).ToList();
        var specs = unresolved.Where(item => item.Reset is not null).ToDictionary(item => item.Partition, item => item.Reset!.Value);
        var epochs = unresolved.ToDictionary(item => item.Partition, item => item.Epoch);
        if (undecided.Count > 0)
        {
            var committed = _session is null
                ? new Dictionary<TopicPartition, OffsetAndMetadata>()
                : await CommittedAsync([.. undecided.Select(item => item.Partition)], cancellation).ConfigureAwait(false);
            foreach (var (partition, _, epoch) in undecided)
            {
                if (committed.TryGetValue(partition, out var offset))
                {
                    _states.Resolve(partition, epoch, offset.Offset);
                    _states.MarkCommitted(partition, offset.Offset);
                }
                else if (_options.AutoOffsetReset == AutoOffsetReset.None)
                {
                    throw new KafkaException(ErrorCode.OffsetOutOfRange, $"{partition} has no committed offset and AutoOffsetReset is None");
                }
                else
                {
                    specs[partition] = _options.AutoOffsetReset == AutoOffsetReset.Earliest ? OffsetSpec.Earliest : OffsetSpec.Latest;
                }
            }
        }

        if (specs.Count > 0)
        {
            foreach (var (partition, offset) in await ListAsync(specs, cancellation).ConfigureAwait(false))
            {
                _states.Resolve(partition, epochs[partition], offset);
            }
        }
    }

    private Task<T> AtCoordinatorAsync<T>(Func<BrokerConnection, CancellationToken, Task<T>> operation, CancellationToken cancellation)
    {
        var session = _session ?? throw new InvalidOperationException("this needs a GroupId");
        return _cluster.RetryAsync(
            async token =>
            {
                try
                {
                    // Joins wait on the coordinator's own connection, so commits must not queue up behind them.
                    var connection = await session.ConnectAsync(ConnectionPurpose.General, token).ConfigureAwait(false);
                    return await operation(connection, token).ConfigureAwait(false);
                }
                catch (KafkaException problem) when (problem.Error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.NetworkException)
                {
                    session.ForgetCoordinator();
                    throw;
                }
            },
            cancellation);
    }

    /// <summary>A commit that nobody waits for; what fails now is committed with the next one.</summary>
    private async Task TryCommitAsync(IReadOnlyCollection<TopicPartition>? only, CancellationToken cancellation)
    {
        try
        {
            await CommitAsync(_states.Uncommitted(only), cancellation).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is KafkaException || (problem is OperationCanceledException && !_stopping.IsCancellationRequested))
        {
            // Refused during a rebalance, or the coordinator is away.
        }
    }

    /// <summary>The consumer as its group membership sees it.</summary>
    private sealed class Member(KafkaConsumer consumer) : IGroupMemberOwner
    {
        public IReadOnlyList<TopicPartition> Assigned => consumer._states.Assigned;

        public TimeSpan SinceLastPoll => Volatile.Read(ref consumer._polling) == 1
            ? TimeSpan.Zero
            : TimeSpan.FromMilliseconds(Environment.TickCount64 - Volatile.Read(ref consumer._lastPoll));

        public async Task AssignAsync(IReadOnlyList<TopicPartition> added, CancellationToken cancellation)
        {
            if (added.Count > 0)
            {
                consumer._states.Add(added.Select(partition => (partition, (long?)null)));
            }

            if (consumer._listener is { } listener)
            {
                await listener.OnAssignedAsync(added, cancellation).ConfigureAwait(false);
            }

            consumer.Wake();
        }

        public async Task RevokeAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation)
        {
            if (removed.Count == 0)
            {
                return;
            }

            if (consumer._options.EnableAutoCommit)
            {
                await consumer.TryCommitAsync(removed, cancellation).ConfigureAwait(false);
            }

            if (consumer._listener is { } listener)
            {
                await listener.OnRevokedAsync(removed, cancellation).ConfigureAwait(false);
            }

            consumer._states.Remove(removed);
        }

        public async Task LoseAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation)
        {
            if (removed.Count == 0)
            {
                return;
            }

            consumer._states.Remove(removed);
            if (consumer._listener is { } listener)
            {
                await listener.OnLostAsync(removed, cancellation).ConfigureAwait(false);
            }
        }

        public void Fail(KafkaException failure) => consumer.Fail(failure);
    }
}
