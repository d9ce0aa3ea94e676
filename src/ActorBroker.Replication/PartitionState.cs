using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>A replica of the partition as the cluster image knows its broker.</summary>
/// <param name="BrokerEpoch">The broker's registration; a message to or from an older one is refused.</param>
/// <param name="IsFenced">A fenced broker cannot be in sync; it is sent records all the same, to catch up.</param>
public readonly record struct ReplicaInfo(NodeId Node, BrokerEpoch BrokerEpoch, bool IsFenced);

/// <summary>What the controller has committed about one partition.</summary>
/// <param name="Epoch">Counts its changes; proposals are compared with it.</param>
/// <param name="Leader"><see cref="NodeId.None"/> when there is none.</param>
/// <param name="Replicas">All assigned replicas, the leader's among them.</param>
/// <param name="Isr">The in-sync replicas, a subset of <paramref name="Replicas"/>.</param>
public sealed record PartitionState(
    LeaderEpoch LeaderEpoch, PartitionEpoch Epoch, NodeId Leader, ImmutableArray<ReplicaInfo> Replicas, ImmutableArray<NodeId> Isr)
{
    /// <summary>The replica on a node, or null.</summary>
    public ReplicaInfo? Find(NodeId node)
    {
        foreach (var replica in Replicas)
        {
            if (replica.Node == node)
            {
                return replica;
            }
        }

        return null;
    }
}

/// <summary>The offsets of a replica's own log when it takes a role.</summary>
/// <param name="FlushedOffset">Everything below survives a power failure.</param>
public readonly record struct LogOffsets(Offset LogStartOffset, Offset LogEndOffset, Offset HighWatermark, Offset FlushedOffset);

/// <summary>Where a leader epoch ended in a log: the offset after its last record.</summary>
/// <param name="Epoch">The largest epoch of the log that is not above the one asked for; unknown when the log cannot say.</param>
public readonly record struct EpochEnd(LeaderEpoch Epoch, Offset EndOffset)
{
    public static EpochEnd Unknown => new(LeaderEpoch.Unknown, Offset.Unknown);
}

/// <summary>Which leader epoch wrote which offsets of the replica's own log (KIP-101). Read at the moment of a step, never kept.</summary>
public interface IEpochHistory
{
    /// <summary>The newest epoch; unknown when there is none.</summary>
    LeaderEpoch Latest { get; }

    /// <summary>The largest epoch not above <paramref name="epoch"/>, and where it ended (the log end, for the newest). Below the first epoch:
    /// <paramref name="epoch"/> itself and the start of the first. Unknown for an epoch that is newer than all.</summary>
    EpochEnd EndOf(LeaderEpoch epoch);

    /// <summary>The epoch that wrote the offset; unknown below the first one.</summary>
    LeaderEpoch At(Offset offset);
}

/// <summary>What a partition's leader goes by. Times in milliseconds.</summary>
public sealed record LeaderSettings
{
    /// <summary>How long a follower may be behind before it leaves the ISR (<c>replica.lag.time.max.ms</c>).</summary>
    public long LagTimeMaxMs { get; init; } = 30_000;

    /// <summary>Bytes under way to one follower before the leader waits for its acknowledgement. One push may exceed it.</summary>
    public int WindowBytes { get; init; } = 8 << 20;

    /// <summary>Largest number of bytes that is read from disk for one push.</summary>
    public int ReadBytes { get; init; } = 1 << 20;

    /// <summary>After how long without an answer a follower is asked for its state again; doubles up to <see cref="ProbeRetryMaxMs"/>.</summary>
    public long ProbeRetryMs { get; init; } = 250;

    public long ProbeRetryMaxMs { get; init; } = 2_000;

    /// <summary>After how long without an acknowledgement a follower is asked for one.</summary>
    public long NudgeMs { get; init; } = 500;

    /// <summary>After how long without an acknowledgement a stream begins again.</summary>
    public long StallMs { get; init; } = 10_000;

    /// <summary>After how long without an answer a proposal is sent to the controller again; also the pause after a refused one.</summary>
    public long ProposalRetryMs { get; init; } = 1_000;
}
