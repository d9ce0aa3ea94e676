using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// CreateTopics, versions 0 to 7: topics with counts or manual assignments and settings, each for itself; validateOnly from 1; -1 for
/// the broker's defaults from 4 (KIP-464); the resulting settings in the answer from 5 (KIP-525); topic ids from 7 (KIP-516).
/// Errors: TOPIC_ALREADY_EXISTS, INVALID_TOPIC_EXCEPTION, INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR,
/// INVALID_REPLICA_ASSIGNMENT, INVALID_CONFIG, INVALID_REQUEST; REQUEST_TIMED_OUT when the controller does not answer. Any node takes the request
/// and passes it to the controller; it answers once it has applied the change and its own replicas serve.
/// </summary>
public sealed class CreateTopicsHandler(Broker broker) : AsyncApiHandler<CreateTopicsRequest>(CreateTopicsRequest.MinVersion, CreateTopicsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, CreateTopicsRequest request)
    {
        var asked = request.Topics.DistinctBy(topic => topic.Name).ToDictionary(topic => topic.Name);
        var twofold = request.Topics.Where(HasPartitionTwice).Select(topic => topic.Name).ToHashSet();
        var command = new CreateTopics([.. request.Topics.Where(topic => !twofold.Contains(topic.Name)).Select(ToNewTopic)], request.ValidateOnly);
        var answer = await broker.AskController<CreateTopicsReply>(command, request.TimeoutMs).ConfigureAwait(false);
        if (answer.Reply is not { } reply)
        {
            return new CreateTopicsResponse { Topics = [.. asked.Keys.Select(name => Failed(name, answer.Error, answer.Message))] };
        }

        var created = reply.Topics.Where(topic => topic.Verdict.IsOk).ToList();
        if (!request.ValidateOnly)
        {
            await broker.WhenApplied(
                image => created.TrueForAll(topic => image.FindTopic(topic.Id) is not null), created.Select(topic => topic.Name), request.TimeoutMs).ConfigureAwait(false);
        }

        return new CreateTopicsResponse
        {
            Topics =
            [
                .. reply.Topics.Select(topic => ToResult(topic, asked[topic.Name], context.ApiVersion)),
                .. twofold.Select(name => Failed(name, ErrorCode.InvalidReplicaAssignment, "A partition has more than one manual assignment.")),
            ],
        };
    }

    private static bool HasPartitionTwice(CreateTopicsRequest.CreatableTopic topic) =>
        topic.Assignments.DistinctBy(assignment => assignment.PartitionIndex).Count() < topic.Assignments.Count;

    private static CreateTopicsResponse.CreatableTopicResult Failed(string name, ErrorCode error, string? message) =>
        new() { Name = name, ErrorCode = error, ErrorMessage = message };

    private static NewTopic ToNewTopic(CreateTopicsRequest.CreatableTopic topic) => new(
        topic.Name,
        TopicId.NewRandom(),
        topic.NumPartitions,
        topic.ReplicationFactor,
        topic.Assignments.ToImmutableSortedDictionary(
            assignment => assignment.PartitionIndex,
            assignment => assignment.BrokerIds.Select(id => new NodeId(id)).ToImmutableArray()),
        topic.Configs.DistinctBy(config => config.Name).ToImmutableSortedDictionary(config => config.Name, config => config.Value));

    private CreateTopicsResponse.CreatableTopicResult ToResult(CreatedTopic topic, CreateTopicsRequest.CreatableTopic asked, short version)
    {
        var result = new CreateTopicsResponse.CreatableTopicResult
        {
            Name = topic.Name,
            ErrorCode = topic.Verdict.ToErrorCode(),
            ErrorMessage = topic.Verdict.Message,
        };
        if (topic.Verdict.IsOk)
        {
            result.TopicId = topic.Id.Value;
            result.NumPartitions = topic.Partitions;
            result.ReplicationFactor = topic.ReplicationFactor;
            result.Configs = version < 5 ? null : Settings(asked);
        }

        return result;
    }

    private List<CreateTopicsResponse.CreatableTopicConfigs> Settings(CreateTopicsRequest.CreatableTopic asked)
    {
        var made = asked.Configs.DistinctBy(config => config.Name).Where(config => config.Value is not null).ToDictionary(config => config.Name, config => config.Value!);
        return [.. broker.Configs.OfTopic(broker.Cluster.Image, made).Select(setting => new CreateTopicsResponse.CreatableTopicConfigs
        {
            Name = setting.Name,
            Value = setting.Value,
            ReadOnly = setting.IsReadOnly,
            ConfigSource = (sbyte)setting.Source,
            IsSensitive = setting.IsSensitive,
        })];
    }
}
