using ActorBroker.Model;

namespace ActorBroker.Replication.Tests;

public class FollowerCoreTests
{
    private static readonly StreamKey Key = new(new(3), new(1), new(10), new(2), new(20), 5);
    private readonly TestLog log = new();
    private readonly FollowerCore core = new();
    private readonly List<FollowerEffect> effects = [];

    public FollowerCoreTests()
    {
        log.Append([new(1, 1), new(1, 2), new(2, 3), new(2, 4)]);
        log.HighWatermark = 2;
    }

    [Theory]
    [InlineData(2, 10, 20, RefusalReason.FencedLeaderEpoch)]
    [InlineData(3, 9, 20, RefusalReason.StaleBrokerEpoch)]
    [InlineData(3, 10, 19, RefusalReason.StaleBrokerEpoch)]
    public void A_stale_node_is_refused(int leaderEpoch, long leaderBroker, long followerBroker, RefusalReason reason)
    {
        Follow();
        var key = Key with { LeaderEpoch = new(leaderEpoch), LeaderBrokerEpoch = new(leaderBroker), FollowerBrokerEpoch = new(followerBroker) };

        core.Step(new FetchState(key, LeaderEpoch.Unknown), 0, effects);
        core.Step(PushOf(4, 5) with { Stream = key }, 0, effects);

        Assert.All(effects, effect => Assert.Equal(new Refusal(key, reason, new(3)), effect.Refusal));
        Assert.Equal(2, effects.Count);
    }

    [Fact]
    public void A_leader_whose_image_came_first_is_answered_when_this_node_has_it_too()
    {
        core.Step(new FetchState(Key, LeaderEpoch.Unknown), 0, effects);
        Assert.Empty(effects);

        Become();

        var state = Assert.Single(effects).State;
        Assert.Equal(Key, state.Stream);
        Assert.Equal(new EpochEnd(new(2), new(4)), state.End);
    }

    [Fact]
    public void A_push_that_continues_the_log_is_written_and_acknowledged()
    {
        Probe();
        core.Step(PushOf(4, 6), 0, effects);
        Assert.Equal(FollowerEffectKind.Write, Assert.Single(effects).Kind);

        Write(2);

        Assert.Equal(new PushAck(Key, new(6), new(0), PushVerdict.Written), effects[^1].Ack);
    }

    [Fact]
    public void The_high_watermark_never_passes_what_is_written()
    {
        Probe();
        core.Step(PushOf(4, 6) with { HighWatermark = new(9) }, 0, effects);
        Assert.Equal(2, core.HighWatermark.Value);

        Write(2);

        Assert.Equal(6, core.HighWatermark.Value);
    }

    [Fact]
    public void A_gap_is_told_once_and_never_beyond_what_is_written()
    {
        Probe();
        core.Step(PushOf(4, 6), 0, effects);
        core.Step(PushOf(7, 8), 0, effects);
        core.Step(PushOf(8, 9), 0, effects);
        Assert.DoesNotContain(effects, effect => effect.Kind == FollowerEffectKind.SendAck);

        Write(2);
        core.Step(PushOf(9, 10), 0, effects);

        var ack = Assert.Single(effects, effect => effect.Kind == FollowerEffectKind.SendAck).Ack;
        Assert.Equal(new PushAck(Key, new(6), new(0), PushVerdict.Gap), ack);
    }

    [Fact]
    public void Another_epoch_before_the_push_is_a_divergence()
    {
        Probe();
        core.Step(PushOf(4, 5) with { PreviousEpoch = new(1) }, 0, effects);

        Assert.Equal(PushVerdict.Diverged, Assert.Single(effects).Ack.Verdict);
    }

    [Fact]
    public void A_repeated_push_is_acknowledged_and_not_written_again()
    {
        Probe();
        core.Step(PushOf(4, 6), 0, effects);
        Write(2);
        effects.Clear();

        core.Step(PushOf(4, 6), 0, effects);

        Assert.Equal(new PushAck(Key, new(6), new(0), PushVerdict.Written), Assert.Single(effects).Ack);
    }

