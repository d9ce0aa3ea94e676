using ActorBroker.Model;

namespace ActorBroker.Replication.Tests;

public class LeaderCoreTests
{
    private readonly TestPartition partition = new(3, new DurabilityRule(2, false), new LeaderSettings { WindowBytes = 500, ReadBytes = 200 });

    private TestReplica Leader => partition[1];

    private long HighWatermark => Leader.LeaderCore.HighWatermark.Value;

    [Fact]
    public void The_high_watermark_waits_for_the_slowest_in_sync_replica()
    {
        Lead();
        Leader.Append(3);

        DeliverTo(2);
        Assert.Equal(0, HighWatermark);

        partition.Settle();
        Assert.Equal(3, HighWatermark);
    }

    /// <summary>Below this log's start epoch 1 may have begun long before the follower's epoch 0 ends.</summary>
    [Theory]
    [InlineData(6)]
    [InlineData(4)]
    public void A_follower_that_shares_nothing_above_the_log_start_begins_again_there(long followerEnd)
    {
        var log = new TestLog();
        log.Append([new(0, 1), new(0, 2), new(1, 3), new(1, 4), new(1, 5), new(1, 6)]);
        log.MoveStart(4);
        log.HighWatermark = 5;
        log.AssignEpoch(2);
        var state = new PartitionState(new(2), new(7), new(1), [new(new(1), new(10), false), new(new(2), new(20), false)], [new(1)]);
        var core = new LeaderCore(new LeaderSettings());
        var effects = new List<LeaderEffect>();
        core.Step(new BecomeLeader(new(1), state, log.Offsets, log, new DurabilityRule(1, false), 0), 0, effects);
        var stream = effects.Single(effect => effect.Kind == LeaderEffectKind.SendFetchState).FetchState.Stream;
        effects.Clear();

        core.Step(new FollowerState(stream, LeaderEpoch.Unknown, new(new(0), new(followerEnd)), new(0), new(followerEnd), new(2), new(0)), 0, effects);

        Assert.Equal(new Truncate(stream, new(4), RestartAt: true), Assert.Single(effects).Truncate);
    }

    [Fact]
    public void A_leader_alone_in_the_isr_advances_by_itself()
    {
        var alone = new TestPartition(1, new DurabilityRule(1, false));
        alone.Elect(1);

        alone[1].Append(4);

        Assert.Equal(4, alone[1].LeaderCore.HighWatermark.Value);
        Assert.Empty(alone.Network);
    }

    [Fact]
    public void With_group_commit_the_high_watermark_waits_for_every_flush()
    {
        var flushed = new TestPartition(2, new DurabilityRule(1, true));
        flushed.Elect(1);
        flushed.Settle();
        flushed[1].Append(2);
        flushed.Settle();
        Assert.Equal(0, flushed[1].LeaderCore.HighWatermark.Value);

        flushed[2].Flush();
        flushed.Settle();
        Assert.Equal(0, flushed[1].LeaderCore.HighWatermark.Value);

        flushed[1].Flush();
        Assert.Equal(2, flushed[1].LeaderCore.HighWatermark.Value);
    }

    [Fact]
    public void With_group_commit_a_replica_joins_when_it_has_flushed_what_is_committed()
    {
        var flushed = new TestPartition(2, new DurabilityRule(1, true));
        flushed[2].Crash();
        flushed.Elect(1, 1);
        flushed[1].Append(2);
        flushed[1].Flush();
        Assert.Equal(2, flushed[1].LeaderCore.HighWatermark.Value);
        flushed[2].Start();
        flushed.Settle();
        // In a new session it tells of all that it has written.
        flushed[1].Break(2);
        flushed.Tick(1_000);
        flushed.Settle();
        Assert.Equal((2, 1), (flushed[2].Log.End, flushed[1].LeaderCore.Isr.Length));

        flushed[2].Flush();
        flushed.Settle();

        Assert.Equal(2, flushed[1].LeaderCore.Isr.Length);
    }

    [Fact]
    public void A_proposed_replica_counts_before_the_controller_has_answered()
    {
        Lead(1, 2);
        Assert.True(Leader.LeaderCore.IsInMaximalIsr(new(3)));
        Leader.Append(1);

        DeliverTo(2);
        DeliverTo(1);

        Assert.Equal(0, HighWatermark);
    }

    [Fact]
    public void A_replica_that_is_proposed_to_leave_counts_until_the_controller_has_answered()
    {
        Lead();
        Leader.Append(1);
        partition.Fence(3);
        DeliverTo(2);
        DeliverTo(1);
        Assert.Equal(0, HighWatermark);

        partition.AnswerProposal();

        Assert.Equal(1, HighWatermark);
    }

