using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// LeaveGroup, versions 0 to 5: one member leaves (to 2), or several are removed (from 3, KIP-345), static ones by their identity alone.
/// Errors: UNKNOWN_MEMBER_ID and FENCED_INSTANCE_ID by member; INVALID_GROUP_ID, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE,
/// NOT_COORDINATOR for all.
/// </summary>
public sealed class LeaveGroupHandler(GroupCoordinators groups)
    : ApiHandler<LeaveGroupRequest>(LeaveGroupRequest.MinVersion, LeaveGroupRequest.MaxVersion)
{
    private const short FirstBatchedVersion = 3;

    protected override void Handle(RequestContext context, LeaveGroupRequest request)
    {
        var isBatched = context.ApiVersion >= FirstBatchedVersion;
        MemberIdentity[] members = isBatched
            ? [.. request.Members.Select(member => new MemberIdentity(member.MemberId, member.GroupInstanceId))]
            : [new MemberIdentity(request.MemberId, null)];
        groups.Send<GroupReply.Leave>(request.GroupId, new GroupEvent.Leave(GroupCall.NextToken(), members), reply =>
            context.Complete(isBatched ? Batched(reply) : new LeaveGroupResponse { ErrorCode = SingleError(reply) }));
    }

    private static ErrorCode SingleError(GroupReply.Leave reply) =>
        (reply.Error != GroupError.None || reply.Members.Count == 0 ? reply.Error : reply.Members[0].Error).ToErrorCode();

    private static LeaveGroupResponse Batched(GroupReply.Leave reply) => new()
    {
        ErrorCode = reply.Error.ToErrorCode(),
        Members = [.. reply.Members.Select(member => new LeaveGroupResponse.MemberResponse
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.GroupInstanceId,
            ErrorCode = member.Error.ToErrorCode(),
        })],
    };
}
