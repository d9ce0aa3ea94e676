using ActorBroker.Model;

namespace ActorBroker.Replication;

public enum LeaderEffectKind : byte
{
    /// <summary>Send <see cref="LeaderEffect.FetchState"/>.</summary>
    SendFetchState,

    /// <summary>Send <see cref="LeaderEffect.Truncate"/>.</summary>
    SendTruncate,

    /// <summary>Send <see cref="LeaderEffect.Push"/> with the bytes that were just appended.</summary>
    PushTail,

    /// <summary>Read whole batches from <see cref="Push.From"/> on, at most <see cref="Push.Bytes"/> (but one batch at least), and send them with
    /// <see cref="LeaderEffect.Push"/> after filling in its End, LastEpoch and Bytes. Then step <see cref="PushedFromLog"/> or
    /// <see cref="ReadFailed"/>, at once or later: a shell that has to hold back catch-up traffic does it here.</summary>
    ReadAndPush,

    /// <summary>Send <see cref="LeaderEffect.Push"/>, which has no bytes.</summary>
    SendHighWatermark,

    /// <summary>The high watermark is <see cref="LeaderEffect.HighWatermark"/>: publish it, and acknowledge what waits below it.</summary>
    AdvanceHighWatermark,

    /// <summary>Send <see cref="LeaderEffect.Proposal"/> to the controller, then step <see cref="ProposalAnswered"/> with what it says. Proposals
    /// must reach the controller in order (none may be delivered after a later one of the same leader).</summary>
    ProposeIsr,

    /// <summary>Answer everything that waits for the high watermark with <see cref="LeaderEffect.Failure"/>.</summary>
    FailWaiting,
}

/// <summary>Why appends that were waiting fail.</summary>
public enum WaitingFailure : byte
{
    None,

    /// <summary>NOT_LEADER_OR_FOLLOWER.</summary>
    NotLeader,

    /// <summary>NOT_ENOUGH_REPLICAS_AFTER_APPEND.</summary>
    NotEnoughReplicasAfterAppend,
}

/// <summary>Something that the leader's shell has to do. The kind says which members are set.</summary>
public readonly record struct LeaderEffect
{
    public LeaderEffectKind Kind { get; init; }

    /// <summary>The follower that is meant.</summary>
    public NodeId Node { get; init; }

    public FetchState FetchState { get; init; }

    public Truncate Truncate { get; init; }

    public Push Push { get; init; }

    /// <summary>Of <see cref="LeaderEffectKind.ReadAndPush"/>: the follower is out of sync, and may be held back for those that are in sync.</summary>
    public bool IsCatchUp { get; init; }

    public Offset HighWatermark { get; init; }

    public IsrProposal? Proposal { get; init; }

    public WaitingFailure Failure { get; init; }

    /// <summary>One line for people and transcripts.</summary>
    public override string ToString() => Kind switch
    {
        LeaderEffectKind.SendFetchState => $"fetch-state to {Node} s{FetchState.Stream.Session}{(FetchState.Epoch == LeaderEpoch.Unknown ? "" : $" epoch {FetchState.Epoch}")}",
        LeaderEffectKind.SendTruncate => $"{(Truncate.RestartAt ? "restart" : "truncate")} {Node} at {Truncate.To} s{Truncate.Stream.Session}",
        LeaderEffectKind.PushTail => $"push tail to {Node} [{Push.From},{Push.End}) after e{Push.PreviousEpoch}, hw {Push.HighWatermark}",
        LeaderEffectKind.ReadAndPush => $"read and push to {Node} from {Push.From} after e{Push.PreviousEpoch}, {Push.Bytes} bytes{(IsCatchUp ? ", catch-up" : "")}",
        LeaderEffectKind.SendHighWatermark => $"hw {Push.HighWatermark} to {Node} at {Push.From}{(Push.WantsAck ? ", ack wanted" : "")}",
        LeaderEffectKind.AdvanceHighWatermark => $"advance hw to {HighWatermark}",
        LeaderEffectKind.ProposeIsr => $"propose isr [{string.Join(",", Proposal!.Isr.Select(replica => replica.Node))}] on epoch {Proposal.Base.Value} attempt {Proposal.Attempt}",
        _ => $"fail waiting: {Failure}",
    };
}
