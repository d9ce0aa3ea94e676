using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>
/// A follower of one partition: takes records from the leader of its current epoch and from nobody else, in order and without gaps, truncates
/// only as that leader says, and tells what it holds. No I/O, no clock; effects are as <see cref="LeaderCore"/>'s.
/// </summary>
public sealed class FollowerCore
{
    private IEpochHistory epochs = null!;
    private PartitionState state = null!;
    private NodeId self;
    private BrokerEpoch selfEpoch;
    private BrokerEpoch leaderBrokerEpoch;
    private bool acksAfterFlush;
    private Offset logStart;
    private Offset logEnd;
    private Offset flushed;
    private StreamKey stream;
    private Phase phase;
    private LeaderEpoch askedEpoch;
    private Offset accepted;
    private LeaderEpoch acceptedEpoch;
    private Offset gapToldAt = Offset.Unknown;
    private bool wantsAck;
    private bool mustTellGap;
    private Offset pendingHighWatermark = Offset.Unknown;
    private Offset pendingLogStart = Offset.Unknown;
    private FetchState? early;

    private enum Phase : byte
    {
        /// <summary>No session.</summary>
        Waiting,

        /// <summary>The state is told; the leader may say where to truncate.</summary>
        Probed,

        /// <summary>The log is a prefix of the leader's. It is never truncated in this session.</summary>
        Streaming,
    }

    /// <summary>Whether this replica follows.</summary>
    public bool IsFollowing { get; private set; }

    public Offset HighWatermark { get; private set; }

    public Offset LogEndOffset => logEnd;

    public LeaderEpoch LeaderEpoch => state?.LeaderEpoch ?? LeaderEpoch.Unknown;

    /// <summary>Whether pushes of the current session have begun.</summary>
    public bool IsStreaming => phase == Phase.Streaming;

    public void Step(BecomeFollower start, long nowMs, List<FollowerEffect> effects)
    {
        var isSameEpoch = IsFollowing && state.LeaderEpoch == start.State.LeaderEpoch && state.Leader == start.State.Leader;
        (self, state, epochs, acksAfterFlush) = (start.Self, start.State, start.Epochs, start.AcksAfterFlush);
        var leaderEpochBefore = leaderBrokerEpoch;
        var selfEpochBefore = selfEpoch;
        selfEpoch = state.Find(self)?.BrokerEpoch ?? throw new ArgumentException($"node {self} has no replica of the partition that it should follow");
        leaderBrokerEpoch = state.Find(state.Leader)?.BrokerEpoch ?? default;
        if (isSameEpoch && leaderBrokerEpoch == leaderEpochBefore && selfEpoch == selfEpochBefore)
        {
            return;
        }

        IsFollowing = true;
        (logStart, logEnd, flushed) = (start.Log.LogStartOffset, start.Log.LogEndOffset, start.Log.FlushedOffset);
        HighWatermark = Offset.Min(start.Log.HighWatermark, logEnd);
        EndSession();
        if (stream.LeaderEpoch != state.LeaderEpoch || stream.LeaderBrokerEpoch != leaderBrokerEpoch || stream.FollowerBrokerEpoch != selfEpoch)
        {
            stream = default;
        }

        if (early is { } fetch && fetch.Stream.LeaderEpoch == state.LeaderEpoch)
        {
            early = null;
            Step(fetch, nowMs, effects);
        }

        if (phase == Phase.Waiting && state.Leader != NodeId.None)
        {
            // Lets a leader that gave up on this follower begin again at once.
            AddState(new StreamKey(state.LeaderEpoch, state.Leader, leaderBrokerEpoch, self, selfEpoch, 0), LeaderEpoch.Unknown, effects);
        }
    }

    /// <summary>The replica leads from now on, or is closed.</summary>
    public void Step(in Resign resign, long nowMs, List<FollowerEffect> effects)
    {
        IsFollowing = false;
        EndSession();
    }

    public void Step(in FetchState fetch, long nowMs, List<FollowerEffect> effects)
    {
        if (IsOfLaterEpoch(fetch.Stream))
        {
            // The leader had its image first. It is answered when this node has it too.
            early = fetch;
            return;
        }

        if (!Accepts(fetch.Stream, effects))
        {
            return;
        }

        if (fetch.Stream.Session > stream.Session)
        {
            EndSession();
            stream = fetch.Stream;
        }
        else if (phase != Phase.Probed || fetch.Stream.Session < stream.Session)
        {
            return;
        }

        phase = Phase.Probed;
        askedEpoch = fetch.Epoch;
        AddState(stream, askedEpoch, effects);
    }

