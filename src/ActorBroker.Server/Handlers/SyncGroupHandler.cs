using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// SyncGroup, versions 0 to 5: the leader brings the assignment, everybody gets theirs once it is committed. Static members from 3, protocol type
/// and name (which must be there) from 5 (KIP-559). Errors: UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS,
/// INCONSISTENT_GROUP_PROTOCOL, INVALID_GROUP_ID, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class SyncGroupHandler(GroupCoordinators groups)
    : ApiHandler<SyncGroupRequest>(SyncGroupRequest.MinVersion, SyncGroupRequest.MaxVersion)
{
    protected override void Handle(RequestContext context, SyncGroupRequest request)
    {
        if (context.ApiVersion >= 5 && (request.ProtocolType is null || request.ProtocolName is null))
        {
            context.Complete(new SyncGroupResponse { ErrorCode = ErrorCode.InconsistentGroupProtocol });
            return;
        }

        var assignments = new Dictionary<string, ReadOnlyMemory<byte>>(request.Assignments.Count);
        foreach (var assignment in request.Assignments)
        {
            assignments[assignment.MemberId] = assignment.Assignment.ToArray(); // a copy: it outlives the request
        }

        var sync = new GroupEvent.Sync(
            GroupCall.NextToken(), request.GenerationId, request.MemberId, request.GroupInstanceId, request.ProtocolType, request.ProtocolName, assignments);
        groups.Send<GroupReply.Sync>(request.GroupId, sync, reply => context.Complete(new SyncGroupResponse
        {
            ErrorCode = reply.Error.ToErrorCode(),
            ProtocolType = reply.ProtocolType,
            ProtocolName = reply.ProtocolName,
            Assignment = reply.Assignment,
        }));
    }
}
