using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// JoinGroup, versions 0 to 9: joins the next generation of a classic group; the answer waits until the generation is complete. Rebalance timeout
/// from 1, MEMBER_ID_REQUIRED from 4 (KIP-394), static members from 5 (KIP-345), protocol type from 7 (KIP-559), skipping the assignment
/// from 9 (KIP-814). Errors: INVALID_GROUP_ID, INVALID_SESSION_TIMEOUT, INCONSISTENT_GROUP_PROTOCOL, UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID,
/// GROUP_MAX_SIZE_REACHED, REBALANCE_IN_PROGRESS, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class JoinGroupHandler(GroupCoordinators groups)
    : ApiHandler<JoinGroupRequest>(JoinGroupRequest.MinVersion, JoinGroupRequest.MaxVersion)
{
    protected override void Handle(RequestContext context, JoinGroupRequest request)
    {
        var version = context.ApiVersion;
        var join = new GroupEvent.Join(
            GroupCall.NextToken(),
            request.MemberId,
            Guid.NewGuid(),
            request.GroupInstanceId,
            RequireKnownMemberId: version >= 4 && request.GroupInstanceId is null,
            SupportsSkippingAssignment: version >= 9,
            context.ClientId ?? "",
            "/" + context.Connection.Remote.Address, // as Kafka shows it
            request.SessionTimeoutMs,
            version >= 1 ? request.RebalanceTimeoutMs : request.SessionTimeoutMs,
            request.ProtocolType,
            // Copies: the members' metadata outlives the request.
            [.. request.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.ToArray()))]);
        groups.Send<GroupReply.Join>(request.GroupId, join, reply => context.Complete(ToResponse(reply, version)));
    }

    private static JoinGroupResponse ToResponse(GroupReply.Join reply, short version) => new()
    {
        ErrorCode = reply.Error.ToErrorCode(),
        GenerationId = reply.GenerationId,
        ProtocolType = reply.ProtocolType,
        ProtocolName = version >= 7 ? reply.ProtocolName : reply.ProtocolName ?? "",
        Leader = reply.LeaderId,
        SkipAssignment = reply.SkipAssignment,
        MemberId = reply.MemberId,
        Members = [.. reply.Members.Select(member => new JoinGroupResponse.JoinGroupResponseMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.GroupInstanceId,
            Metadata = member.Metadata,
        })],
    };
}
