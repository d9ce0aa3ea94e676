using System.Runtime.CompilerServices;
using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>
/// Reads records of partitions that a group shares out (<see cref="SubscribeAsync(IEnumerable{string}, IRebalanceListener?)"/>) or that are named (<see cref="Assign(IEnumerable{TopicPartition})"/>).
/// One task consumes; everything else is safe for several threads. Fetching, heartbeats and automatic commits run in the background.
/// </summary>
public sealed partial class KafkaConsumer : IAsyncDisposable
{
    private readonly ConsumerOptions _options;
    private readonly ClusterClient _cluster;
    private readonly PartitionStates _states = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly GroupSession? _session;
    private readonly Task _loop;
    private CancellationTokenSource? _leaving;
    private Task _membership = Task.CompletedTask;
    private IRebalanceListener? _listener;
    private long _lastPoll = Environment.TickCount64;
    private int _polling;
    private int _closed;

    public KafkaConsumer(ConsumerOptions options)
    {
        options.ValidateConsumer();
        _options = options;
        _cluster = new ClusterClient(options, options.AllowAutoCreateTopics);
        _session = options.GroupId is null ? null : new GroupSession(_cluster, options);
        _loop = Task.Run(() => RunAsync(new Fetcher(_cluster, options, _states, Arrived, _stopping.Token)));
    }

    /// <summary>The partitions that are read at the moment.</summary>
    public IReadOnlyList<TopicPartition> Assignment => _states.Assigned;

    /// <summary>This member's id in its group; empty before it joined.</summary>
    public string MemberId => _session?.MemberId ?? "";

    /// <summary>Joins the group and reads the partitions that it gets. Replaces an earlier subscription or assignment.</summary>
    /// <exception cref="InvalidOperationException">There is no <see cref="ConsumerOptions.GroupId"/>.</exception>
    public async Task SubscribeAsync(IEnumerable<string> topics, IRebalanceListener? listener = null)
    {
        var session = _session ?? throw new InvalidOperationException("subscribing needs a GroupId");
        await UnsubscribeAsync().ConfigureAwait(false);
        _listener = listener;
        _leaving = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var membership = new GroupMembership(_cluster, _options, session, new Member(this), [.. topics.Distinct()]);
        var token = _leaving.Token;
        _membership = Task.Run(() => membership.RunAsync(token));
    }

    /// <summary>Joins the group and reads the partitions of these topics that it gets.</summary>
    public Task SubscribeAsync(params string[] topics) => SubscribeAsync(topics, null);

    /// <summary>Leaves the group, if any, and reads nothing more.</summary>
    public async Task UnsubscribeAsync()
    {
        if (_leaving is { } leaving)
        {
            _leaving = null;
            await leaving.CancelAsync().ConfigureAwait(false);
            await _membership.ConfigureAwait(false);
            leaving.Dispose();
        }

        _states.Remove(_states.Assigned);
    }

    /// <summary>Reads these partitions, from their committed offsets or as <see cref="ConsumerOptions.AutoOffsetReset"/> says.</summary>
    public void Assign(IEnumerable<TopicPartition> partitions) => Assign(partitions.Select(partition => (partition, (long?)null)));

    /// <summary>Reads these partitions from these offsets.</summary>
    public void Assign(IEnumerable<KeyValuePair<TopicPartition, long>> offsets) => Assign(offsets.Select(offset => (offset.Key, (long?)offset.Value)));

    /// <summary>The next record; waits for one.</summary>
    /// <exception cref="KafkaException">An error that no retry can mend.</exception>
    public async ValueTask<ConsumeResult> ConsumeAsync(CancellationToken cancellation = default)
    {
        while (true)
        {
            if (await ConsumeAsync(Timeout.InfiniteTimeSpan, cancellation).ConfigureAwait(false) is { } record)
            {
                return record;
            }
        }
    }

