using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// Heartbeat, versions 0 to 4: a member is alive; the answer tells whether it must join again. Static members from 3. Errors:
/// REBALANCE_IN_PROGRESS, ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, INVALID_GROUP_ID, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class HeartbeatHandler(GroupCoordinators groups)
    : ApiHandler<HeartbeatRequest>(HeartbeatRequest.MinVersion, HeartbeatRequest.MaxVersion)
{
    protected override void Handle(RequestContext context, HeartbeatRequest request) =>
        groups.Send<GroupReply.Heartbeat>(
            request.GroupId,
            new GroupEvent.Heartbeat(GroupCall.NextToken(), request.GenerationId, request.MemberId, request.GroupInstanceId),
            reply => context.Complete(new HeartbeatResponse { ErrorCode = reply.Error.ToErrorCode() }));
}
