using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// CreatePartitions, versions 0 to 3: grows topics to a new total (KIP-195). Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS,
/// INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST.
/// </summary>
public sealed class CreatePartitionsHandler(Broker broker) : AsyncApiHandler<CreatePartitionsRequest>(CreatePartitionsRequest.MinVersion, CreatePartitionsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, CreatePartitionsRequest request)
    {
        var command = new CreatePartitions([.. request.Topics.Select(ToMore)], request.ValidateOnly);
        var reply = await broker.AskController<CreatePartitionsReply>(command).ConfigureAwait(false);
        if (!request.ValidateOnly)
        {
            await broker.WhenServing(reply.Topics.Where(topic => topic.Verdict.IsOk).Select(topic => topic.Topic)).ConfigureAwait(false);
        }

        return new CreatePartitionsResponse
        {
            Results = [.. reply.Topics.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
            {
                Name = topic.Topic,
                ErrorCode = topic.Verdict.ToErrorCode(),
                ErrorMessage = topic.Verdict.Message,
            })],
        };
    }

    private static MorePartitions ToMore(CreatePartitionsRequest.CreatePartitionsTopic topic) => new(
        topic.Name,
        topic.Count,
        topic.Assignments is { } assignments
            ? [.. assignments.Select(assignment => assignment.BrokerIds.Select(id => new NodeId(id)).ToImmutableArray())]
            : null);
}
