using ActorBroker.Metadata;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// IncrementalAlterConfigs, versions 0 and 1: sets, deletes, appends to and subtracts from single settings of topics (KIP-339), each
/// resource as a whole or not at all. Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG, INVALID_REQUEST; REQUEST_TIMED_OUT
/// when the controller does not answer.
/// </summary>
public sealed class IncrementalAlterConfigsHandler(Broker broker)
    : AsyncApiHandler<IncrementalAlterConfigsRequest>(IncrementalAlterConfigsRequest.MinVersion, IncrementalAlterConfigsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, IncrementalAlterConfigsRequest request)
    {
        var command = new AlterConfigs([.. request.Resources.Select(ToEdits)], request.ValidateOnly);
        var answer = await broker.AskController<AlterConfigsReply>(command).ConfigureAwait(false);
        return new IncrementalAlterConfigsResponse
        {
            Responses = answer.Reply is { } reply
                ? [.. reply.Resources.Select(result => ToResult(result.Resource, result.Verdict.ToErrorCode(), result.Verdict.Message))]
                : [.. command.Resources.Select(edits => edits.Resource).Distinct().Select(resource => ToResult(resource, answer.Error, answer.Message))],
        };
    }

    private static IncrementalAlterConfigsResponse.AlterConfigsResourceResponse ToResult(ConfigResource resource, ErrorCode error, string? message) => new()
    {
        ErrorCode = error,
        ErrorMessage = message,
        ResourceType = (sbyte)resource.Type,
        ResourceName = resource.Name,
    };

    private static ResourceEdits ToEdits(IncrementalAlterConfigsRequest.AlterConfigsResource resource) => new(
        new ConfigResource((ConfigResourceType)resource.ResourceType, resource.ResourceName),
        [.. resource.Configs.Select(config => new ConfigEdit(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))],
        Replace: false);
}
