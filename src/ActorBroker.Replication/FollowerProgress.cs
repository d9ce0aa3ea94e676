using ActorBroker.Model;

namespace ActorBroker.Replication;

internal enum StreamPhase : byte
{
    /// <summary>Nothing is asked; a probe follows at <see cref="FollowerProgress.NextProbeMs"/>.</summary>
    Idle,

    /// <summary>Asked for its state or told to truncate; asked again at <see cref="FollowerProgress.NextProbeMs"/>.</summary>
    Probing,

    /// <summary>Its log is a prefix of the leader's, and pushes go on from <see cref="FollowerProgress.Next"/>.</summary>
    Streaming,
}

/// <summary>What a leader knows of one follower.</summary>
internal sealed class FollowerProgress(ReplicaInfo replica, long nowMs)
{
    private readonly InFlightPushes inFlight = new();
    private Offset markEnd = Offset.Unknown;
    private long markMs = nowMs;

    public ReplicaInfo Replica { get; set; } = replica;

    public NodeId Node => Replica.Node;

    public StreamPhase Phase { get; set; }

    public long Session { get; set; }

    /// <summary>What the follower is known to hold; unknown until it said so to this leader.</summary>
    public Offset LogEnd { get; set; } = Offset.Unknown;

    public Offset Flushed { get; set; } = Offset.Unknown;

    /// <summary>Where the next push begins.</summary>
    public Offset Next { get; set; }

    public Offset SentHighWatermark { get; set; } = Offset.Unknown;

    public Offset SentLogStart { get; set; } = Offset.Unknown;

    /// <summary>A <see cref="LeaderEffectKind.ReadAndPush"/> that was not answered yet.</summary>
    public bool IsReading { get; set; }

    /// <summary>It could not write what was pushed, as with a full disk, and is not counted on before this time, or before it has written something again.</summary>
    public long CannotWriteBeforeMs { get; set; } = long.MinValue;

    public bool IsCongested { get; set; }

    public long NextProbeMs { get; set; }

    public long ProbePauseMs { get; set; }

    public long LastProgressMs { get; set; } = nowMs;

    public long LastNudgeMs { get; set; }

    /// <summary>When it last held everything that the leader held; in the beginning it gets the whole lag time.</summary>
    public long CaughtUpMs { get; private set; } = nowMs;

    /// <summary>After the controller refused it: not proposed before.</summary>
    public long NoProposalBeforeMs { get; set; } = long.MinValue;

    public long InFlightBytes => inFlight.Bytes;

    public bool HasInFlight => inFlight.Count > 0;

    /// <summary>Notes that it holds everything at this moment, which is about to end: the lag time counts from here.</summary>
    public void NoteIfCaughtUp(Offset leaderEnd, long nowMs)
    {
        if (Phase == StreamPhase.Streaming && LogEnd >= leaderEnd)
        {
            CaughtUpMs = nowMs;
        }
    }

    public void BeginLagTime(long nowMs) => CaughtUpMs = nowMs;

    public void Sent(Offset end, int bytes, long nowMs)
    {
        if (inFlight.Count == 0)
        {
            LastProgressMs = nowMs;
        }

        inFlight.Add(end, bytes);
        Next = end;
    }

    /// <summary>Takes what an acknowledgement says; older ones than known are without effect.</summary>
    public void Acknowledge(Offset logEnd, Offset flushed, Offset leaderEnd, long nowMs)
    {
        if (logEnd > LogEnd)
        {
            LogEnd = logEnd;
            LastProgressMs = nowMs;
        }

        if (flushed > Flushed)
        {
            Flushed = flushed;
        }

        inFlight.RemoveUpTo(LogEnd);
        if (LogEnd >= leaderEnd)
        {
            CaughtUpMs = nowMs;
            Mark(leaderEnd, nowMs);
        }
        else if (LogEnd >= markEnd)
        {
            // It has all that there was when the mark was set: it lags by the time since.
            CaughtUpMs = Math.Max(CaughtUpMs, markMs);
            Mark(leaderEnd, nowMs);
        }
    }

    /// <summary>The stream is over; what the follower holds has to be asked for again.</summary>
    public void Reset(Offset leaderEnd, long nowMs)
    {
        NoteIfCaughtUp(leaderEnd, nowMs);
        Phase = StreamPhase.Idle;
        inFlight.Clear();
        IsReading = false;
        LogEnd = Offset.Unknown;
        Flushed = Offset.Unknown;
        SentHighWatermark = Offset.Unknown;
        SentLogStart = Offset.Unknown;
    }

    /// <summary>Goes on from an offset in the same session.</summary>
    public void Rewind(Offset next)
    {
        inFlight.Clear();
        Next = next;
    }

    private void Mark(Offset end, long nowMs)
    {
        markEnd = end;
        markMs = nowMs;
    }
}

/// <summary>Ends and sizes of the pushes that are not acknowledged, oldest first.</summary>
internal sealed class InFlightPushes
{
    private readonly Queue<(Offset End, int Bytes)> pushes = new();

    public int Count => pushes.Count;

    public long Bytes { get; private set; }

    public void Add(Offset end, int bytes)
    {
        pushes.Enqueue((end, bytes));
        Bytes += bytes;
    }

    public void RemoveUpTo(Offset end)
    {
        while (pushes.TryPeek(out var first) && first.End <= end)
        {
            Bytes -= first.Bytes;
            pushes.Dequeue();
        }
    }

    public void Clear()
    {
        pushes.Clear();
        Bytes = 0;
    }
}