    public void Step(in Truncate truncate, long nowMs, List<FollowerEffect> effects)
    {
        if (!IsFollowing || truncate.Stream != stream || phase != Phase.Probed)
        {
            return;
        }

        if (truncate.To < HighWatermark)
        {
            effects.Add(new FollowerEffect { Kind = FollowerEffectKind.ReportDivergedBelowHighWatermark, Offset = truncate.To });
        }

        if (truncate.RestartAt)
        {
            logStart = truncate.To;
        }

        effects.Add(new FollowerEffect
        {
            Kind = truncate.RestartAt ? FollowerEffectKind.RestartAt : FollowerEffectKind.Truncate, Offset = truncate.To,
        });
    }

    public void Step(in Truncated truncated, long nowMs, List<FollowerEffect> effects)
    {
        logEnd = truncated.LogEndOffset;
        // A log that was restarted begins at an offset that its leader has committed.
        HighWatermark = logStart == logEnd ? logEnd : Offset.Min(HighWatermark, logEnd);
        logStart = Offset.Min(logStart, logEnd);
        flushed = Offset.Min(flushed, logEnd);
        accepted = logEnd;
        acceptedEpoch = epochs.At(logEnd - 1);
        AddState(stream, LeaderEpoch.Unknown, effects);
    }

    public void Step(in Push push, long nowMs, List<FollowerEffect> effects)
    {
        if (push.Stream != stream || !IsFollowing || phase == Phase.Waiting)
        {
            OnStrayPush(push, effects);
            return;
        }

        if (phase == Phase.Probed)
        {
            phase = Phase.Streaming;
            accepted = logEnd;
            acceptedEpoch = epochs.At(logEnd - 1);
        }

        wantsAck |= push.WantsAck;
        if (push.From > accepted || (push.From < accepted && push.End > accepted))
        {
            // Once for each place: the pushes behind the missing one are under way already.
            mustTellGap |= gapToldAt != accepted || wantsAck;
        }
        else if (push.From == accepted && push.PreviousEpoch != acceptedEpoch && push.PreviousEpoch != LeaderEpoch.Unknown && acceptedEpoch != LeaderEpoch.Unknown)
        {
            AddAck(PushVerdict.Diverged, effects);
            phase = Phase.Waiting;
            return;
        }
        else if (push.Bytes > 0 && push.From == accepted)
        {
            accepted = push.End;
            acceptedEpoch = push.LastEpoch;
            gapToldAt = Offset.Unknown;
            effects.Add(new FollowerEffect { Kind = FollowerEffectKind.Write });
        }
        else if (push.Bytes > 0)
        {
            // All of it is here already: the acknowledgement may have been lost.
            wantsAck = true;
        }

        pendingHighWatermark = Offset.Max(pendingHighWatermark, push.HighWatermark);
        pendingLogStart = Offset.Max(pendingLogStart, push.LogStartOffset);
        if (accepted == logEnd)
        {
            TakeOffsets(effects);
            AckIfWanted(effects);
        }
    }

    public void Step(in Written written, long nowMs, List<FollowerEffect> effects)
    {
        logEnd = written.LogEndOffset;
        if (phase != Phase.Streaming)
        {
            return;
        }

        TakeOffsets(effects);
        wantsAck |= !acksAfterFlush;
        AckIfWanted(effects);
    }

    public void Step(in WriteFailed failed, long nowMs, List<FollowerEffect> effects)
    {
        logEnd = failed.LogEndOffset;
        if (phase == Phase.Streaming)
        {
            AddAck(PushVerdict.Failed, effects);
            EndSession();
        }
    }

    public void Step(in LogFlushed log, long nowMs, List<FollowerEffect> effects)
    {
        flushed = Offset.Max(flushed, Offset.Min(log.Offset, logEnd));
        if (phase == Phase.Streaming && acksAfterFlush)
        {
            AddAck(PushVerdict.Written, effects);
        }
    }

