namespace ActorBroker.Coordination.Groups;

/// <summary>What can be wrong with a request to a group; mapped to Kafka's error codes at the edge.</summary>
public enum GroupError
{
    None,

    /// <summary>The group is going away, or its records cannot be written now; ask for the coordinator again.</summary>
    CoordinatorNotAvailable,

    /// <summary>This node no longer owns the group.</summary>
    NotCoordinator,

    /// <summary>The group's partition of the offsets topic is still being read.</summary>
    CoordinatorLoadInProgress,

    IllegalGeneration,
    InconsistentGroupProtocol,
    InvalidGroupId,
    UnknownMemberId,
    InvalidSessionTimeout,
    RebalanceInProgress,

    /// <summary>Join again with the member id in the reply (KIP-394).</summary>
    MemberIdRequired,

    GroupMaxSizeReached,

    /// <summary>Another member took this member's static identity (KIP-345).</summary>
    FencedInstanceId,

    NonEmptyGroup,
    GroupIdNotFound,
    GroupSubscribedToTopic,
    OffsetMetadataTooLarge,
    InvalidCommitOffsetSize,
    UnknownServerError,
}

/// <summary>How a write of group records ended.</summary>
public enum WriteOutcome
{
    /// <summary>Committed: every in-sync replica has it.</summary>
    Written,

    /// <summary>The partition has no usable log at the moment (unknown, or too few replicas in sync).</summary>
    Unavailable,

    /// <summary>This node does not lead the partition any more, or its log directory failed.</summary>
    NotLeader,

    /// <summary>Not committed within <c>offsets.commit.timeout.ms</c>; it may still be later.</summary>
    TimedOut,

    /// <summary>Larger than the log accepts.</summary>
    TooLarge,

    Failed,
}

internal static class WriteOutcomes
{
    /// <summary>What members of the group are told when the group's own record could not be written.</summary>
    public static GroupError ForMembers(this WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Written => GroupError.None,
        WriteOutcome.Unavailable => GroupError.CoordinatorNotAvailable,
        WriteOutcome.NotLeader => GroupError.NotCoordinator,
        WriteOutcome.TimedOut => GroupError.RebalanceInProgress,
        _ => GroupError.UnknownServerError,
    };

    /// <summary>What a client is told when it left, but the log may not show it.</summary>
    public static GroupError ForDepartures(this WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Written => GroupError.None,
        WriteOutcome.NotLeader => GroupError.NotCoordinator,
        _ => GroupError.CoordinatorNotAvailable,
    };

    /// <summary>What a client is told when its offsets could not be written.</summary>
    public static GroupError ForOffsets(this WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Written => GroupError.None,
        WriteOutcome.Unavailable or WriteOutcome.TimedOut => GroupError.CoordinatorNotAvailable,
        WriteOutcome.NotLeader => GroupError.NotCoordinator,
        WriteOutcome.TooLarge => GroupError.InvalidCommitOffsetSize,
        _ => GroupError.UnknownServerError,
    };
}
