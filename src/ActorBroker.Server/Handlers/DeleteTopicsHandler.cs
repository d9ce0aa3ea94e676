using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DeleteTopics, versions 0 to 6: by name, from 6 also by id (KIP-516). Errors: UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID,
/// TOPIC_DELETION_DISABLED (<c>delete.topic.enable</c>), INVALID_REQUEST; REQUEST_TIMED_OUT when the controller does not answer.
/// </summary>
public sealed class DeleteTopicsHandler(Broker broker) : AsyncApiHandler<DeleteTopicsRequest>(DeleteTopicsRequest.MinVersion, DeleteTopicsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, DeleteTopicsRequest request)
    {
        var topics = context.ApiVersion >= 6
            ? request.Topics.Select(topic => new TopicReference(topic.Name, new TopicId(topic.TopicId)))
            : request.TopicNames.Select(name => new TopicReference(name, TopicId.Zero));
        var asked = topics.ToList();
        if (!broker.Options.Topics.DeleteEnabled)
        {
            return new DeleteTopicsResponse { Responses = [.. asked.Select(topic => Refused(topic, ErrorCode.TopicDeletionDisabled, null))] };
        }

        var twofold = asked.Where(topic => topic.Name is not null && topic.TopicId != TopicId.Zero).ToList();
        var answer = await broker.AskController<DeleteTopicsReply>(new DeleteTopics([.. asked.Except(twofold)]), request.TimeoutMs).ConfigureAwait(false);
        if (answer.Reply is not { } reply)
        {
            return new DeleteTopicsResponse { Responses = [.. asked.Select(topic => Refused(topic, answer.Error, answer.Message))] };
        }

        var deleted = reply.Topics.Where(topic => topic.Verdict.IsOk).ToList();
        await broker.WhenApplied(image => deleted.TrueForAll(topic => image.FindTopic(topic.Id) is null), [], request.TimeoutMs).ConfigureAwait(false);
        var results = reply.Topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
        {
            Name = topic.Name,
            TopicId = topic.Id.Value,
            ErrorCode = topic.Verdict.ToErrorCode(),
            ErrorMessage = topic.Verdict.Message,
        });
        return new DeleteTopicsResponse
        {
            Responses = [.. results, .. twofold.Select(topic => Refused(topic, ErrorCode.InvalidRequest, "You may not specify both topic name and topic id."))],
        };
    }

    private static DeleteTopicsResponse.DeletableTopicResult Refused(TopicReference topic, ErrorCode error, string? message) =>
        new() { Name = topic.Name, TopicId = topic.TopicId.Value, ErrorCode = error, ErrorMessage = message };
}