    /// <summary>The topic's settings have changed.</summary>
    public void Step(in DurabilityRule durability, long nowMs, List<FollowerEffect> effects) => acksAfterFlush = durability.AfterFlush;

    public void Step(in StreamBroken broken, long nowMs, List<FollowerEffect> effects)
    {
        if (IsFollowing && broken.Node == state.Leader)
        {
            EndSession();
        }
    }

    /// <summary>A leader that does not know that the stream broke is told to begin again; what is left of older sessions is dropped.</summary>
    private void OnStrayPush(in Push push, List<FollowerEffect> effects)
    {
        if (Accepts(push.Stream, effects) && push.Stream.Session >= stream.Session && phase == Phase.Waiting)
        {
            effects.Add(new FollowerEffect
            {
                Kind = FollowerEffectKind.SendAck, Ack = new PushAck(push.Stream, logEnd, flushed, PushVerdict.Diverged),
            });
        }
    }

    /// <summary>Whether the message comes from today's leader to today's registration of this follower; refuses it otherwise.</summary>
    private bool Accepts(in StreamKey from, List<FollowerEffect> effects)
    {
        if (!IsFollowing || from.LeaderEpoch < state.LeaderEpoch)
        {
            Refuse(from, RefusalReason.FencedLeaderEpoch, effects);
            return false;
        }

        if (from.LeaderEpoch > state.LeaderEpoch || from.Leader != state.Leader)
        {
            Refuse(from, RefusalReason.UnknownLeaderEpoch, effects);
            return false;
        }

        if (from.LeaderBrokerEpoch != leaderBrokerEpoch || from.FollowerBrokerEpoch != selfEpoch || from.Follower != self)
        {
            Refuse(from, RefusalReason.StaleBrokerEpoch, effects);
            return false;
        }

        return true;
    }

    private bool IsOfLaterEpoch(in StreamKey from) =>
        state is null || from.LeaderEpoch > state.LeaderEpoch || (!IsFollowing && from.LeaderEpoch >= state.LeaderEpoch);

    private void Refuse(in StreamKey from, RefusalReason reason, List<FollowerEffect> effects) => effects.Add(new FollowerEffect
    {
        Kind = FollowerEffectKind.SendRefusal, Refusal = new Refusal(from, reason, LeaderEpoch),
    });

    private void TakeOffsets(List<FollowerEffect> effects)
    {
        var reached = Offset.Min(pendingHighWatermark, logEnd);
        if (reached > HighWatermark)
        {
            HighWatermark = reached;
            effects.Add(new FollowerEffect { Kind = FollowerEffectKind.SetHighWatermark, Offset = reached });
        }

        var start = Offset.Min(pendingLogStart, HighWatermark);
        if (start > logStart)
        {
            logStart = start;
            effects.Add(new FollowerEffect { Kind = FollowerEffectKind.SetLogStart, Offset = start });
        }
    }

    /// <summary>An acknowledgement never tells of what is accepted but not yet written.</summary>
    private void AckIfWanted(List<FollowerEffect> effects)
    {
        if (mustTellGap)
        {
            gapToldAt = accepted;
            AddAck(PushVerdict.Gap, effects);
        }
        else if (wantsAck)
        {
            AddAck(PushVerdict.Written, effects);
        }
    }

    private void AddAck(PushVerdict verdict, List<FollowerEffect> effects)
    {
        wantsAck = mustTellGap = false;
        effects.Add(new FollowerEffect
        {
            Kind = FollowerEffectKind.SendAck,
            Ack = new PushAck(stream, logEnd, flushed, verdict),
        });
    }

    private void AddState(in StreamKey key, LeaderEpoch asked, List<FollowerEffect> effects)
    {
        var end = epochs.EndOf(asked == LeaderEpoch.Unknown ? epochs.Latest : asked);
        effects.Add(new FollowerEffect
        {
            Kind = FollowerEffectKind.SendState,
            State = new FollowerState(key, asked, end, logStart, logEnd, HighWatermark, flushed),
        });
    }

    private void EndSession()
    {
        phase = Phase.Waiting;
        accepted = logEnd;
        gapToldAt = Offset.Unknown;
        wantsAck = mustTellGap = false;
        pendingHighWatermark = Offset.Unknown;
        pendingLogStart = Offset.Unknown;
    }
}
