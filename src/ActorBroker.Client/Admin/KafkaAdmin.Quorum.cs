using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;

namespace ActorBroker.Client;

/// <summary>A copy of the metadata journal.</summary>
/// <param name="LogEndOffset">-1 while unknown.</param>
/// <param name="LastCaughtUpTimestamp">When it last had all that the controller had, milliseconds since 1970; -1 for never.</param>
public sealed record QuorumReplica(int NodeId, long LogEndOffset, long LastCaughtUpTimestamp);

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

    private static QuorumReplica Replica(DescribeQuorumResponse.ReplicaState state) => new(state.ReplicaId, state.LogEndOffset, state.LastCaughtUpTimestamp);
}