    /// <summary>The next record, or null when none comes in time.</summary>
    /// <exception cref="KafkaException">An error that no retry can mend.</exception>
    public ValueTask<ConsumeResult?> ConsumeAsync(TimeSpan timeout, CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) == 1, this);
        Volatile.Write(ref _lastPoll, Environment.TickCount64);
        if (_states.TryConsume(out var record))
        {
            Wake();
            return new ValueTask<ConsumeResult?>(record);
        }

        return WaitAndConsumeAsync(timeout, cancellation);
    }

    /// <summary>All records as they come, until cancelled.</summary>
    public async IAsyncEnumerable<ConsumeResult> ConsumeAllAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (!cancellation.IsCancellationRequested)
        {
            ConsumeResult record;
            try
            {
                record = await ConsumeAsync(cancellation).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                yield break;
            }

            yield return record;
        }
    }

    /// <summary>Commits what was consumed, leaves the group and closes the connections. The last record counts as processed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        _states.FinishInHand();
        if (_options.EnableAutoCommit && _session is not null)
        {
            using var limit = new CancellationTokenSource(_options.RequestTimeoutMs);
            await TryCommitAsync(null, limit.Token).ConfigureAwait(false);
        }

        await UnsubscribeAsync().ConfigureAwait(false);
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _cluster.Dispose();
        _stopping.Dispose();
        _arrived.Dispose();
        _wake.Dispose();
    }

    private void Assign(IEnumerable<(TopicPartition Partition, long? Offset)> partitions)
    {
        if (_leaving is not null)
        {
            throw new InvalidOperationException("partitions cannot be assigned while subscribed");
        }

        var wanted = partitions.ToList();
        _states.Remove(_states.Assigned);
        foreach (var (partition, _) in wanted)
        {
            _cluster.UseTopic(partition.Topic);
        }

        _states.Add(wanted);
        Wake();
    }

    private async ValueTask<ConsumeResult?> WaitAndConsumeAsync(TimeSpan timeout, CancellationToken cancellation)
    {
        var deadline = timeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        Volatile.Write(ref _polling, 1);
        try
        {
            while (true)
            {
                if (_states.TryConsume(out var record))
                {
                    Wake();
                    return record;
                }

                var left = deadline == long.MaxValue ? -1 : Math.Max(0, deadline - Environment.TickCount64);
                if (left == 0)
                {
                    return null;
                }

                Wake();
                await _arrived.WaitAsync((int)Math.Min(left, int.MaxValue), cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            Volatile.Write(ref _lastPoll, Environment.TickCount64);
            Volatile.Write(ref _polling, 0);
        }
    }

    /// <summary>Finds positions, starts fetches and commits now and then.</summary>
    private async Task RunAsync(Fetcher fetcher)
    {
        var nextCommit = Environment.TickCount64 + _options.AutoCommitIntervalMs;
        var failures = 0;
        while (!_stopping.IsCancellationRequested)
        {
            var waitMs = 100;
            try
            {
                await ResolvePositionsAsync(_stopping.Token).ConfigureAwait(false);
                if (fetcher.Start() || (_cluster.IsStale && _states.Assigned.Count > 0))
                {
                    await _cluster.RefreshAsync(_stopping.Token).ConfigureAwait(false);
                    waitMs = Math.Max(1, _options.RetryBackoffMs);
                    fetcher.Start();
                }

                failures = 0;
                if (_options.EnableAutoCommit && _session is not null && Environment.TickCount64 >= nextCommit)
                {
                    await TryCommitAsync(null, _stopping.Token).ConfigureAwait(false);
                    nextCommit = Environment.TickCount64 + _options.AutoCommitIntervalMs;
                }

                await _wake.WaitAsync(waitMs, _stopping.Token).ConfigureAwait(false);
            }
            catch (KafkaException problem)
            {
                if (!problem.IsRetriable)
                {
                    Fail(problem);
                }

                await Task.Delay(_options.RetryPause(++failures), CancellationToken.None).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private void Fail(KafkaException problem)
    {
        _states.Fail(problem);
        Signal(_arrived);
    }

    /// <summary>Something can be consumed, or a leader is free for the next fetch.</summary>
    private void Arrived()
    {
        Signal(_arrived);
        Signal(_wake);
    }

    private void Wake() => Signal(_wake);

    private static void Signal(SemaphoreSlim signal)
    {
        try
        {
            if (signal.CurrentCount == 0)
            {
                signal.Release();
            }
        }
        catch (Exception problem) when (problem is SemaphoreFullException or ObjectDisposedException)
        {
            // It was signalled already, or nobody waits any more.
        }
    }
}
