using ActorBroker.Actors.Partitions;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;
using ActorBroker.Server.Producing;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// Produce, versions 0 to 11: appends record batches; message sets of magic 0 and 1 in versions 0 to 2 are stored as batches; zstd from 7
/// (KIP-110), record errors from 8 (KIP-467), leader endpoints from 10 (KIP-951). Requests of one connection are appended in order while earlier
/// ones still wait for their answer. Errors: CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP,
/// UNSUPPORTED_COMPRESSION_TYPE, INVALID_REQUIRED_ACKS, NOT_ENOUGH_REPLICAS, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH,
/// UNKNOWN_PRODUCER_ID, UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR.
/// </summary>
public sealed class ProduceHandler(Broker broker) : ApiHandler<ProduceRequest>(ProduceRequest.MinVersion, ProduceRequest.MaxVersion)
{
    public override bool AllowsPipelining => true;

    protected override void Handle(RequestContext context, ProduceRequest request)
    {
        var operation = new ProduceOperation(broker, context, request);
        if ((RequiredAcks)request.Acks is not (RequiredAcks.All or RequiredAcks.None or RequiredAcks.Leader))
        {
            operation.Refuse(request, ErrorCode.InvalidRequiredAcks, $"acks must be -1, 0 or 1, but is {request.Acks}");
        }
        else if (request.TransactionalId is not null)
        {
            operation.Refuse(request, ErrorCode.InvalidTxnState, "Transactions are not supported by this broker.");
        }
        else
        {
            operation.Start(request);
        }
    }
}
