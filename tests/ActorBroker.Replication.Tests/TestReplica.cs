using ActorBroker.Model;

namespace ActorBroker.Replication.Tests;

/// <summary>The shell of both cores over a log in memory.</summary>
public sealed class TestReplica(TestPartition partition, NodeId node)
{
    private static long nextId;
    private readonly List<LeaderEffect> leaderEffects = [];
    private readonly List<FollowerEffect> followerEffects = [];
    private IReadOnlyList<TestRecord> incoming = [];

    public NodeId Node => node;

    public TestLog Log { get; } = new();

    public LeaderCore LeaderCore { get; private set; } = new(partition.Settings);

    public FollowerCore FollowerCore { get; private set; } = new();

    public bool IsUp { get; private set; } = true;

    /// <summary>What waiting appends were failed with.</summary>
    public List<WaitingFailure> Failures { get; } = [];

    private long Now => partition.NowMs;

    public void Apply(PartitionState state)
    {
        if (state.Leader == node)
        {
            if (LeaderCore.IsLeading && LeaderCore.LeaderEpoch == state.LeaderEpoch)
            {
                LeaderCore.Step(new StateChanged(state), Now, leaderEffects);
            }
            else if (LeaderCore.LeaderEpoch < state.LeaderEpoch)
            {
                FollowerCore.Step(default(Resign), Now, followerEffects);
                Log.AssignEpoch(state.LeaderEpoch.Value);
                LeaderCore.Step(new BecomeLeader(node, state, Log.Offsets, Log, partition.Rule, LeaderCore.LastSession), Now, leaderEffects);
            }
        }
        else
        {
            LeaderCore.Step(default(Resign), Now, leaderEffects);
            FollowerCore.Step(new BecomeFollower(node, state, Log.Offsets, Log, partition.Rule.AfterFlush), Now, followerEffects);
        }

        CarryOut();
    }

    /// <summary>Writes records as the leader; false when it must not.</summary>
    public bool Append(int count)
    {
        if (!LeaderCore.IsLeading)
        {
            return false;
        }

        var from = Log.End;
        Log.Append([.. Enumerable.Range(0, count).Select(_ => new TestRecord(LeaderCore.LeaderEpoch.Value, Interlocked.Increment(ref nextId)))]);
        LeaderCore.Step(new Appended(new(from), new(Log.End), count * 100), Now, leaderEffects);
        CarryOut();
        return true;
    }

    public void Flush()
    {
        Log.Flushed = Log.End;
        LeaderCore.Step(new LogFlushed(new(Log.Flushed)), Now, leaderEffects);
        FollowerCore.Step(new LogFlushed(new(Log.Flushed)), Now, followerEffects);
        CarryOut();
    }

    public void MoveLogStart(long offset)
    {
        Log.MoveStart(offset);
        LeaderCore.Step(new LogStartMoved(new(offset)), Now, leaderEffects);
        CarryOut();
    }

    public void Tick()
    {
        LeaderCore.Step(default(Tick), Now, leaderEffects);
        CarryOut();
    }

    public void Break(int other)
    {
        LeaderCore.Step(new StreamBroken(new(other)), Now, leaderEffects);
        FollowerCore.Step(new StreamBroken(new(other)), Now, followerEffects);
        CarryOut();
    }

    public void Congest(int other, bool isCongested)
    {
        LeaderCore.Step(new PeerCongestion(new(other), isCongested), Now, leaderEffects);
        CarryOut();
    }

    public void Answer(in ProposalAnswered answer)
    {
        LeaderCore.Step(answer, Now, leaderEffects);
        CarryOut();
    }

    /// <summary>The process dies; the log stays. Its cores are gone.</summary>
    public void Crash()
    {
        IsUp = false;
        if (partition.Rule.AfterFlush)
        {
            Log.Truncate(Log.Flushed);
        }

        LeaderCore = new LeaderCore(partition.Settings);
        FollowerCore = new FollowerCore();
        leaderEffects.Clear();
        followerEffects.Clear();
    }

    /// <summary>The process starts again and registers with a newer broker epoch.</summary>
    public void Start()
    {
        IsUp = true;
        partition.State = partition.State with
        {
            Replicas = [.. partition.State.Replicas.Select(replica =>
                replica.Node == node ? replica with { BrokerEpoch = new(replica.BrokerEpoch.Value + 1), IsFenced = false } : replica)],
        };
        if (partition.State.Leader == node)
        {
            // A leader that registers again is elected again.
            partition.Elect(node.Value);
        }
        else
        {
            partition.TellAll();
        }
    }

