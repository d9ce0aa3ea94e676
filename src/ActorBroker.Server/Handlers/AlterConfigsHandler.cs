using ActorBroker.Metadata;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// AlterConfigs, versions 0 to 2: replaces all settings of a resource (KIP-133); superseded by IncrementalAlterConfigs.
/// Errors: UNKNOWN_TOPIC_OR_PARTITION, INVALID_CONFIG, INVALID_REQUEST.
/// </summary>
public sealed class AlterConfigsHandler(Broker broker) : AsyncApiHandler<AlterConfigsRequest>(AlterConfigsRequest.MinVersion, AlterConfigsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, AlterConfigsRequest request)
    {
        var command = new AlterConfigs([.. request.Resources.Select(ToEdits)], request.ValidateOnly);
        var reply = await broker.AskController<AlterConfigsReply>(command).ConfigureAwait(false);
        return new AlterConfigsResponse
        {
            Responses = [.. reply.Resources.Select(result => new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = result.Verdict.ToErrorCode(),
                ErrorMessage = result.Verdict.Message,
                ResourceType = (sbyte)result.Resource.Type,
                ResourceName = result.Resource.Name,
            })],
        };
    }

    private static ResourceEdits ToEdits(AlterConfigsRequest.AlterConfigsResource resource) => new(
        new ConfigResource((ConfigResourceType)resource.ResourceType, resource.ResourceName),
        [.. resource.Configs.Select(config => new ConfigEdit(config.Name, ConfigOperation.Set, config.Value))],
        Replace: true);
}
