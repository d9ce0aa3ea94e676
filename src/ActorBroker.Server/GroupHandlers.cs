using ActorBroker.Actors.Groups;
using ActorBroker.Server.Handlers;
using ActorBroker.Server.Network;

namespace ActorBroker.Server;

/// <summary>The handlers of everything that is asked of groups.</summary>
public static class GroupHandlers
{
    public static IEnumerable<IApiHandler> Create(Broker broker, GroupCoordinators groups) =>
    [
        new FindCoordinatorHandler(broker, groups),
        new JoinGroupHandler(groups),
        new SyncGroupHandler(groups),
        new HeartbeatHandler(groups),
        new LeaveGroupHandler(groups),
        new OffsetCommitHandler(broker, groups),
        new OffsetFetchHandler(broker, groups),
        new OffsetDeleteHandler(broker, groups),
        new ListGroupsHandler(groups),
        new DescribeGroupsHandler(groups),
        new DeleteGroupsHandler(groups),
    ];
}