    [Fact]
    public void After_an_outdated_proposal_its_replicas_count_until_a_newer_image()
    {
        Lead(1, 2);
        partition.State = partition.State with { Epoch = new(partition.State.Epoch.Value + 1) };
        partition.AnswerProposal();
        Assert.True(Leader.LeaderCore.IsInMaximalIsr(new(3)));
        partition.Tick(5_000);
        Assert.Empty(partition.Proposals);

        Leader.Apply(partition.State);

        var (_, proposal) = Assert.Single(partition.Proposals);
        Assert.Equal(partition.State.Epoch, proposal.Base);
    }

    [Fact]
    public void A_refused_proposal_is_forgotten_and_made_again_after_a_pause()
    {
        Lead(1, 2);
        var proposal = Take();
        Leader.Answer(new ProposalAnswered(proposal.Base, proposal.Attempt, ProposalResult.Refused, default));
        Assert.False(Leader.LeaderCore.IsInMaximalIsr(new(3)));
        Leader.Tick();
        Assert.Empty(partition.Proposals);

        partition.Tick(partition.Settings.ProposalRetryMs);

        Assert.Single(partition.Proposals);
    }

    [Fact]
    public void A_refusal_of_an_earlier_attempt_says_nothing_about_the_last_one()
    {
        Lead(1, 2);
        var first = Take();
        partition.Tick(partition.Settings.ProposalRetryMs);
        var second = Take();
        Assert.NotEqual(first.Attempt, second.Attempt);

        Leader.Answer(new ProposalAnswered(first.Base, first.Attempt, ProposalResult.Refused, default));

        Assert.True(Leader.LeaderCore.IsInMaximalIsr(new(3)));
    }

    /// <summary>As a replica does that failed and starts again: the controller may have accepted what its leader proposed before.</summary>
    [Fact]
    public void A_leader_that_starts_again_in_its_epoch_counts_and_repeats_what_it_had_proposed()
    {
        Lead(1, 2);
        var before = Take();
        var again = new LeaderCore(partition.Settings);
        var effects = new List<LeaderEffect>();

        again.Step(
            new BecomeLeader(new(1), Leader.LeaderCore.State, Leader.Log.Offsets, Leader.Log, partition.Rule, Leader.LeaderCore.LastSession) { Undecided = Leader.LeaderCore.Proposal },
            0,
            effects);
        Assert.True(again.IsInMaximalIsr(new(3)));
        effects.Clear();
        again.Step(default(Tick), 1, effects);
        var repeated = Assert.Single(effects, effect => effect.Kind == LeaderEffectKind.ProposeIsr).Proposal!;
        again.Step(new ProposalAnswered(before.Base, before.Attempt, ProposalResult.Refused, default), 2, effects);

        Assert.Equal(before with { Attempt = before.Attempt + 1 }, repeated);
        Assert.True(again.IsInMaximalIsr(new(3)));
    }

    [Fact]
    public void A_leader_of_a_newer_partition_epoch_does_not_repeat_an_older_proposal()
    {
        Lead(1, 2);
        var before = Take();
        var again = new LeaderCore(partition.Settings);
        var newer = Leader.LeaderCore.State with { Epoch = new(before.Base.Value + 1) };

        again.Step(new BecomeLeader(new(1), newer, Leader.Log.Offsets, Leader.Log, partition.Rule, 9) { Undecided = before }, 0, []);

        Assert.Null(again.Proposal);
        Assert.False(again.IsInMaximalIsr(new(3)));
    }

    [Fact]
    public void Below_min_isr_appends_that_wait_fail_and_the_high_watermark_stands_still()
    {
        Lead();
        Leader.Append(1);
        partition.Fence(2);
        partition.AnswerProposal();
        partition.Fence(3);
        partition.AnswerProposal();

        Assert.True(Leader.LeaderCore.IsUnderMinIsr);
        Assert.Equal([WaitingFailure.NotEnoughReplicasAfterAppend], Leader.Failures);
        Assert.Equal(0, HighWatermark);
    }

    [Fact]
    public void A_fenced_follower_leaves_at_once_and_is_not_asked_back()
    {
        Lead();

        partition.Fence(3);
        partition.AnswerProposal();
        Leader.Append(1);
        partition.Settle();

        Assert.Equal([1, 2], partition.State.Isr.Select(node => node.Value));
        Assert.Equal(1, HighWatermark);
    }