    public void Receive(Envelope envelope)
    {
        incoming = envelope.Records;
        switch (envelope.Message)
        {
            case FetchState fetch: FollowerCore.Step(fetch, Now, followerEffects); break;
            case Truncate truncate: FollowerCore.Step(truncate, Now, followerEffects); break;
            case Push push: FollowerCore.Step(push, Now, followerEffects); break;
            case FollowerState state: LeaderCore.Step(state, Now, leaderEffects); break;
            case PushAck ack: LeaderCore.Step(ack, Now, leaderEffects); break;
            case Refusal refusal: LeaderCore.Step(refusal, Now, leaderEffects); break;
        }

        CarryOut();
    }

    private void CarryOut()
    {
        for (var i = 0; i < leaderEffects.Count; i++)
        {
            partition.Transcript.Note($"{node}: {leaderEffects[i]}");
            CarryOut(leaderEffects[i]);
        }

        leaderEffects.Clear();
        for (var i = 0; i < followerEffects.Count; i++)
        {
            partition.Transcript.Note($"{node}: {followerEffects[i]}");
            CarryOut(followerEffects[i]);
        }

        followerEffects.Clear();
    }

    private void CarryOut(in LeaderEffect effect)
    {
        switch (effect.Kind)
        {
            case LeaderEffectKind.SendFetchState: Send(effect.Node, effect.FetchState); break;
            case LeaderEffectKind.SendTruncate: Send(effect.Node, effect.Truncate); break;
            case LeaderEffectKind.SendHighWatermark: Send(effect.Node, effect.Push); break;
            case LeaderEffectKind.PushTail: Send(effect.Node, effect.Push, Log.Read(effect.Push.From.Value, effect.Push.End.Value)); break;
            case LeaderEffectKind.ReadAndPush: ReadAndPush(effect); break;
            case LeaderEffectKind.ProposeIsr: partition.Proposals.Add((node, effect.Proposal!)); break;
            case LeaderEffectKind.FailWaiting: Failures.Add(effect.Failure); break;
            case LeaderEffectKind.AdvanceHighWatermark: Commit(effect.HighWatermark.Value); break;
        }
    }

    private void ReadAndPush(in LeaderEffect effect)
    {
        var from = effect.Push.From.Value;
        if (from < Log.Start)
        {
            LeaderCore.Step(new ReadFailed(effect.Node, effect.Push.Stream.Session), Now, leaderEffects);
            return;
        }

        var end = Math.Min(Log.End, from + Math.Max(1, effect.Push.Bytes / 100));
        var records = Log.Read(from, end);
        var push = effect.Push with { End = new(end), LastEpoch = new(records[^1].Epoch), Bytes = records.Count * 100 };
        Send(effect.Node, push, records);
        LeaderCore.Step(new PushedFromLog(effect.Node, push.Stream.Session, push.From, push.End, push.Bytes), Now, leaderEffects);
    }

    private void Commit(long highWatermark)
    {
        Assert.True(highWatermark > Log.HighWatermark, $"the high watermark of {node} went from {Log.HighWatermark} to {highWatermark}");
        Log.HighWatermark = highWatermark;
        for (var offset = Log.Start; offset < highWatermark; offset++)
        {
            if (!partition.Committed.TryAdd(offset, Log[offset]))
            {
                Assert.Equal(partition.Committed[offset], Log[offset]);
            }
        }
    }

    private void CarryOut(in FollowerEffect effect)
    {
        switch (effect.Kind)
        {
            case FollowerEffectKind.SendState: Send(effect.State.Stream.Leader, effect.State); break;
            case FollowerEffectKind.SendAck: Send(effect.Ack.Stream.Leader, effect.Ack); break;
            case FollowerEffectKind.SendRefusal: Send(effect.Refusal.Stream.Leader, effect.Refusal); break;
            case FollowerEffectKind.SetHighWatermark: Log.HighWatermark = effect.Offset.Value; break;
            case FollowerEffectKind.SetLogStart: Log.MoveStart(effect.Offset.Value); break;
            case FollowerEffectKind.ReportDivergedBelowHighWatermark: partition.Divergences.Add($"{node} at {effect.Offset}"); break;
            case FollowerEffectKind.Write:
                Log.Append(incoming);
                FollowerCore.Step(new Written(new(Log.End)), Now, followerEffects);
                break;
            case FollowerEffectKind.Truncate or FollowerEffectKind.RestartAt:
                if (effect.Kind == FollowerEffectKind.Truncate)
                {
                    Log.Truncate(effect.Offset.Value);
                }
                else
                {
                    Log.RestartAt(effect.Offset.Value);
                }

                FollowerCore.Step(new Truncated(new(Log.End)), Now, followerEffects);
                break;
        }
    }

    private void Send(NodeId to, object message, IReadOnlyList<TestRecord>? records = null) =>
        partition.Network.Add(new Envelope(node, to, message, records ?? []));
}
