using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Client;

/// <summary>What a member does around a change of its partitions.</summary>
internal interface IGroupMemberOwner
{
    /// <summary>The partitions that are read now.</summary>
    IReadOnlyList<TopicPartition> Assigned { get; }

    Task AssignAsync(IReadOnlyList<TopicPartition> added, CancellationToken cancellation);

    /// <summary>Stops reading partitions that go to other members, and commits where that is automatic.</summary>
    Task RevokeAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation);

    /// <summary>Stops reading partitions that other members may have already.</summary>
    Task LoseAsync(IReadOnlyList<TopicPartition> removed, CancellationToken cancellation);

    /// <summary>An error that no retry can mend.</summary>
    void Fail(KafkaException failure);

    /// <summary>How long the user has not asked for records; zero while it waits for some.</summary>
    TimeSpan SinceLastPoll { get; }
}

/// <summary>Keeps one member in its group: joins, sends heartbeats, joins again when the group or the subscription changes, leaves at the end.</summary>
internal sealed class GroupMembership(ClusterClient cluster, ConsumerOptions options, GroupSession session, IGroupMemberOwner owner, IReadOnlyList<string> topics)
{
    private readonly bool _isCooperative = options.Assignors[0] == PartitionAssignor.CooperativeSticky;

    /// <summary>Runs until cancelled, then gives up the partitions and leaves.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        foreach (var topic in topics)
        {
            cluster.UseTopic(topic);
        }

        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await JoinAsync(stopping).ConfigureAwait(false);
                failures = 0;
                await StayAsync(stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (KafkaException problem)
            {
                if (!await RecoverAsync(problem, ++failures, stopping).ConfigureAwait(false))
                {
                    break;
                }
            }
            catch (ProtocolException problem)
            {
                owner.Fail(new KafkaException(ErrorCode.InconsistentGroupProtocol, $"another member sent what is no consumer protocol: {problem.Message}", problem));
                break;
            }
        }

        await LeaveAsync().ConfigureAwait(false);
    }

    private async Task JoinAsync(CancellationToken stopping)
    {
        if (!_isCooperative)
        {
            await owner.RevokeAsync(owner.Assigned, stopping).ConfigureAwait(false);
        }

        while (true)
        {
            var owned = owner.Assigned;
            var assigned = await session.JoinAsync(topics, owned, stopping).ConfigureAwait(false);
            var removed = owned.Except(assigned).ToList();
            await owner.RevokeAsync(removed, stopping).ConfigureAwait(false);
            await owner.AssignAsync([.. assigned.Except(owned)], stopping).ConfigureAwait(false);
            if (!_isCooperative || removed.Count == 0)
            {
                return;
            }

            // The others wait for what was just given up.
        }
    }

    private async Task StayAsync(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(options.HeartbeatIntervalMs, stopping).ConfigureAwait(false);
            if (owner.SinceLastPoll > TimeSpan.FromMilliseconds(options.MaxPollIntervalMs))
            {
                await owner.LoseAsync(owner.Assigned, stopping).ConfigureAwait(false);
                await session.LeaveAsync(stopping).ConfigureAwait(false);
                while (owner.SinceLastPoll > TimeSpan.Zero)
                {
                    await Task.Delay(options.HeartbeatIntervalMs, stopping).ConfigureAwait(false);
                }

                return;
            }

            await session.HeartbeatAsync(stopping).ConfigureAwait(false);
            if (await TopicsChangedAsync(stopping).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>Only the leader shares out, so only it has to notice new partitions.</summary>
    private async Task<bool> TopicsChangedAsync(CancellationToken stopping)
    {
        if (session.SharedCounts.Count == 0)
        {
            return false;
        }

        var hasMissing = session.SharedCounts.Any(topic => topic.Value == 0);
        var snapshot = cluster.IsStale || hasMissing ? await cluster.RefreshAsync(stopping).ConfigureAwait(false) : cluster.Snapshot;
        return session.SharedCounts.Any(topic => snapshot.Topics.TryGetValue(topic.Key, out var known) && known.Error == ErrorCode.None && known.Partitions.Count != topic.Value);
    }

    /// <summary>Prepares the next attempt; false when there should be none.</summary>
    private async Task<bool> RecoverAsync(KafkaException problem, int failures, CancellationToken stopping)
    {
        try
        {
            switch (problem.Error)
            {
                case ErrorCode.RebalanceInProgress:
                    return true;
                case ErrorCode.UnknownMemberId:
                    session.ForgetMember();
                    await owner.LoseAsync(owner.Assigned, stopping).ConfigureAwait(false);
                    return true;
                case ErrorCode.IllegalGeneration:
                    session.ForgetGeneration();
                    await owner.LoseAsync(owner.Assigned, stopping).ConfigureAwait(false);
                    return true;
                case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.NetworkException or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable:
                    session.ForgetCoordinator();
                    break;
                case var error when !error.IsRetriable():
                    await owner.LoseAsync(owner.Assigned, stopping).ConfigureAwait(false);
                    owner.Fail(problem);
                    return false;
            }

            await Task.Delay(options.RetryPause(failures), stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task LeaveAsync()
    {
        using var limit = new CancellationTokenSource(options.RequestTimeoutMs);
        try
        {
            await owner.RevokeAsync(owner.Assigned, limit.Token).ConfigureAwait(false);
            await session.LeaveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is KafkaException or OperationCanceledException)
        {
            // The session timeout does what the farewell could not.
        }
    }
}
