using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>This node leads from now on. The log's epoch history has <see cref="PartitionState.LeaderEpoch"/> as its newest, from the log end on.</summary>
/// <param name="AfterSession">Sessions begin above; not below any session that this broker registration has used for the partition.</param>
public sealed record BecomeLeader(NodeId Self, PartitionState State, LogOffsets Log, IEpochHistory Epochs, DurabilityRule Durability, long AfterSession)
{
    /// <summary>The proposal that the same registration of this broker made in this epoch and that was not decided when its replica failed: it counts, and is sent
    /// again, since the controller may have accepted it.</summary>
    public IsrProposal? Undecided { get; init; }
}

/// <summary>What a record needs before it counts as replicated.</summary>
/// <param name="MinInSyncReplicas">The topic's <c>min.insync.replicas</c>; more than there are replicas counts as all of them.</param>
/// <param name="AfterFlush">Whether only what a replica has flushed counts (group commit).</param>
public readonly record struct DurabilityRule(int MinInSyncReplicas, bool AfterFlush);

/// <summary>A newer image: of the partition (with a newer partition epoch) or of its brokers (epochs, fences).</summary>
public readonly record struct StateChanged(PartitionState State);

/// <summary>Another leads, or a newer epoch begins. Everything that waits fails.</summary>
public readonly record struct Resign;

/// <summary>The leader has written records of its epoch at its log end.</summary>
public readonly record struct Appended(Offset From, Offset End, int Bytes);

/// <summary>Everything of the leader's log below survives a power failure.</summary>
public readonly record struct LogFlushed(Offset Offset);

/// <summary>The leader's log start moved up.</summary>
public readonly record struct LogStartMoved(Offset Offset);

/// <summary>The answer to <see cref="LeaderEffectKind.ReadAndPush"/>: the bytes are on their way.</summary>
/// <param name="End">The offset after the last batch; equal to <paramref name="From"/> when nothing was there.</param>
public readonly record struct PushedFromLog(NodeId Follower, long Session, Offset From, Offset End, int Bytes);

/// <summary>The answer to <see cref="LeaderEffectKind.ReadAndPush"/>: the log could not be read there.</summary>
public readonly record struct ReadFailed(NodeId Follower, long Session);

/// <summary>What was under way to and from the node is lost. Whether the node is gone is the controller's to say, by fencing its broker.</summary>
public readonly record struct StreamBroken(NodeId Node);

/// <summary>Whether so much is under way to the node, from all partitions together, that no more is to be sent to it for now.</summary>
public readonly record struct PeerCongestion(NodeId Node, bool IsCongested);

/// <summary>The controller's answer to a proposal.</summary>
public enum ProposalResult
{
    /// <summary>Committed; the answer carries the new partition epoch.</summary>
    Accepted,

    /// <summary>The partition has changed since (INVALID_UPDATE_VERSION, FENCED_LEADER_EPOCH, NEW_LEADER_ELECTED, UNKNOWN_TOPIC_OR_PARTITION): a
    /// newer image is on its way. An earlier attempt may be what changed it, so its replicas count until the image is here.</summary>
    Outdated,

    /// <summary>Not committed, and never will be (INELIGIBLE_REPLICA, OPERATION_NOT_ATTEMPTED, INVALID_REQUEST).</summary>
    Refused,

    /// <summary>Nobody knows (time-out, NOT_CONTROLLER): the same proposal is sent again.</summary>
    Unknown,
}

/// <summary>The controller's answer to the proposal of that base and attempt.</summary>
/// <param name="Epoch">The partition's epoch after it; only with <see cref="ProposalResult.Accepted"/>.</param>
public readonly record struct ProposalAnswered(PartitionEpoch Base, int Attempt, ProposalResult Result, PartitionEpoch Epoch);

/// <summary>Time has passed. A leader with followers wants it several times within <see cref="LeaderSettings.ProbeRetryMs"/>.</summary>
public readonly record struct Tick;

/// <summary>The in-sync replicas that a leader asks the controller for.</summary>
/// <param name="Base">The partition epoch that it was made from: the controller compares and sets.</param>
/// <param name="Attempt">Counts the times that it was sent; the answer brings it back.</param>
/// <param name="Isr">With the broker epoch of each (KIP-841), so that a broker that restarted meanwhile is not taken for in sync.</param>
public sealed record IsrProposal(LeaderEpoch LeaderEpoch, PartitionEpoch Base, int Attempt, ImmutableArray<ReplicaInfo> Isr);