    [Fact]
    public void A_truncation_is_obeyed_only_before_the_pushes_of_its_own_session()
    {
        Probe();
        core.Step(new Truncate(Key with { Session = 4 }, new(3), false), 0, effects);
        Assert.Empty(effects);

        core.Step(PushOf(4, 5), 0, effects);
        Write(1);
        effects.Clear();
        core.Step(new Truncate(Key, new(3), false), 0, effects);

        Assert.Empty(effects);
    }

    [Fact]
    public void A_truncation_below_the_high_watermark_is_reported_first()
    {
        Probe();
        core.Step(new Truncate(Key, new(1), false), 0, effects);

        Assert.Equal([FollowerEffectKind.ReportDivergedBelowHighWatermark, FollowerEffectKind.Truncate], effects.Select(effect => effect.Kind));
    }

    [Fact]
    public void A_truncation_above_the_high_watermark_is_no_news()
    {
        Probe();
        core.Step(new Truncate(Key, new(2), false), 0, effects);

        Assert.Equal(FollowerEffectKind.Truncate, Assert.Single(effects).Kind);
    }

    [Fact]
    public void An_older_session_cannot_come_back()
    {
        Probe();
        core.Step(new FetchState(Key with { Session = 4 }, LeaderEpoch.Unknown), 0, effects);

        Assert.Empty(effects);
    }

    [Fact]
    public void After_a_break_pushes_are_answered_with_the_wish_to_begin_again()
    {
        Probe();
        core.Step(PushOf(4, 5), 0, effects);
        Write(1);
        effects.Clear();

        core.Step(new StreamBroken(new(1)), 0, effects);
        core.Step(PushOf(5, 6), 0, effects);

        Assert.Equal(PushVerdict.Diverged, Assert.Single(effects).Ack.Verdict);
    }

    [Fact]
    public void With_group_commit_an_acknowledgement_waits_for_the_flush()
    {
        Follow(acksAfterFlush: true);
        core.Step(new FetchState(Key, LeaderEpoch.Unknown), 0, effects);
        effects.Clear();
        core.Step(PushOf(4, 6), 0, effects);
        Write(2);
        Assert.DoesNotContain(effects, effect => effect.Kind == FollowerEffectKind.SendAck);

        core.Step(new LogFlushed(new(6)), 0, effects);

        Assert.Equal(new PushAck(Key, new(6), new(6), PushVerdict.Written), effects[^1].Ack);
    }

    [Fact]
    public void The_log_start_travels_no_further_than_the_high_watermark()
    {
        Probe();
        core.Step(PushOf(4, 5) with { Bytes = 0, End = new(4), HighWatermark = new(3), LogStartOffset = new(4) }, 0, effects);

        Assert.Contains(effects, effect => effect.Kind == FollowerEffectKind.SetLogStart && effect.Offset.Value == 3);
    }

    private static Push PushOf(long from, long end) =>
        new(Key, new(from), new(end), new(from == 4 ? 2 : 3), new(3), new(0), new(0), 100, false);

    private void Become(bool acksAfterFlush = false)
    {
        var state = new PartitionState(
            new(3), new(7), new(1), [new ReplicaInfo(new(1), new(10), false), new ReplicaInfo(new(2), new(20), false)], [new NodeId(1), new NodeId(2)]);
        core.Step(new BecomeFollower(new(2), state, log.Offsets, log, acksAfterFlush), 0, effects);
    }

    private void Follow(bool acksAfterFlush = false)
    {
        Become(acksAfterFlush);
        effects.Clear();
    }

    private void Probe()
    {
        Follow();
        core.Step(new FetchState(Key, LeaderEpoch.Unknown), 0, effects);
        effects.Clear();
    }

    private void Write(int count)
    {
        log.Append(Enumerable.Range(0, count).Select(id => new TestRecord(3, 100 + id)));
        core.Step(new Written(new(log.End)), 0, effects);
    }
}
