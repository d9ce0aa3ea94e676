using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// UnregisterBroker, version 0: forgets a broker that will not come back (KIP-631). One that still lives registers again. Its replicas stay
/// assigned to it until they are reassigned. Errors: BROKER_ID_NOT_REGISTERED.
/// </summary>
public sealed class UnregisterBrokerHandler(Broker broker)
    : AsyncApiHandler<UnregisterBrokerRequest>(UnregisterBrokerRequest.MinVersion, UnregisterBrokerRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, UnregisterBrokerRequest request)
    {
        var answer = await broker.AskController<VerdictReply>(new UnregisterBroker(new NodeId(request.BrokerId))).ConfigureAwait(false);
        return new UnregisterBrokerResponse
        {
            ErrorCode = answer.Reply?.Verdict.ToErrorCode() ?? answer.Error,
            ErrorMessage = answer.Reply is { } reply ? reply.Verdict.Message : answer.Message,
        };
    }
}
