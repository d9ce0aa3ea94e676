using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>The streams to followers: finding the divergence, pushing, and what becomes of breaks.</summary>
public sealed partial class LeaderCore
{
    /// <summary>A follower's state, or its announcement (session 0) that it waits for a session.</summary>
    public void Step(in FollowerState answer, long nowMs, List<LeaderEffect> effects)
    {
        if (!TryFind(answer.Stream, out var follower))
        {
            return;
        }

        if (answer.Stream.Session == 0)
        {
            // A question that was asked just now reaches it anyway.
            if (follower.Phase == StreamPhase.Idle || (follower.Phase == StreamPhase.Probing && follower.ProbePauseMs > settings.ProbeRetryMs))
            {
                Restart(follower, nowMs, effects);
            }

            return;
        }

        if (answer.Stream.Session != follower.Session || follower.Phase != StreamPhase.Probing)
        {
            return;
        }

        follower.ProbePauseMs = settings.ProbeRetryMs;
        Align(follower, answer, nowMs, effects);
    }

    public void Step(in PushAck ack, long nowMs, List<LeaderEffect> effects)
    {
        if (!TryFind(ack.Stream, out var follower) || ack.Stream.Session != follower.Session || follower.Phase != StreamPhase.Streaming)
        {
            return;
        }

        if (ack.Verdict == PushVerdict.Failed)
        {
            // The others do not wait the lag time for what cannot be written.
            follower.CannotWriteBeforeMs = nowMs + settings.LagTimeMaxMs;
            Pause(follower, nowMs);
            ReviewIsr(nowMs, effects);
            return;
        }

        if (ack.Verdict == PushVerdict.Diverged || ack.LogEndOffset > logEnd)
        {
            Restart(follower, nowMs, effects);
            return;
        }

        if (ack.LogEndOffset > follower.LogEnd)
        {
            follower.CannotWriteBeforeMs = long.MinValue;
        }

        follower.Acknowledge(ack.LogEndOffset, Offset.Min(ack.FlushedOffset, ack.LogEndOffset), logEnd, nowMs);
        // An older one was overtaken by an acknowledgement that says more.
        if (ack.Verdict == PushVerdict.Gap && ack.LogEndOffset == follower.LogEnd)
        {
            follower.Rewind(ack.LogEndOffset);
        }

        if (!IsInMaximalIsr(follower.Node))
        {
            ReviewIsr(nowMs, effects);
        }

        AdvanceHighWatermark(nowMs, effects);
        Pump(follower, effects);
        TellHighWatermark(follower, effects);
    }

    public void Step(in Refusal refusal, long nowMs, List<LeaderEffect> effects)
    {
        if (!TryFind(refusal.Stream, out var follower) || refusal.Stream.Session != follower.Session)
        {
            return;
        }

        if (refusal.Reason == RefusalReason.FencedLeaderEpoch && refusal.Known > state.LeaderEpoch)
        {
            Step(default(Resign), nowMs, effects);
            return;
        }

        Pause(follower, nowMs);
    }

    public void Step(in PushedFromLog pushed, long nowMs, List<LeaderEffect> effects)
    {
        if (!TryFindReading(pushed.Follower, pushed.Session, out var follower))
        {
            return;
        }

        follower.IsReading = false;
        if (pushed.From != follower.Next)
        {
            // The follower missed a push while the read was under way: what was read is out of place.
            Pump(follower, effects);
            return;
        }

        if (pushed.End <= pushed.From)
        {
            Pause(follower, nowMs);
            return;
        }

        follower.Sent(pushed.End, pushed.Bytes, nowMs);
        Pump(follower, effects);
    }

    public void Step(in ReadFailed failed, long nowMs, List<LeaderEffect> effects)
    {
        if (TryFindReading(failed.Follower, failed.Session, out var follower))
        {
            // Either the log start has passed the follower, which its next state will show, or the disk is ill.
            Pause(follower, nowMs);
        }
    }