    [Fact]
    public void A_follower_that_cannot_write_leaves_at_once_and_comes_back_when_it_has_written()
    {
        Lead();
        Leader.Append(1);
        DeliverTo(2);
        DeliverTo(3);
        var at = partition.Network.FindIndex(envelope => envelope.From.Value == 3 && envelope.Message is PushAck);
        var ack = (PushAck)partition.Network[at].Message;
        partition.Network[at] = partition.Network[at] with { Message = ack with { Verdict = PushVerdict.Failed } };

        DeliverTo(1);
        partition.AnswerProposal();
        Assert.Equal([1, 2], partition.State.Isr.Select(node => node.Value));
        Assert.Equal(1, HighWatermark);

        partition.Tick(partition.Settings.ProbeRetryMs);
        partition.Settle();
        Assert.Equal([1, 2], partition.State.Isr.Select(node => node.Value));

        Leader.Append(1);
        partition.Settle();
        Assert.Equal([1, 2, 3], partition.State.Isr.Select(node => node.Value).Order());
    }

    [Fact]
    public void An_idle_follower_whose_stream_breaks_keeps_its_place_for_the_lag_time()
    {
        Lead();
        partition.Tick(10 * partition.Settings.LagTimeMaxMs);
        Leader.Break(3);
        partition.Network.RemoveAll(envelope => envelope.To.Value == 3);

        Leader.Tick();
        Assert.Empty(partition.Proposals);

        partition.NowMs += partition.Settings.LagTimeMaxMs + 1;
        Leader.Append(1);
        Leader.Tick();
        Assert.Single(partition.Proposals);
    }

    [Fact]
    public void No_more_than_the_window_is_under_way()
    {
        Lead();
        for (var i = 0; i < 10; i++)
        {
            Leader.Append(2);
        }

        var underWay = partition.Network.Where(envelope => envelope.To.Value == 2).Sum(envelope => ((Push)envelope.Message).Bytes);
        Assert.InRange(underWay, 400, 500);
        partition.Settle();
        Assert.Equal(20, HighWatermark);
    }

    [Fact]
    public void Nothing_is_sent_to_a_congested_node_until_it_is_free_again()
    {
        Lead();
        Leader.Congest(2, true);
        Leader.Append(2);
        Assert.DoesNotContain(partition.Network, envelope => envelope.To.Value == 2);

        Leader.Congest(2, false);
        partition.Settle();

        Assert.Equal(2, HighWatermark);
    }

    [Fact]
    public void Resignation_fails_what_waits_and_a_newer_epoch_told_by_a_follower_is_one()
    {
        Lead();
        Leader.Append(1);
        var key = partition.Network.Select(envelope => envelope.Message).OfType<Push>().First().Stream;

        Leader.Receive(new Envelope(key.Follower, key.Leader, new Refusal(key, RefusalReason.FencedLeaderEpoch, new(key.LeaderEpoch.Value + 1)), []));

        Assert.False(Leader.LeaderCore.IsLeading);
        Assert.Equal([WaitingFailure.NotLeader], Leader.Failures);
    }

    [Fact]
    public void Acknowledgements_of_an_older_session_do_not_count()
    {
        Lead();
        Leader.Append(1);
        DeliverTo(2);
        DeliverTo(3);
        Leader.Break(2);
        Leader.Break(3);

        DeliverTo(1);

        Assert.Equal(0, HighWatermark);
    }

    [Fact]
    public void Acknowledgements_of_an_older_registration_do_not_count()
    {
        Lead();
        Leader.Append(1);
        DeliverTo(2);
        DeliverTo(3);
        var again = partition.State.Replicas.Select(replica => replica with { BrokerEpoch = new(replica.BrokerEpoch.Value + 1) });
        Leader.Apply(partition.State with { Replicas = [.. again] });

        DeliverTo(1);

        Assert.Equal(0, HighWatermark);
    }

    private void Lead(params int[] isr)
    {
        partition.Elect(1, isr);
        while (partition.Network.Count > 0)
        {
            partition.Deliver(0);
        }
    }

    private void DeliverTo(int node)
    {
        for (var count = partition.Network.Count; count > 0; count--)
        {
            var index = partition.Network.FindIndex(envelope => envelope.To.Value == node);
            if (index < 0)
            {
                return;
            }

            partition.Deliver(index);
        }
    }

    private IsrProposal Take()
    {
        var (_, proposal) = Assert.Single(partition.Proposals);
        partition.Proposals.Clear();
        return proposal;
    }
}
