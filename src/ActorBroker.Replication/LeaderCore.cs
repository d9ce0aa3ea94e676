using System.Collections.Immutable;
using ActorBroker.Model;

namespace ActorBroker.Replication;

/// <summary>
/// The leader of one partition: brings followers to its own log, counts what they hold, and moves the high watermark. It has no I/O and no
/// clock. Each <c>Step</c> takes one event and the time in milliseconds, and adds what is to be done to a list, in order; an event that comes out of
/// carrying out an effect may be stepped at once, with effects going to the end of the same list.
/// <para>The high watermark is the smallest log end (with group commit: flushed end) of the maximal ISR: the committed in-sync replicas and those that
/// any unanswered proposal would add. It stands still while there are fewer committed in-sync replicas than <c>min.insync.replicas</c> (KIP-966), and
/// never goes back.</para>
/// <para>A follower is first asked for its state. The divergence is found by epochs (KIP-101, KIP-279), the follower truncates and tells its state
/// again; when its log is a prefix of the leader's, pushes begin. Everything of that is one session; a break begins the next one.</para>
/// </summary>
public sealed partial class LeaderCore(LeaderSettings settings)
{
    private readonly Dictionary<NodeId, FollowerProgress> followers = [];
    private IEpochHistory epochs = null!;
    private PartitionState state = null!;
    private NodeId self;
    private BrokerEpoch selfEpoch;
    private DurabilityRule rule;
    private Offset logStart;
    private Offset logEnd;
    private Offset flushed;
    private Offset epochStart;
    private long session;

    /// <summary>Whether this replica leads and no follower has told of a newer epoch. Nothing may be appended otherwise.</summary>
    public bool IsLeading { get; private set; }

    public Offset HighWatermark { get; private set; }

    public Offset LogEndOffset => logEnd;

    public LeaderEpoch LeaderEpoch => state?.LeaderEpoch ?? LeaderEpoch.Unknown;

    /// <summary>The newest committed partition epoch that is known.</summary>
    public PartitionEpoch PartitionEpoch => state.Epoch;

    /// <summary>The partition as the leader knows it: ahead of the image when the controller has accepted a proposal.</summary>
    public PartitionState State => state;

    /// <summary>The committed in-sync replicas.</summary>
    public ImmutableArray<NodeId> Isr => state.Isr;

    /// <summary>Whether an append that wants all acknowledgements must be refused (NOT_ENOUGH_REPLICAS).</summary>
    public bool IsUnderMinIsr => state.Isr.Length < Math.Min(rule.MinInSyncReplicas, state.Replicas.Length);

    /// <summary>The largest session used so far; the next leadership of this broker registration begins above it.</summary>
    public long LastSession => session;