    public void Step(in StreamBroken broken, long nowMs, List<LeaderEffect> effects)
    {
        if (IsLeading && followers.TryGetValue(broken.Node, out var follower))
        {
            Pause(follower, nowMs);
        }
    }

    public void Step(in PeerCongestion congestion, long nowMs, List<LeaderEffect> effects)
    {
        if (followers.TryGetValue(congestion.Node, out var follower) && follower.IsCongested != congestion.IsCongested)
        {
            follower.IsCongested = congestion.IsCongested;
            Pump(follower, effects);
        }
    }

    private bool TryFind(in StreamKey stream, out FollowerProgress follower) =>
        followers.TryGetValue(stream.Follower, out follower!)
        && IsLeading
        && stream.LeaderEpoch == state.LeaderEpoch
        && stream.Leader == self
        && stream.LeaderBrokerEpoch == selfEpoch
        && stream.FollowerBrokerEpoch == follower.Replica.BrokerEpoch;

    private bool TryFindReading(NodeId node, long readSession, out FollowerProgress follower) =>
        followers.TryGetValue(node, out follower!) && IsLeading && follower.IsReading && follower.Session == readSession;

    /// <summary>Compares the follower's log with this one by epochs, and streams when it is a prefix of it.</summary>
    private void Align(FollowerProgress follower, in FollowerState answer, long nowMs, List<LeaderEffect> effects)
    {
        var end = answer.LogEndOffset;
        if (end < logStart)
        {
            SendTruncate(follower, logStart, restartAt: true, nowMs, effects);
            return;
        }

        // Where the follower's log may stop being this one.
        var divergence = Offset.Min(end, logEnd);
        if (answer.End.Epoch != LeaderEpoch.Unknown)
        {
            var own = epochs.EndOf(answer.End.Epoch);
            if (own.Epoch == LeaderEpoch.Unknown)
            {
                // Epochs of leaders that this log has never heard of.
                own = epochs.EndOf(epochs.Latest);
            }

            if (own.Epoch == LeaderEpoch.Unknown)
            {
                own = new EpochEnd(answer.End.Epoch, logStart);
            }

            if (own.Epoch != answer.End.Epoch)
            {
                ContinueProbe(follower, own.Epoch, nowMs, effects);
                return;
            }

            divergence = Offset.Min(divergence, Offset.Min(own.EndOffset, answer.End.EndOffset));
        }
        else if (answer.LogStartOffset != answer.LogEndOffset)
        {
            // Records without epochs (older formats): what is committed is all that both are known to share.
            divergence = Offset.Min(divergence, answer.HighWatermark);
        }

        // What the follower has below this log's start cannot be compared, and may be another history.
        if (divergence < logStart || (divergence == logStart && answer.LogStartOffset < logStart))
        {
            SendTruncate(follower, logStart, restartAt: true, nowMs, effects);
        }
        else if (divergence < end || answer.Asked != LeaderEpoch.Unknown)
        {
            // Also where nothing is cut but an epoch of the follower that wrote nothing: what it is pushed next is older than that epoch.
            SendTruncate(follower, divergence, restartAt: false, nowMs, effects);
        }
        else
        {
            Stream(follower, answer, nowMs, effects);
        }
    }

    private void Stream(FollowerProgress follower, in FollowerState answer, long nowMs, List<LeaderEffect> effects)
    {
        follower.Phase = StreamPhase.Streaming;
        follower.LastProgressMs = nowMs;
        follower.LogEnd = Offset.Unknown;
        follower.Rewind(answer.LogEndOffset);
        follower.Acknowledge(answer.LogEndOffset, Offset.Min(answer.FlushedOffset, answer.LogEndOffset), logEnd, nowMs);
        ReviewIsr(nowMs, effects);
        AdvanceHighWatermark(nowMs, effects);
        Pump(follower, effects);
        TellHighWatermark(follower, effects);
    }

