using ActorBroker.Model;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// InitProducerId, versions 0 to 5: a producer id for idempotent producing (KIP-98); from 3 a producer may ask for a new epoch of its
/// id (KIP-360) and is given a new id. Transactional ids are not served: UNSUPPORTED_VERSION. Errors: INVALID_REQUEST;
/// COORDINATOR_LOAD_IN_PROGRESS while the controller gives out no ids, as in Kafka.
/// </summary>
public sealed class InitProducerIdHandler(Broker broker) : AsyncApiHandler<InitProducerIdRequest>(InitProducerIdRequest.MinVersion, InitProducerIdRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, InitProducerIdRequest request)
    {
        if (request.TransactionalId is { } transactionalId)
        {
            var error = transactionalId.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.UnsupportedVersion;
            return new InitProducerIdResponse { ErrorCode = error, ProducerEpoch = -1 };
        }

        if (request.ProducerId < -1 || request.ProducerEpoch < -1 || (request.ProducerId == -1) != (request.ProducerEpoch == -1))
        {
            return new InitProducerIdResponse { ErrorCode = ErrorCode.InvalidRequest, ProducerEpoch = -1 };
        }

        return await broker.ProducerIds.NextAsync().ConfigureAwait(false) is { } id
            ? new InitProducerIdResponse { ProducerId = id.Value, ProducerEpoch = 0 }
            : new InitProducerIdResponse { ErrorCode = ErrorCode.CoordinatorLoadInProgress, ProducerEpoch = -1 };
    }
}
