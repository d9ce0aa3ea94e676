using ActorBroker.Metadata;
using ActorBroker.Protocol;

namespace ActorBroker.Server;

/// <summary>The controller's refusals in Kafka's codes.</summary>
internal static class MetadataErrors
{
    public static ErrorCode ToErrorCode(this Verdict verdict) => ToErrorCode(verdict.Error);

    public static ErrorCode ToErrorCode(MetadataError error) => error switch
    {
        MetadataError.None => ErrorCode.None,
        MetadataError.InvalidTopicName => ErrorCode.InvalidTopicException,
        MetadataError.TopicAlreadyExists => ErrorCode.TopicAlreadyExists,
        MetadataError.UnknownTopic => ErrorCode.UnknownTopicOrPartition,
        MetadataError.UnknownTopicId => ErrorCode.UnknownTopicId,
        MetadataError.InvalidPartitions => ErrorCode.InvalidPartitions,
        MetadataError.InvalidReplicationFactor => ErrorCode.InvalidReplicationFactor,
        MetadataError.InvalidReplicaAssignment => ErrorCode.InvalidReplicaAssignment,
        MetadataError.InvalidConfig => ErrorCode.InvalidConfig,
        MetadataError.PolicyViolation => ErrorCode.PolicyViolation,
        MetadataError.InvalidRequest => ErrorCode.InvalidRequest,
        MetadataError.InconsistentClusterId => ErrorCode.InconsistentClusterId,
        MetadataError.DuplicateBrokerRegistration => ErrorCode.DuplicateBrokerRegistration,
        MetadataError.BrokerNotRegistered => ErrorCode.BrokerIdNotRegistered,
        MetadataError.StaleBrokerEpoch => ErrorCode.StaleBrokerEpoch,
        MetadataError.NotController => ErrorCode.NotController,
        MetadataError.FencedLeaderEpoch => ErrorCode.FencedLeaderEpoch,
        MetadataError.InvalidUpdateVersion => ErrorCode.InvalidUpdateVersion,
        MetadataError.IneligibleReplica => ErrorCode.IneligibleReplica,
        MetadataError.NewLeaderElected => ErrorCode.NewLeaderElected,
        MetadataError.UnknownPartition => ErrorCode.UnknownTopicOrPartition,
        MetadataError.NoReassignmentInProgress => ErrorCode.NoReassignmentInProgress,
        MetadataError.ReassignmentInProgress => ErrorCode.ReassignmentInProgress,
        MetadataError.ElectionNotNeeded => ErrorCode.ElectionNotNeeded,
        MetadataError.PreferredLeaderNotAvailable => ErrorCode.PreferredLeaderNotAvailable,
        MetadataError.EligibleLeadersNotAvailable => ErrorCode.EligibleLeadersNotAvailable,
        MetadataError.DuplicateVoter => ErrorCode.DuplicateVoter,
        MetadataError.VoterNotFound => ErrorCode.VoterNotFound,
        MetadataError.VoterNotCaughtUp => ErrorCode.RequestTimedOut,
        _ => ErrorCode.UnknownServerError,
    };
}
