using ActorBroker.Metadata;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// IncrementalAlterConfigs, versions 0 and 1: sets, deletes, appends to and subtracts from single settings of topics (KIP-339), each
/// resource as a whole or not at all. Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG, INVALID_REQUEST.
/// </summary>
public sealed class IncrementalAlterConfigsHandler(Broker broker)
    : AsyncApiHandler<IncrementalAlterConfigsRequest>(IncrementalAlterConfigsRequest.MinVersion, IncrementalAlterConfigsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, IncrementalAlterConfigsRequest request)
    {
        var command = new AlterConfigs([.. request.Resources.Select(ToEdits)], request.ValidateOnly);
        var reply = await broker.AskController<AlterConfigsReply>(command).ConfigureAwait(false);
        return new IncrementalAlterConfigsResponse
        {
            Responses = [.. reply.Resources.Select(result => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = result.Verdict.ToErrorCode(),
                ErrorMessage = result.Verdict.Message,
                ResourceType = (sbyte)result.Resource.Type,
                ResourceName = result.Resource.Name,
            })],
        };
    }

    private static ResourceEdits ToEdits(IncrementalAlterConfigsRequest.AlterConfigsResource resource) => new(
        new ConfigResource((ConfigResourceType)resource.ResourceType, resource.ResourceName),
        [.. resource.Configs.Select(config => new ConfigEdit(config.Name, (ConfigOperation)config.ConfigOperation, config.Value))],
        Replace: false);
}
