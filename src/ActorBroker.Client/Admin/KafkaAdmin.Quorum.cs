using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>A copy of the metadata journal.</summary>
/// <param name="DirectoryId">The disk that it writes to; all zero where it keeps no journal, or the broker does not say (before version 2 of DescribeQuorum).</param>
/// <param name="LogEndOffset">-1 while unknown.</param>
/// <param name="LastFetchTimestamp">When the controller last heard of it, milliseconds since 1970; -1 for never.</param>
/// <param name="LastCaughtUpTimestamp">When it last had all that the controller had, milliseconds since 1970; -1 for never.</param>
public sealed record QuorumReplica(int NodeId, Guid DirectoryId, long LogEndOffset, long LastFetchTimestamp, long LastCaughtUpTimestamp);

/// <summary>The metadata quorum.</summary>
/// <param name="LeaderId">The node that is the controller; -1 while there is none.</param>
/// <param name="HighWatermark">What a majority of the voters has on disk.</param>
public sealed record QuorumDescription(
    int LeaderId, int LeaderEpoch, long HighWatermark, IReadOnlyList<QuorumReplica> Voters, IReadOnlyList<QuorumReplica> Observers);

public sealed partial class KafkaAdmin
{
    private const string MetadataTopic = "__cluster_metadata";

    /// <summary>The state of the metadata quorum (KIP-595).</summary>
    public Task<QuorumDescription> DescribeQuorumAsync(CancellationToken cancellation = default) => _cluster.RetryAsync(
        async token =>
        {
            var request = new DescribeQuorumRequest
            {
                Topics = [new() { TopicName = MetadataTopic, Partitions = [new() { PartitionIndex = 0 }] }],
            };
            var connection = await _cluster.ConnectAnyAsync(token).ConfigureAwait(false);
            var response = await connection.SendAsync<DescribeQuorumResponse>(request, token).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode, response.ErrorMessage);
            var quorum = response.Topics.Single().Partitions.Single();
            KafkaException.ThrowIf(quorum.ErrorCode, quorum.ErrorMessage);
            return new QuorumDescription(
                quorum.LeaderId, quorum.LeaderEpoch, quorum.HighWatermark, [.. quorum.CurrentVoters.Select(Replica)], [.. quorum.Observers.Select(Replica)]);
        },
        cancellation);

    /// <summary>Gives a controller a vote (KIP-853), as soon as its copy of the journal is complete. It has to be configured as a controller on all nodes.</summary>
    /// <exception cref="KafkaException">DUPLICATE_VOTER, or REQUEST_TIMED_OUT while its copy is not complete.</exception>
    public Task AddVoterAsync(QuorumReplica replica, CancellationToken cancellation = default) => _cluster.RetryAsync(
        async token =>
        {
            var connection = await _cluster.ConnectAnyAsync(token).ConfigureAwait(false);
            var request = new AddRaftVoterRequest { ClusterId = null, VoterId = replica.NodeId, VoterDirectoryId = replica.DirectoryId };
            var response = await connection.SendAsync<AddRaftVoterResponse>(request, token).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode, response.ErrorMessage);
            return response;
        },
        cancellation);

    /// <summary>Takes a controller's vote away (KIP-853). The node itself goes on until it is stopped.</summary>
    /// <exception cref="KafkaException">VOTER_NOT_FOUND.</exception>
    public Task RemoveVoterAsync(QuorumReplica replica, CancellationToken cancellation = default) => _cluster.RetryAsync(
        async token =>
        {
            var connection = await _cluster.ConnectAnyAsync(token).ConfigureAwait(false);
            var request = new RemoveRaftVoterRequest { ClusterId = null, VoterId = replica.NodeId, VoterDirectoryId = replica.DirectoryId };
            var response = await connection.SendAsync<RemoveRaftVoterResponse>(request, token).ConfigureAwait(false);
            KafkaException.ThrowIf(response.ErrorCode, response.ErrorMessage);
            return response;
        },
        cancellation);

    private static QuorumReplica Replica(DescribeQuorumResponse.ReplicaState state) => new(state.ReplicaId, state.ReplicaDirectoryId, state.LogEndOffset, state.LastFetchTimestamp, state.LastCaughtUpTimestamp);
}