    /// <summary>Sends what the follower lacks from the log, as far as its window goes; one read at a time.</summary>
    private void Pump(FollowerProgress follower, List<LeaderEffect> effects)
    {
        if (follower.Phase != StreamPhase.Streaming || follower.IsReading || follower.IsCongested || follower.Next >= logEnd)
        {
            return;
        }

        var room = settings.WindowBytes - follower.InFlightBytes;
        if (room <= 0)
        {
            return;
        }

        follower.IsReading = true;
        var push = MakePush(follower, follower.Next, (int)Math.Min(room, settings.ReadBytes), wantsAck: false);
        effects.Add(new LeaderEffect
        {
            Kind = LeaderEffectKind.ReadAndPush, Node = follower.Node, Push = push, IsCatchUp = !IsInMaximalIsr(follower.Node),
        });
    }

    private bool Fits(FollowerProgress follower, int bytes) =>
        !follower.IsCongested && (follower.InFlightBytes == 0 || follower.InFlightBytes + bytes <= settings.WindowBytes);

    private void Supervise(FollowerProgress follower, long nowMs, List<LeaderEffect> effects)
    {
        if (follower.Phase != StreamPhase.Streaming)
        {
            if (nowMs >= follower.NextProbeMs)
            {
                Probe(follower, LeaderEpoch.Unknown, nowMs, effects);
            }

            return;
        }

        if (follower.HasInFlight && nowMs - follower.LastProgressMs >= settings.StallMs)
        {
            Restart(follower, nowMs, effects);
            return;
        }

        if (LacksAcknowledgement(follower) && nowMs - Math.Max(follower.LastProgressMs, follower.LastNudgeMs) >= settings.NudgeMs)
        {
            follower.LastNudgeMs = nowMs;
            SendHighWatermark(follower, wantsAck: true, effects);
        }
        else
        {
            TellHighWatermark(follower, effects);
        }
    }

    private bool LacksAcknowledgement(FollowerProgress follower) =>
        follower.HasInFlight || (rule.AfterFlush && follower.Flushed < follower.LogEnd);

    /// <summary>Begins a new session.</summary>
    private void Restart(FollowerProgress follower, long nowMs, List<LeaderEffect> effects)
    {
        follower.ProbePauseMs = 0;
        Probe(follower, LeaderEpoch.Unknown, nowMs, effects);
    }

    /// <summary>Ends the session; the next one begins after a pause.</summary>
    private void Pause(FollowerProgress follower, long nowMs)
    {
        follower.Reset(logEnd, nowMs);
        follower.NextProbeMs = nowMs + Math.Max(follower.ProbePauseMs, settings.ProbeRetryMs);
    }

    private void Probe(FollowerProgress follower, LeaderEpoch epoch, long nowMs, List<LeaderEffect> effects)
    {
        follower.Reset(logEnd, nowMs);
        follower.Session = ++session;
        follower.Phase = StreamPhase.Probing;
        follower.ProbePauseMs = Math.Clamp(follower.ProbePauseMs * 2, settings.ProbeRetryMs, settings.ProbeRetryMaxMs);
        ContinueProbe(follower, epoch, nowMs, effects);
    }

    private void ContinueProbe(FollowerProgress follower, LeaderEpoch epoch, long nowMs, List<LeaderEffect> effects)
    {
        follower.NextProbeMs = nowMs + follower.ProbePauseMs;
        effects.Add(new LeaderEffect
        {
            Kind = LeaderEffectKind.SendFetchState, Node = follower.Node, FetchState = new FetchState(KeyOf(follower), epoch),
        });
    }

    private void SendTruncate(FollowerProgress follower, Offset to, bool restartAt, long nowMs, List<LeaderEffect> effects)
    {
        follower.NextProbeMs = nowMs + follower.ProbePauseMs;
        effects.Add(new LeaderEffect
        {
            Kind = LeaderEffectKind.SendTruncate, Node = follower.Node, Truncate = new Truncate(KeyOf(follower), to, restartAt),
        });
    }
}
