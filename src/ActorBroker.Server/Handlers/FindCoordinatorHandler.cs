using ActorBroker.Actors.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// FindCoordinator, versions 0 to 6: the broker that coordinates a group, which is the leader of the group's partition of
/// <c>__consumer_offsets</c>; the topic is made when it is first asked for. Key types from 1, several keys from 4 (KIP-699). Errors:
/// COORDINATOR_NOT_AVAILABLE while the partition has no leader; INVALID_REQUEST for other key types than groups, since nothing else is coordinated.
/// </summary>
public sealed class FindCoordinatorHandler(Broker broker, GroupCoordinators groups)
    : AsyncApiHandler<FindCoordinatorRequest>(FindCoordinatorRequest.MinVersion, FindCoordinatorRequest.MaxVersion)
{
    private const sbyte Group = 0;
    private const short FirstBatchedVersion = 4;

    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, FindCoordinatorRequest request)
    {
        if (request.KeyType == Group)
        {
            await broker.EnsureTopics([TopicName.ConsumerOffsets]).ConfigureAwait(false);
        }

        if (context.ApiVersion >= FirstBatchedVersion)
        {
            return new FindCoordinatorResponse { Coordinators = [.. request.CoordinatorKeys.Select(key => Find(context, request.KeyType, key))] };
        }

        var found = Find(context, request.KeyType, request.Key);
        return new FindCoordinatorResponse
        {
            ErrorCode = found.ErrorCode,
            ErrorMessage = found.ErrorMessage,
            NodeId = found.NodeId,
            Host = found.Host,
            Port = found.Port,
        };
    }

    private FindCoordinatorResponse.Coordinator Find(RequestContext context, sbyte keyType, string key)
    {
        if (keyType != Group)
        {
            return NotFound(key, ErrorCode.InvalidRequest, $"Coordinators of key type {keyType} do not exist here; only groups ({Group}) are coordinated.");
        }

        return groups.PartitionOf(key) is var partition and >= 0
            && broker.Cluster.Image.FindTopic(TopicName.ConsumerOffsets) is { } topic
            && broker.FindBroker(topic.Partitions[partition].Leader, context.Connection.Listener.Name) is { } node
            ? new() { Key = key, NodeId = node.Id.Value, Host = node.Host, Port = node.Port }
            : NotFound(key, ErrorCode.CoordinatorNotAvailable, $"The partition of {TopicName.ConsumerOffsets} has no leader now.");
    }

    private static FindCoordinatorResponse.Coordinator NotFound(string key, ErrorCode error, string message) =>
        new() { Key = key, NodeId = NodeId.None.Value, Host = "", Port = -1, ErrorCode = error, ErrorMessage = message };
}
