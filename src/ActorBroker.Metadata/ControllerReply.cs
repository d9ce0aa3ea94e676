using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>Why the controller refused something. Mapped to Kafka's codes at the edge.</summary>
public enum MetadataError
{
    None,
    InvalidTopicName,
    TopicAlreadyExists,
    UnknownTopic,
    UnknownTopicId,
    InvalidPartitions,
    InvalidReplicationFactor,
    InvalidReplicaAssignment,
    InvalidConfig,
    InvalidRequest,
    PolicyViolation,
    InconsistentClusterId,
    DuplicateBrokerRegistration,
    BrokerNotRegistered,
    StaleBrokerEpoch,
    NotController,
    FencedLeaderEpoch,
    InvalidUpdateVersion,
    IneligibleReplica,
    NewLeaderElected,
    UnknownPartition,
    NoReassignmentInProgress,
    ReassignmentInProgress,
    ElectionNotNeeded,
    PreferredLeaderNotAvailable,
    EligibleLeadersNotAvailable,
    DuplicateVoter,
    VoterNotFound,
    VoterNotCaughtUp,
}

/// <summary>How one of several things asked for went.</summary>
/// <param name="Message">What was wrong, for people; null on success.</param>
public readonly record struct Verdict(MetadataError Error, string? Message)
{
    public static Verdict Ok => default;

    public bool IsOk => Error == MetadataError.None;
}

/// <summary>What the controller answers.</summary>
public abstract record ControllerReply
{
    /// <summary>The <see cref="ClusterImage.Version"/> in which what was decided is true: a node that has applied it shows it.</summary>
    public long Version { get; init; }
}

public sealed record CreatedTopic(string Name, TopicId Id, int Partitions, short ReplicationFactor, Verdict Verdict);

public sealed record CreateTopicsReply(ImmutableArray<CreatedTopic> Topics) : ControllerReply;

public sealed record DeletedTopic(string? Name, TopicId Id, Verdict Verdict);

public sealed record DeleteTopicsReply(ImmutableArray<DeletedTopic> Topics) : ControllerReply;

public sealed record CreatePartitionsReply(ImmutableArray<(string Topic, Verdict Verdict)> Topics) : ControllerReply;

public sealed record AlterConfigsReply(ImmutableArray<(ConfigResource Resource, Verdict Verdict)> Resources) : ControllerReply;

/// <summary>A block of producer ids.</summary>
public sealed record ProducerIdBlock(long First, int Count) : ControllerReply;

/// <param name="Epoch">The epoch of this registration; -1 when it was refused.</param>
public sealed record BrokerRegistration(BrokerEpoch Epoch, Verdict Verdict = default) : ControllerReply;

/// <summary>What a broker's heartbeat tells it.</summary>
/// <param name="Verdict"><see cref="MetadataError.BrokerNotRegistered"/> or <see cref="MetadataError.StaleBrokerEpoch"/>: the broker has to register again.</param>
/// <param name="IsCaughtUp">It has applied the metadata up to its own registration.</param>
/// <param name="ShouldShutdown">It leads nothing any more and may stop.</param>
public sealed record BrokerHeartbeatReply(Verdict Verdict, bool IsCaughtUp, bool IsFenced, bool ShouldShutdown) : ControllerReply;

/// <summary>The answer to a command that asks for one thing.</summary>
public sealed record VerdictReply(Verdict Verdict) : ControllerReply;

/// <summary>The brokers that were fenced since their sessions had ended.</summary>
public sealed record ExpireSessionsReply(ImmutableArray<NodeId> Fenced) : ControllerReply;

/// <param name="State">The partition as it is now, after the change when it was made; null when there is no such partition.</param>
public sealed record IsrChangeResult(TopicId Topic, int Index, Verdict Verdict, PartitionImage? State);

/// <param name="Verdict">Why the whole request was refused: the broker is not registered, or with another epoch.</param>
public sealed record AlterPartitionReply(Verdict Verdict, ImmutableArray<IsrChangeResult> Partitions) : ControllerReply;

/// <summary>How one of several partitions went.</summary>
public sealed record PartitionVerdict(TopicPartition Partition, Verdict Verdict);

public sealed record ElectLeadersReply(ImmutableArray<PartitionVerdict> Partitions) : ControllerReply;

public sealed record AlterPartitionReassignmentsReply(ImmutableArray<PartitionVerdict> Partitions) : ControllerReply;

/// <param name="Moved">Partitions that are led by their preferred leader again.</param>
public sealed record BalanceLeadersReply(int Moved) : ControllerReply;

/// <summary>What a command leads to: events to journal, and the answer to give once they are.</summary>
public sealed record Decision(ImmutableArray<MetadataEvent> Events, ControllerReply Reply);
