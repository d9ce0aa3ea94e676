using ActorBroker.Metadata;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// AlterConfigs, versions 0 to 2: replaces all settings of a resource (KIP-133); superseded by IncrementalAlterConfigs.
/// Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG, INVALID_REQUEST; REQUEST_TIMED_OUT
/// when the controller does not answer.
/// </summary>
public sealed class AlterConfigsHandler(Broker broker) : AsyncApiHandler<AlterConfigsRequest>(AlterConfigsRequest.MinVersion, AlterConfigsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, AlterConfigsRequest request)
    {
        var command = new AlterConfigs([.. request.Resources.Select(ToEdits)], request.ValidateOnly);
        var answer = await broker.AskController<AlterConfigsReply>(command).ConfigureAwait(false);
        return new AlterConfigsResponse
        {
            Responses = answer.Reply is { } reply
                ? [.. reply.Resources.Select(result => ToResult(result.Resource, result.Verdict.ToErrorCode(), result.Verdict.Message))]
                : [.. command.Resources.Select(edits => edits.Resource).Distinct().Select(resource => ToResult(resource, answer.Error, answer.Message))],
        };
    }

    private static AlterConfigsResponse.AlterConfigsResourceResponse ToResult(ConfigResource resource, ErrorCode error, string? message) => new()
    {
        ErrorCode = error,
        ErrorMessage = message,
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
    };

    private static ResourceEdits ToEdits(AlterConfigsRequest.AlterConfigsResource resource) => new(
        new ConfigResource((ConfigResourceType)resource.ResourceType, resource.ResourceName),
        [.. resource.Configs.Select(config => new ConfigEdit(config.Name, ConfigOperation.Set, config.Value))],
        Replace: true);
}