    /// <summary>Whether a tick would do nothing: every follower is in sync, holds everything and knows the offsets. Events may end that.</summary>
    public bool IsQuiet
    {
        get
        {
            if (proposal is not null)
            {
                return false;
            }

            foreach (var follower in followers.Values)
            {
                var hasAll = follower.Phase == StreamPhase.Streaming && follower.LogEnd == logEnd
                    && follower.SentHighWatermark == HighWatermark && follower.SentLogStart == logStart;
                if (!hasAll || LacksAcknowledgement(follower) || !state.Isr.Contains(follower.Node))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>What a follower is known to hold: null for a node that is no follower or has not said yet in this session.</summary>
    public Offset? LogEndOf(NodeId node) =>
        followers.TryGetValue(node, out var follower) && follower.Phase == StreamPhase.Streaming ? follower.LogEnd : null;

    /// <summary>Whether the follower is being pushed to (its log is a prefix of this one).</summary>
    public bool IsStreaming(NodeId node) => followers.TryGetValue(node, out var follower) && follower.Phase == StreamPhase.Streaming;

    public void Step(BecomeLeader start, long nowMs, List<LeaderEffect> effects)
    {
        (self, state, epochs, rule) = (start.Self, start.State, start.Epochs, start.Durability);
        selfEpoch = state.Find(self)?.BrokerEpoch ?? throw new ArgumentException($"node {self} has no replica of the partition that it should lead");
        (logStart, logEnd, flushed) = (start.Log.LogStartOffset, start.Log.LogEndOffset, start.Log.FlushedOffset);
        HighWatermark = Offset.Min(start.Log.HighWatermark, logEnd);
        epochStart = logEnd;
        session = Math.Max(session, start.AfterSession);
        IsLeading = true;
        followers.Clear();
        ForgetProposals();
        TakeUndecided(start.Undecided, nowMs);
        AddFollowers(nowMs, effects);
        AdvanceHighWatermark(nowMs, effects);
        ReviewIsr(nowMs, effects);
    }

    public void Step(in StateChanged change, long nowMs, List<LeaderEffect> effects)
    {
        var next = change.State;
        if (!IsLeading || next.Epoch.Value < state.Epoch.Value)
        {
            return;
        }

        if (next.LeaderEpoch != state.LeaderEpoch || next.Leader != self)
        {
            Step(default(Resign), nowMs, effects);
            return;
        }

        var isNewer = next.Epoch.Value > state.Epoch.Value;
        var wasUnder = IsUnderMinIsr;
        // Of the same partition epoch only the brokers can be news: an answer of the controller may have come before its image.
        state = isNewer ? next : next with { Isr = state.Isr };
        if (isNewer)
        {
            ForgetProposals();
        }

        AddFollowers(nowMs, effects);
        AfterIsrChange(wasUnder, nowMs, effects);
    }

    public void Step(in Resign resign, long nowMs, List<LeaderEffect> effects)
    {
        if (!IsLeading)
        {
            return;
        }

        IsLeading = false;
        followers.Clear();
        ForgetProposals();
        effects.Add(new LeaderEffect { Kind = LeaderEffectKind.FailWaiting, Failure = WaitingFailure.NotLeader });
    }

    public void Step(in Appended appended, long nowMs, List<LeaderEffect> effects)
    {
        if (appended.From != logEnd || appended.End <= appended.From)
        {
            throw new ArgumentException($"an append of [{appended.From},{appended.End}) at log end {logEnd}");
        }

        foreach (var follower in followers.Values)
        {
            follower.NoteIfCaughtUp(logEnd, nowMs);
        }

        logEnd = appended.End;
        AdvanceHighWatermark(nowMs, effects);
        foreach (var follower in followers.Values)
        {
            if (follower.Phase != StreamPhase.Streaming)
            {
                continue;
            }

            if (follower.Next == appended.From && !follower.IsReading && Fits(follower, appended.Bytes))
            {
                var push = MakePush(follower, appended.End, appended.Bytes, wantsAck: false) with { LastEpoch = state.LeaderEpoch };
                follower.Sent(appended.End, appended.Bytes, nowMs);
                effects.Add(new LeaderEffect { Kind = LeaderEffectKind.PushTail, Node = follower.Node, Push = push });
            }
            else
            {
                Pump(follower, effects);
            }
        }
    }

    public void Step(in LogFlushed log, long nowMs, List<LeaderEffect> effects)
    {
        flushed = Offset.Max(flushed, log.Offset);
        if (IsLeading && rule.AfterFlush)
        {
            AdvanceHighWatermark(nowMs, effects);
        }
    }

    public void Step(in LogStartMoved log, long nowMs, List<LeaderEffect> effects)
    {
        logStart = Offset.Max(logStart, log.Offset);
        TellHighWatermark(effects);
    }

    /// <summary>The topic's settings have changed.</summary>
    public void Step(in DurabilityRule durability, long nowMs, List<LeaderEffect> effects)
    {
        var wasUnder = IsLeading && IsUnderMinIsr;
        rule = durability;
        if (IsLeading)
        {
            AfterIsrChange(wasUnder, nowMs, effects);
        }
    }

    public void Step(in Tick tick, long nowMs, List<LeaderEffect> effects)
    {
        if (!IsLeading)
        {
            return;
        }

        foreach (var follower in followers.Values)
        {
            Supervise(follower, nowMs, effects);
        }

        RetryProposal(nowMs, effects);
        ReviewIsr(nowMs, effects);
    }

    private void AddFollowers(long nowMs, List<LeaderEffect> effects)
    {
        foreach (var node in followers.Keys)
        {
            if (state.Find(node) is null)
            {
                followers.Remove(node);
            }
        }

        foreach (var replica in state.Replicas)
        {
            if (replica.Node == self)
            {
                continue;
            }

            if (!followers.TryGetValue(replica.Node, out var follower))
            {
                follower = followers[replica.Node] = new FollowerProgress(replica, nowMs);
                Probe(follower, LeaderEpoch.Unknown, nowMs, effects);
                continue;
            }

            var registeredAgain = follower.Replica.BrokerEpoch != replica.BrokerEpoch;
            var returned = follower.Replica.IsFenced && !replica.IsFenced;
            follower.Replica = replica;
            if (returned)
            {
                follower.NoProposalBeforeMs = long.MinValue;
            }

            if (registeredAgain || (returned && follower.Phase != StreamPhase.Streaming))
            {
                Restart(follower, nowMs, effects);
            }
        }
    }

    private void AdvanceHighWatermark(long nowMs, List<LeaderEffect> effects)
    {
        if (IsUnderMinIsr)
        {
            return;
        }

        var lowest = rule.AfterFlush ? Offset.Min(flushed, logEnd) : logEnd;
        foreach (var follower in followers.Values)
        {
            if (IsInMaximalIsr(follower.Node))
            {
                var held = follower.Phase == StreamPhase.Streaming ? HeldBy(follower) : Offset.Unknown;
                lowest = Offset.Min(lowest, held);
            }
        }

        if (lowest > HighWatermark)
        {
            HighWatermark = lowest;
            effects.Add(new LeaderEffect { Kind = LeaderEffectKind.AdvanceHighWatermark, HighWatermark = lowest });
            TellHighWatermark(effects);
        }
    }

    /// <summary>To followers to which nothing is under way; the others hear of it with their next push or after their next acknowledgement.</summary>
    private void TellHighWatermark(List<LeaderEffect> effects)
    {
        foreach (var follower in followers.Values)
        {
            TellHighWatermark(follower, effects);
        }
    }

    private void TellHighWatermark(FollowerProgress follower, List<LeaderEffect> effects)
    {
        if (follower.Phase == StreamPhase.Streaming && !follower.HasInFlight && !follower.IsReading && follower.Next == logEnd
            && (follower.SentHighWatermark < HighWatermark || follower.SentLogStart < logStart))
        {
            SendHighWatermark(follower, wantsAck: false, effects);
        }
    }

    private void SendHighWatermark(FollowerProgress follower, bool wantsAck, List<LeaderEffect> effects)
    {
        var push = MakePush(follower, follower.Next, 0, wantsAck);
        effects.Add(new LeaderEffect { Kind = LeaderEffectKind.SendHighWatermark, Node = follower.Node, Push = push });
    }

    private Push MakePush(FollowerProgress follower, Offset end, int bytes, bool wantsAck)
    {
        follower.SentHighWatermark = HighWatermark;
        follower.SentLogStart = logStart;
        // What lay below the log start is forgotten, and what the follower has there does not matter.
        var previous = follower.Next <= logStart ? LeaderEpoch.Unknown
            : follower.Next > epochStart ? state.LeaderEpoch : epochs.At(follower.Next - 1);
        return new Push(KeyOf(follower), follower.Next, end, previous, previous, HighWatermark, logStart, bytes, wantsAck);
    }

    private StreamKey KeyOf(FollowerProgress follower) =>
        new(state.LeaderEpoch, self, selfEpoch, follower.Node, follower.Replica.BrokerEpoch, follower.Session);
}
