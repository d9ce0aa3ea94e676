using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>How far a node is with the metadata.</summary>
/// <param name="DirectoryId">All zero where it is not known.</param>
/// <param name="EndOffset">The end of its journal, or of what it has applied; -1 when it was not heard of.</param>
/// <param name="LastFetchTimestampMs">When it was last heard of, milliseconds since 1970; -1 for never.</param>
/// <param name="LastCaughtUpTimestampMs">When it last had everything; -1 for never.</param>
public sealed record QuorumReplicaState(
    NodeId Node, Guid DirectoryId, Offset EndOffset, long LastFetchTimestampMs, long LastCaughtUpTimestampMs);

/// <summary>Asks for the state of the metadata quorum. Answered with <see cref="QuorumDescription"/>.</summary>
public sealed record DescribeQuorum : ControllerCommand;

/// <param name="HighWatermark">The committed offset.</param>
/// <param name="Observers">Nodes that follow the metadata without a vote.</param>
public sealed record QuorumDescription(
    NodeId Leader,
    ControllerEpoch Epoch,
    Offset HighWatermark,
    ImmutableArray<QuorumReplicaState> Voters,
    ImmutableArray<QuorumReplicaState> Observers) : ControllerReply;

/// <summary>Gives a controller node a vote, once its journal is complete (KIP-853). Answered with <see cref="VerdictReply"/> when that is committed.</summary>
public sealed record AddQuorumVoter(NodeId Node, Guid DirectoryId) : ControllerCommand;

/// <summary>Takes a controller node's vote away (KIP-853). Answered with <see cref="VerdictReply"/> when that is committed.</summary>
public sealed record RemoveQuorumVoter(NodeId Node, Guid DirectoryId) : ControllerCommand;
