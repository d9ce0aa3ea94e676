using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>
/// Which stream a message belongs to. A follower obeys only the stream of its current leader epoch, from the leader's current registration to
/// its own current registration, and of those only the newest session: sessions of one leader grow.
/// </summary>
/// <param name="Session">Counts the leader's attempts to begin a stream; 0 for a follower's announcement that it waits for one.</param>
public readonly record struct StreamKey(
    LeaderEpoch LeaderEpoch, NodeId Leader, BrokerEpoch LeaderBrokerEpoch, NodeId Follower, BrokerEpoch FollowerBrokerEpoch, long Session)
{
    public override string ToString() => $"{Leader}->{Follower} e{LeaderEpoch} s{Session}";
}

/// <summary>Leader to follower: begin a session, tell your log's state.</summary>
/// <param name="Epoch">Also tell where the largest epoch not above this one ends; unknown: the newest.</param>
public readonly record struct FetchState(StreamKey Stream, LeaderEpoch Epoch);

/// <summary>Follower to leader: the answer to <see cref="FetchState"/> and <see cref="Truncate"/>.</summary>
/// <param name="Asked">The epoch that was asked for; unknown: the newest.</param>
/// <param name="End">That epoch, or the largest below it, and where it ends in the follower's log.</param>
public readonly record struct FollowerState(
    StreamKey Stream, LeaderEpoch Asked, EpochEnd End, Offset LogStartOffset, Offset LogEndOffset, Offset HighWatermark, Offset FlushedOffset);

/// <summary>Leader to follower: your log differs from mine from here on.</summary>
/// <param name="RestartAt">The log is to be emptied and to begin at <paramref name="To"/>: it ended below the leader's start.</param>
public readonly record struct Truncate(StreamKey Stream, Offset To, bool RestartAt);

/// <summary>
/// Leader to follower: batches, in whose place the shell carries the bytes. Without bytes it brings the high watermark and the log start.
/// </summary>
/// <param name="From">The log end that the follower must have; the first batch may begin later where compaction left a gap.</param>
/// <param name="End">The log end that the follower has afterwards.</param>
/// <param name="PreviousEpoch">The epoch of the record before <paramref name="From"/>; unknown when the leader does not know it.</param>
/// <param name="LastEpoch">The epoch of the last batch.</param>
/// <param name="WantsAck">Acknowledge at once, also when there is nothing new.</param>
public readonly record struct Push(
    StreamKey Stream,
    Offset From,
    Offset End,
    LeaderEpoch PreviousEpoch,
    LeaderEpoch LastEpoch,
    Offset HighWatermark,
    Offset LogStartOffset,
    int Bytes,
    bool WantsAck);

/// <summary>What a follower says to pushes. The numbers are on the wire.</summary>
public enum PushVerdict : byte
{
    /// <summary>Everything below the log end is written.</summary>
    Written = 0,

    /// <summary>A push is missing: go on from the log end.</summary>
    Gap = 1,

    /// <summary>The epoch before the push is another one here: look for the divergence again.</summary>
    Diverged = 2,

    /// <summary>The records could not be written, or were corrupt: begin again later.</summary>
    Failed = 3,
}

/// <summary>Follower to leader: what it holds.</summary>
public readonly record struct PushAck(StreamKey Stream, Offset LogEndOffset, Offset FlushedOffset, PushVerdict Verdict);

/// <summary>Why a message was not obeyed. The numbers are on the wire.</summary>
public enum RefusalReason : byte
{
    /// <summary>There is a newer leader epoch.</summary>
    FencedLeaderEpoch = 0,

    /// <summary>The follower's image does not have this leader epoch yet.</summary>
    UnknownLeaderEpoch = 1,

    /// <summary>The leader's or the follower's broker has registered again.</summary>
    StaleBrokerEpoch = 2,

    /// <summary>The node has no such replica, or cannot open it.</summary>
    NoReplica = 3,
}

/// <summary>Follower to leader: not obeyed.</summary>
/// <param name="Known">The follower's leader epoch; unknown without a replica.</param>
public readonly record struct Refusal(StreamKey Stream, RefusalReason Reason, LeaderEpoch Known);
