using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// DeleteGroups, versions 0 to 2 (KIP-229): removes groups without members together with their offsets. Errors, by group: GROUP_ID_NOT_FOUND,
/// NON_EMPTY_GROUP, COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR.
/// </summary>
public sealed class DeleteGroupsHandler(GroupCoordinators groups)
    : AsyncApiHandler<DeleteGroupsRequest>(DeleteGroupsRequest.MinVersion, DeleteGroupsRequest.MaxVersion)
{
    protected override async ValueTask<IApiResponse?> HandleAsync(RequestContext context, DeleteGroupsRequest request)
    {
        var results = await Task.WhenAll(request.GroupsNames.Distinct().Select(async groupId =>
        {
            var reply = await groups.AskAsync<GroupReply.Delete>(groupId, new GroupEvent.Delete(GroupCall.NextToken())).ConfigureAwait(false);
            return new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = reply.Error.ToErrorCode() };
        })).ConfigureAwait(false);
        return new DeleteGroupsResponse { Results = [.. results] };
    }
}
