using ActorBroker.Model;

namespace ActorBroker.Metadata.Quorum;

/// <summary>How a proposer feeds an acceptor.</summary>
internal enum FeedMode
{
    /// <summary>One append at a time, until the acceptor has all: what it has is not quite known, or is far behind.</summary>
    Probing,

    /// <summary>Appends as they come, many on their way.</summary>
    Streaming,

    /// <summary>A snapshot is on its way, and nothing else.</summary>
    Snapshot,
}

/// <summary>What a proposer knows of one acceptor.</summary>
internal sealed class Follower(JournalReplica replica, Offset known)
{
    public JournalReplica Replica { get; set; } = replica;

    public FeedMode Mode { get; set; } = FeedMode.Probing;

    /// <summary>The acceptor's disk holds the proposer's journal up to here; this is what counts for a commit.</summary>
    public Offset Match { get; set; } = Offset.Unknown;

    /// <summary>The acceptor's journal agrees with the proposer's up to here, as far as is known.</summary>
    public Offset Known { get; private set; } = known;

    /// <summary>Where the next append begins.</summary>
    public Offset Next { get; set; } = known;

    public int InFlight { get; set; }

    public long LastSentTick { get; set; }

    public long LastReplyTick { get; set; }

    public long LastCaughtUpTick { get; set; }

    /// <summary>Begins again at a position that both journals have.</summary>
    public void ProbeFrom(Offset common)
    {
        Mode = FeedMode.Probing;
        InFlight = 0;
        Known = common;
        Next = common;
    }

    /// <summary>Takes what is on its way for lost.</summary>
    public void Resend() => ProbeFrom(Known);

    /// <summary>Notes an acknowledgement.</summary>
    /// <param name="end">Up to where the disk holds the proposer's journal.</param>
    public void Accept(Offset end, Offset journalEnd)
    {
        Match = Offset.Max(Match, end);
        Known = Offset.Max(Known, end);
        InFlight = end >= Next ? 0 : Math.Max(0, InFlight - 1);
        if (Mode == FeedMode.Streaming && (InFlight > 0 || end >= Next))
        {
            return;
        }

        // In step, or an append that was cut short: from there on one by one.
        Next = Offset.Max(Known, Mode == FeedMode.Streaming ? Known : Next);
        Mode = Known >= journalEnd ? FeedMode.Streaming : FeedMode.Probing;
        InFlight = 0;
    }
}
