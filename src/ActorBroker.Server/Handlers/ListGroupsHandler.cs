using ActorBroker.Actors.Groups;
using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Server.Network;

namespace ActorBroker.Server.Handlers;

/// <summary>
/// ListGroups, versions 0 to 5: the groups that this node coordinates; filters of states from 4 (KIP-518) and of types from 5 (KIP-848), not
/// minding case. Errors: COORDINATOR_LOAD_IN_PROGRESS while some may be missing.
/// </summary>
public sealed class ListGroupsHandler(GroupCoordinators groups)
    : ApiHandler<ListGroupsRequest>(ListGroupsRequest.MinVersion, ListGroupsRequest.MaxVersion)
{
    protected override void Handle(RequestContext context, ListGroupsRequest request)
    {
        var response = new ListGroupsResponse();
        if (groups.Groups.IsLoading)
        {
            response.ErrorCode = ErrorCode.CoordinatorLoadInProgress;
        }

        if (Passes(request.TypesFilter, GroupOverview.Type))
        {
            response.Groups = [.. groups.Groups.All.Where(group => Passes(request.StatesFilter, group.State.ToString()))
                .OrderBy(group => group.GroupId, StringComparer.Ordinal)
                .Select(group => new ListGroupsResponse.ListedGroup
                {
                    GroupId = group.GroupId,
                    ProtocolType = group.ProtocolType,
                    GroupState = group.State.ToString(),
                    GroupType = GroupOverview.Type,
                })];
        }

        context.Complete(response);
    }

    private static bool Passes(List<string> filter, string value) => filter.Count == 0 || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
