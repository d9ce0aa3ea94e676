using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol.Messages;
using ActorBroker.Protocol;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DescribeGroups, versions 0 to 5: state, protocol and members; authorised operations from 3 (KIP-430; all of them, as nobody is
/// restricted), static identities from 4. A group that does not exist is Dead, without an error. Errors, by group: INVALID_GROUP_ID,
/// COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class DescribeGroupsHandler(GroupCoordinators groups)
    : AsyncApiHandler<DescribeGroupsRequest>(DescribeGroupsRequest.MinVersion, DescribeGroupsRequest.MaxVersion)
{
    /// <summary>Read, delete, describe, describe configs, alter configs: a bit for each, at the number of the operation.</summary>
    private const int AllOperations = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11);

    private const int OperationsNotAsked = int.MinValue;

    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, DescribeGroupsRequest request)
    {
        var described = await Task.WhenAll(request.Groups.Select(async groupId =>
        {
            var reply = await groups.AskAsync<GroupReply.Describe>(groupId, new GroupEvent.Describe(GroupCall.NextToken())).ConfigureAwait(false);
            return Describe(groupId, reply, request.IncludeAuthorizedOperations ? AllOperations : OperationsNotAsked);
        })).ConfigureAwait(false);
        return new DescribeGroupsResponse { Groups = [.. described] };
    }

    private static DescribeGroupsResponse.DescribedGroup Describe(string groupId, GroupReply.Describe reply, int operations) => new()
    {
        ErrorCode = reply.Error.ToErrorCode(),
        GroupId = groupId,
        GroupState = reply.Error == GroupError.None ? reply.State.ToString() : "",
        ProtocolType = reply.ProtocolType,
        ProtocolData = reply.Protocol,
        AuthorizedOperations = operations,
        Members = [.. reply.Members.Select(member => new DescribeGroupsResponse.DescribedGroupMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.GroupInstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            MemberMetadata = member.Metadata,
            MemberAssignment = member.Assignment,
        })],
    };
}
