using System.Collections.Concurrent;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>Keeps the buffers of the assigned partitions filled: one fetch at a time to each leader, at most the configured bytes in all.</summary>
internal sealed class Fetcher(ClusterClient cluster, ConsumerOptions options, PartitionStates states, Action arrived, CancellationToken stopping)
{
    /// <summary>From version 13 on topics are named by id; names serve every version of brokers.</summary>
    private const short NewestVersionWithNames = 12;

    private readonly ConcurrentDictionary<int, bool> _busy = new();

    /// <summary>Starts the fetches that are possible now.</summary>
    /// <returns>Whether metadata should be loaded again because a partition has no leader.</returns>
    public bool Start()
    {
        if (states.BufferedBytes >= options.QueuedMaxBytes)
        {
            return false;
        }

        var snapshot = cluster.Snapshot;
        var missing = false;
        bool HasFreeLeader(TopicPartition partition)
        {
            var leader = snapshot.LeaderOf(partition.Topic, partition.Partition);
            missing |= leader is null;
            return leader is not null && !_busy.ContainsKey(leader.NodeId);
        }

        foreach (var group in states.BeginFetch(HasFreeLeader, Environment.TickCount64).GroupBy(target => snapshot.LeaderOf(target.Partition.Topic, target.Partition.Partition)!))
        {
            _busy[group.Key.NodeId] = true;
            _ = FetchAsync(group.Key, [.. group]);
        }

        return missing;
    }

    private async Task FetchAsync(BrokerAddress leader, List<FetchTarget> targets)
    {
        try
        {
            var connection = await cluster.ConnectAsync(leader, ConnectionPurpose.Fetch, stopping).ConfigureAwait(false);
            var version = connection.Versions.Choose(ApiKey.Fetch, NewestVersionWithNames);
            var response = await connection.SendAsync<FetchResponse>(Request(targets), version, stopping, options.FetchMaxWaitMs).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode);
            foreach (var target in targets)
            {
                Apply(target, response.Responses.Find(topic => topic.Topic == target.Partition.Topic)?.Partitions.Find(partition => partition.PartitionIndex == target.Partition.Partition));
            }
        }
        catch (KafkaException problem)
        {
            EndAll(targets);
            if (!problem.IsRetriable)
            {
                states.Fail(problem);
            }

            RefreshSoon();
        }
        catch (OperationCanceledException)
        {
            EndAll(targets);
        }
        catch (Exception problem)
        {
            EndAll(targets);
            states.Fail(new KafkaException(ErrorCode.UnknownServerError, "a fetch failed: " + problem.Message, problem));
        }
        finally
        {
            _busy.TryRemove(leader.NodeId, out _);
            arrived();
        }
    }

    private FetchRequest Request(List<FetchTarget> targets)
    {
        var request = new FetchRequest
        {
            MaxWaitMs = options.FetchMaxWaitMs,
            MinBytes = options.FetchMinBytes,
            MaxBytes = options.FetchMaxBytes,
            IsolationLevel = options.ReadCommitted ? (sbyte)1 : (sbyte)0,
        };
        foreach (var target in targets)
        {
            var topic = request.Topics.Find(topic => topic.Topic == target.Partition.Topic);
            if (topic is null)
            {
                request.Topics.Add(topic = new FetchRequest.FetchTopic { Topic = target.Partition.Topic });
            }

            topic.Partitions.Add(new FetchRequest.FetchPartition
            {
                Partition = target.Partition.Partition,
                FetchOffset = target.Offset,
                PartitionMaxBytes = options.MaxPartitionFetchBytes,
            });
        }

        return request;
    }

    private void Apply(FetchTarget target, FetchResponse.PartitionData? answer)
    {
        var error = answer?.ErrorCode ?? ErrorCode.NetworkException;
        if (error == ErrorCode.None)
        {
            var records = answer!.Records is { } payload && payload.TryGetMemory(out var memory)
                ? new FetchedRecords(target.Partition, memory, target.Offset, answer.AbortedTransactions, options)
                : null;
            states.EndFetch(target, records);
            return;
        }

        states.EndFetch(target, null, Environment.TickCount64 + options.RetryBackoffMs);
        switch (error)
        {
            case ErrorCode.OffsetOutOfRange when options.AutoOffsetReset != AutoOffsetReset.None:
                states.Invalidate(target, options.AutoOffsetReset == AutoOffsetReset.Earliest ? OffsetSpec.Earliest : OffsetSpec.Latest);
                break;
            case var _ when error.IsRetriable():
                RefreshSoon();
                break;
            default:
                states.Fail(new KafkaException(error, $"fetching {target.Partition} at offset {target.Offset}"));
                break;
        }
    }

    private void EndAll(List<FetchTarget> targets)
    {
        var notBefore = Environment.TickCount64 + options.RetryBackoffMs;
        foreach (var target in targets)
        {
            states.EndFetch(target, null, notBefore);
        }
    }

    private void RefreshSoon() => _ = cluster.RefreshAsync(stopping).ContinueWith(
        static refreshed => _ = refreshed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
