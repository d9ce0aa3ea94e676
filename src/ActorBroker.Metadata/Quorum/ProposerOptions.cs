using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>The settings of a proposer. Times are in ticks, whose length the shell chooses.</summary>
/// <param name="Node">The node that the proposer runs on; it has a journal replica too.</param>
/// <param name="Members">The configured controller nodes (<c>voters</c>). They are the voters of a new cluster; afterwards the voter sets in the journal say who votes.</param>
public sealed record ProposerOptions(NodeId Node, ImmutableArray<NodeId> Members)
{
    /// <summary>Appends on their way to one acceptor that is in step. Further batches gather until there is room.</summary>
    public int MaxInFlight { get; init; } = 16;

    /// <summary>An acceptor that nothing was sent to for so long gets an append without batches.</summary>
    public int HeartbeatTicks { get; init; } = 2;

    /// <summary>After so long without an answer a message is taken for lost.</summary>
    public int ResendTicks { get; init; } = 5;

    /// <summary>After so long without the answers of a majority the proposer steps down.</summary>
    public int MajorityTimeoutTicks { get; init; } = 40;
}

/// <summary>Where a proposer is on its way.</summary>
public enum ProposerPhase
{
    /// <summary>Collects promises.</summary>
    Preparing,

    /// <summary>Fetches the newest journal of a majority to its own node.</summary>
    Adopting,

    /// <summary>Brings the adopted journal, and a first batch of its own epoch, to a majority.</summary>
    Completing,

    /// <summary>Takes proposals.</summary>
    Serving,

    /// <summary>Has ended.</summary>
    SteppedDown,
}

/// <summary>How far a replica is, as the proposer knows.</summary>
/// <param name="EndOffset">Up to where its disk holds the proposer's journal; unknown (-1) before its first answer.</param>
/// <param name="LastReplyTick">The tick of its last answer, 0 for none.</param>
/// <param name="LastCaughtUpTick">The last tick at which it had all that the proposer had, 0 for none.</param>
public sealed record ReplicaProgress(JournalReplica Replica, bool IsVoter, Offset EndOffset, long LastReplyTick, long LastCaughtUpTick);

/// <summary>The state of the quorum as its proposer sees it (Kafka: DescribeQuorum).</summary>
/// <param name="Tick">Now, in ticks since the proposer began.</param>
public sealed record QuorumStatus(
    NodeId Leader, ControllerEpoch Epoch, ProposerPhase Phase, Offset Committed, Offset EndOffset, long Tick, ImmutableArray<ReplicaProgress> Replicas);

/// <summary>Why a proposer does not serve yet.</summary>
/// <param name="IsFounding">Nobody who answered has a journal: the cluster is new, and all configured members must answer once.</param>
/// <param name="Missing">Members and voters that have not answered.</param>
public sealed record AwaitedPromises(bool IsFounding, ImmutableArray<NodeId> Missing)
{
    /// <summary>Says who is missing: <c>controllers 2 and 3 do not answer</c>.</summary>
    /// <param name="silent">At least one.</param>
    public static string Sentence(IReadOnlyList<NodeId> silent) => silent.Count == 1
        ? $"controller {silent[0]} does not answer"
        : $"controllers {string.Join(", ", silent.Take(silent.Count - 1))} and {silent[^1]} do not answer";
}
