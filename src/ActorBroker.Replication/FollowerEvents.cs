using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>This node follows from now on, or the same leader epoch has a newer image (of the leader's broker).</summary>
/// <param name="AcksAfterFlush">Whether an acknowledgement waits for the flush (group commit).</param>
public sealed record BecomeFollower(NodeId Self, PartitionState State, LogOffsets Log, IEpochHistory Epochs, bool AcksAfterFlush);

/// <summary>The records of accepted pushes are in the log.</summary>
/// <param name="LogEndOffset">The log end afterwards.</param>
public readonly record struct Written(Offset LogEndOffset);

/// <summary>Accepted pushes could not be written.</summary>
/// <param name="LogEndOffset">The log end as it is.</param>
public readonly record struct WriteFailed(Offset LogEndOffset);

/// <summary>The answer to <see cref="FollowerEffectKind.Truncate"/> and <see cref="FollowerEffectKind.RestartAt"/>.</summary>
public readonly record struct Truncated(Offset LogEndOffset);

public enum FollowerEffectKind : byte
{
    /// <summary>Send <see cref="FollowerEffect.State"/>.</summary>
    SendState,

    /// <summary>Send <see cref="FollowerEffect.Ack"/>.</summary>
    SendAck,

    /// <summary>Send <see cref="FollowerEffect.Refusal"/>.</summary>
    SendRefusal,

    /// <summary>Check the bytes of the push and write them; then step <see cref="Written"/> or <see cref="WriteFailed"/>. Several accepted pushes may be
    /// written together, but before any other event than a push is stepped.</summary>
    Write,

    /// <summary>Cut the log to <see cref="FollowerEffect.Offset"/>; then step <see cref="Truncated"/> at once.</summary>
    Truncate,

    /// <summary>Empty the log and let it begin at <see cref="FollowerEffect.Offset"/>; then step <see cref="Truncated"/> at once.</summary>
    RestartAt,

    /// <summary>Publish <see cref="FollowerEffect.Offset"/> as the high watermark.</summary>
    SetHighWatermark,

    /// <summary>Move the log start up to <see cref="FollowerEffect.Offset"/>.</summary>
    SetLogStart,

    /// <summary>The leader's log differs below this follower's high watermark, at <see cref="FollowerEffect.Offset"/>: records that were committed are
    /// lost. Only an unclean election explains it. Comes before the truncation.</summary>
    ReportDivergedBelowHighWatermark,
}

/// <summary>Something that the follower's shell has to do. The kind says which members are set.</summary>
public readonly record struct FollowerEffect
{
    public FollowerEffectKind Kind { get; init; }

    public FollowerState State { get; init; }

    public PushAck Ack { get; init; }

    public Refusal Refusal { get; init; }

    public Offset Offset { get; init; }

    /// <summary>One line for people and transcripts.</summary>
    public override string ToString() => Kind switch
    {
        FollowerEffectKind.SendState => $"state s{State.Stream.Session}: log [{State.LogStartOffset},{State.LogEndOffset}) hw {State.HighWatermark}, epoch {State.End.Epoch} ends at {State.End.EndOffset}",
        FollowerEffectKind.SendAck => $"ack s{Ack.Stream.Session} {Ack.Verdict}: log end {Ack.LogEndOffset}, flushed {Ack.FlushedOffset}",
        FollowerEffectKind.SendRefusal => $"refuse s{Refusal.Stream.Session}: {Refusal.Reason}, known epoch {Refusal.Known}",
        FollowerEffectKind.Write => "write",
        FollowerEffectKind.Truncate => $"truncate to {Offset}",
        FollowerEffectKind.RestartAt => $"restart at {Offset}",
        FollowerEffectKind.SetHighWatermark => $"set hw {Offset}",
        FollowerEffectKind.SetLogStart => $"set log start {Offset}",
        _ => $"report divergence at {Offset} below the high watermark",
    };
}
