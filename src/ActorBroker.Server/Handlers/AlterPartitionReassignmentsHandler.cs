using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// AlterPartitionReassignments, version 0: moves partitions to other replicas, or cancels that with null (KIP-455). It answers when the
/// reassignment has begun; ListPartitionReassignments tells of its end. Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_REPLICA_ASSIGNMENT,
/// NO_REASSIGNMENT_IN_PROGRESS.
/// </summary>
public sealed class AlterPartitionReassignmentsHandler(Broker broker)
    : AsyncApiHandler<AlterPartitionReassignmentsRequest>(AlterPartitionReassignmentsRequest.MinVersion, AlterPartitionReassignmentsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, AlterPartitionReassignmentsRequest request)
    {
        var command = new AlterPartitionReassignments([.. request.Topics.SelectMany(topic => topic.Partitions, ToReassignment)]);
        var answer = await broker.AskController<AlterPartitionReassignmentsReply>(command, request.TimeoutMs).ConfigureAwait(false);
        return new AlterPartitionReassignmentsResponse
        {
            ErrorCode = answer.Error,
            ErrorMessage = answer.Message,
            Responses = [.. (answer.Reply?.Partitions ?? []).GroupBy(result => result.Partition.Topic).Select(ToResponse)],
        };
    }

    private static Reassignment ToReassignment(
        AlterPartitionReassignmentsRequest.ReassignableTopic topic, AlterPartitionReassignmentsRequest.ReassignablePartition partition) => new(
        new TopicPartition(topic.Name, partition.PartitionIndex),
        partition.Replicas?.Select(id => new NodeId(id)).ToImmutableArray());

    private static AlterPartitionReassignmentsResponse.ReassignableTopicResponse ToResponse(IGrouping<string, PartitionVerdict> topic) => new()
    {
        Name = topic.Key,
        Partitions = [.. topic.Select(result => new AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
        {
            PartitionIndex = result.Partition.Partition,
            ErrorCode = result.Verdict.ToErrorCode(),
            ErrorMessage = result.Verdict.Message,
        })],
    };
}
