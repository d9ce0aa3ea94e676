using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// CreatePartitions, versions 0 to 3: grows topics to a new total (KIP-195). Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_PARTITIONS,
/// INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST; REQUEST_TIMED_OUT when the controller does not answer.
/// </summary>
public sealed class CreatePartitionsHandler(Broker broker) : AsyncApiHandler<CreatePartitionsRequest>(CreatePartitionsRequest.MinVersion, CreatePartitionsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, CreatePartitionsRequest request)
    {
        var command = new CreatePartitions([.. request.Topics.Select(ToMore)], request.ValidateOnly);
        var answer = await broker.AskController<CreatePartitionsReply>(command, request.TimeoutMs).ConfigureAwait(false);
        if (answer.Reply is not { } reply)
        {
            var asked = request.Topics.Select(topic => topic.Name).Distinct();
            return new CreatePartitionsResponse { Results = [.. asked.Select(name => ToResult(name, answer.Error, answer.Message))] };
        }

        if (!request.ValidateOnly)
        {
            var grown = request.Topics.Where(topic => reply.Topics.Any(result => result.Topic == topic.Name && result.Verdict.IsOk)).ToList();
            await broker.WhenApplied(
                image => grown.TrueForAll(topic => image.FindTopic(topic.Name) is not { } known || known.Partitions.Count >= topic.Count),
                grown.Select(topic => topic.Name),
                request.TimeoutMs).ConfigureAwait(false);
        }

        return new CreatePartitionsResponse { Results = [.. reply.Topics.Select(topic => ToResult(topic.Topic, topic.Verdict.ToErrorCode(), topic.Verdict.Message))] };
    }

    private static CreatePartitionsResponse.CreatePartitionsTopicResult ToResult(string name, ErrorCode error, string? message) =>
        new() { Name = name, ErrorCode = error, ErrorMessage = message };

    private static MorePartitions ToMore(CreatePartitionsRequest.CreatePartitionsTopic topic) => new(
        topic.Name,
        topic.Count,
        topic.Assignments is { } assignments
            ? [.. assignments.Select(assignment => assignment.BrokerIds.Select(id => new NodeId(id)).ToImmutableArray())]
            : null);
}
