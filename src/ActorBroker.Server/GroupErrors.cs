using ActorBroker.Coordination.Groups;
using ActorBroker.Protocol;

namespace ActorBroker.Server;

/// <summary>The groups' errors in Kafka's codes.</summary>
internal static class GroupErrors
{
    public static ErrorCode ToErrorCode(this GroupError error) => error switch
    {
        GroupError.None => ErrorCode.None,
        GroupError.CoordinatorNotAvailable => ErrorCode.CoordinatorNotAvailable,
        GroupError.NotCoordinator => ErrorCode.NotCoordinator,
        GroupError.CoordinatorLoadInProgress => ErrorCode.CoordinatorLoadInProgress,
        GroupError.IllegalGeneration => ErrorCode.IllegalGeneration,
        GroupError.InconsistentGroupProtocol => ErrorCode.InconsistentGroupProtocol,
        GroupError.InvalidGroupId => ErrorCode.InvalidGroupId,
        GroupError.UnknownMemberId => ErrorCode.UnknownMemberId,
        GroupError.InvalidSessionTimeout => ErrorCode.InvalidSessionTimeout,
        GroupError.RebalanceInProgress => ErrorCode.RebalanceInProgress,
        GroupError.MemberIdRequired => ErrorCode.MemberIdRequired,
        GroupError.GroupMaxSizeReached => ErrorCode.GroupMaxSizeReached,
        GroupError.FencedInstanceId => ErrorCode.FencedInstanceId,
        GroupError.NonEmptyGroup => ErrorCode.NonEmptyGroup,
        GroupError.GroupIdNotFound => ErrorCode.GroupIdNotFound,
        GroupError.GroupSubscribedToTopic => ErrorCode.GroupSubscribedToTopic,
        GroupError.OffsetMetadataTooLarge => ErrorCode.OffsetMetadataTooLarge,
        GroupError.InvalidCommitOffsetSize => ErrorCode.InvalidCommitOffsetSize,
        _ => ErrorCode.UnknownServerError,
    };
}
