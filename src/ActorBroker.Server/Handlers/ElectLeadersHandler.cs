using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// ElectLeaders, versions 0 to 2: preferred elections (KIP-183), from 1 also unclean ones (KIP-460), for the partitions named or for all;
/// of all, those that need no election are left out. Errors: UNKNOWN_TOPIC_OR_PARTITION, ELECTION_NOT_NEEDED, PREFERRED_LEADER_NOT_AVAILABLE,
/// ELIGIBLE_LEADERS_NOT_AVAILABLE, INVALID_REQUEST.
/// </summary>
public sealed class ElectLeadersHandler(Broker broker) : AsyncApiHandler<ElectLeadersRequest>(ElectLeadersRequest.MinVersion, ElectLeadersRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, ElectLeadersRequest request)
    {
        var type = (ElectionType)request.ElectionType;
        var asked = request.TopicPartitions?
            .SelectMany(topic => topic.Partitions, (topic, index) => new TopicPartition(topic.Topic, index)).ToImmutableArray();
        if (!Enum.IsDefined(type))
        {
            return Failed(context, asked, ErrorCode.InvalidRequest, $"There is no election of type {request.ElectionType}; 0 is preferred, 1 unclean.");
        }

        var answer = await broker.AskController<ElectLeadersReply>(new ElectLeaders(type, asked), request.TimeoutMs).ConfigureAwait(false);
        return answer.Reply is { } reply
            ? Response(reply.Partitions.Select(result => (result.Partition, result.Verdict.ToErrorCode(), result.Verdict.Message)))
            : Failed(context, asked, answer.Error, answer.Message);
    }

    /// <summary>Version 0 has no error for the request as a whole.</summary>
    private static ElectLeadersResponse Failed(RequestContext context, ImmutableArray<TopicPartition>? asked, ErrorCode error, string? message)
    {
        var response = Response((asked ?? []).Select(partition => (partition, error, message)));
        response.ErrorCode = context.ApiVersion == 0 ? ErrorCode.None : error;
        return response;
    }

    private static ElectLeadersResponse Response(IEnumerable<(TopicPartition Partition, ErrorCode Error, string? Message)> results) => new()
    {
        ReplicaElectionResults = [.. results.GroupBy(result => result.Partition.Topic).Select(topic => new ElectLeadersResponse.ReplicaElectionResult
        {
            Topic = topic.Key,
            PartitionResult = [.. topic.Select(result => new ElectLeadersResponse.PartitionResult
            {
                PartitionId = result.Partition.Partition,
                ErrorCode = result.Error,
                ErrorMessage = result.Message,
            })],
        })],
    };
}
