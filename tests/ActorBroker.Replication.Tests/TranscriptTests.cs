namespace ActorBroker.Replication.Tests;

/// <summary>Scenarios as they are said between the cores, word for word.</summary>
public class TranscriptTests
{
    private readonly TestPartition partition = new(3, new DurabilityRule(2, false));

    [Fact]
    public void A_new_leader_asks_for_states_and_then_pushes_what_is_appended()
    {
        partition.Elect(1);
        partition.Settle();
        partition[1].Append(2);
        partition.Settle();

        Says("""
            1: fetch-state to 2 s1
            1: fetch-state to 3 s2
            2: state s0: log [0,0) hw 0, epoch -1 ends at -1
            3: state s0: log [0,0) hw 0, epoch -1 ends at -1
            2: state s1: log [0,0) hw 0, epoch -1 ends at -1
            3: state s2: log [0,0) hw 0, epoch -1 ends at -1
            1: hw 0 to 2 at 0
            1: hw 0 to 3 at 0
            1: push tail to 2 [0,2) after e-1, hw 0
            1: push tail to 3 [0,2) after e-1, hw 0
            2: write
            2: ack s1 Written: log end 2, flushed 0
            3: write
            3: ack s2 Written: log end 2, flushed 0
            1: advance hw to 2
            1: hw 2 to 2 at 2
            1: hw 2 to 3 at 2
            2: set hw 2
            3: set hw 2
            """);
    }

    [Fact]
    public void A_follower_with_records_that_the_new_leader_lacks_truncates_them()
    {
        Lead();
        partition[1].Append(3);
        partition.Network.Clear();
        partition.Transcript.Take();

        partition.Elect(2, 2, 3);
        partition[2].Append(1);
        partition.Settle();

        Says("""
            1: fail waiting: NotLeader
            1: state s0: log [0,3) hw 0, epoch 1 ends at 3
            2: fetch-state to 1 s1
            2: fetch-state to 3 s2
            3: state s0: log [0,0) hw 0, epoch -1 ends at -1
            1: state s1: log [0,3) hw 0, epoch 1 ends at 3
            3: state s2: log [0,0) hw 0, epoch -1 ends at -1
            2: truncate 1 at 0 s1
            2: read and push to 3 from 0 after e-1, 1048576 bytes
            1: truncate to 0
            1: state s1: log [0,0) hw 0, epoch -1 ends at -1
            3: write
            3: ack s2 Written: log end 1, flushed 0
            2: propose isr [1,2,3] on epoch 2 attempt 1
            2: read and push to 1 from 0 after e-1, 1048576 bytes
            1: write
            1: ack s1 Written: log end 1, flushed 0
            2: advance hw to 1
            2: hw 1 to 1 at 1
            2: hw 1 to 3 at 1
            1: set hw 1
            3: set hw 1
            controller: Accepted, isr [1,2,3] epoch 3
            """);
    }

    [Fact]
    public void Epochs_that_the_leader_never_saw_are_stepped_over_one_by_one()
    {
        Lead();
        partition[1].Append(2);
        partition.Network.Clear();
        partition.Elect(2);
        partition.Network.Clear();
        partition[2].Append(1);
        partition.Elect(1);
        partition.Network.Clear();
        partition[1].Append(2);
        partition.Transcript.Take();

        partition.Elect(2);
        partition.Settle();

        Says("""
            1: fail waiting: NotLeader
            1: state s0: log [0,4) hw 0, epoch 3 ends at 4
            2: fetch-state to 1 s3
            2: fetch-state to 3 s4
            3: state s0: log [0,0) hw 0, epoch -1 ends at -1
            1: state s3: log [0,4) hw 0, epoch 3 ends at 4
            3: state s4: log [0,0) hw 0, epoch -1 ends at -1
            2: fetch-state to 1 s3 epoch 2
            2: read and push to 3 from 0 after e-1, 1048576 bytes
            1: state s3: log [0,4) hw 0, epoch 1 ends at 2
            3: write
            3: ack s4 Written: log end 1, flushed 0
            2: truncate 1 at 0 s3
            1: truncate to 0
            1: state s3: log [0,0) hw 0, epoch -1 ends at -1
            2: read and push to 1 from 0 after e-1, 1048576 bytes
            1: write
            1: ack s3 Written: log end 1, flushed 0
            2: advance hw to 1
            2: hw 1 to 1 at 1
            2: hw 1 to 3 at 1
            1: set hw 1
            3: set hw 1
            """);
    }

    [Fact]
    public void A_lost_push_is_noticed_with_the_next_one_and_sent_again()
    {
        Lead();
        partition[1].Append(1);
        partition.Network.RemoveAll(envelope => envelope.To.Value == 2);
        partition.Transcript.Take();

        partition[1].Append(1);
        partition.Settle();

        Says("""
            1: push tail to 2 [1,2) after e1, hw 0
            1: push tail to 3 [1,2) after e1, hw 0
            3: write
            3: ack s2 Written: log end 1, flushed 0
            2: ack s1 Gap: log end 0, flushed 0
            3: write
            3: ack s2 Written: log end 2, flushed 0
            1: read and push to 2 from 0 after e-1, 1048576 bytes
            2: write
            2: ack s1 Written: log end 2, flushed 0
            1: advance hw to 2
            1: hw 2 to 2 at 2
            1: hw 2 to 3 at 2
            2: set hw 2
            3: set hw 2
            """);
    }

    [Fact]
    public void A_lost_last_push_is_noticed_when_an_acknowledgement_is_wanted()
    {
        Lead();
        partition[1].Append(1);
        partition.Network.RemoveAll(envelope => envelope.To.Value == 2);
        partition.Settle();
        partition.Transcript.Take();

        partition.Tick(partition.Settings.NudgeMs);
        partition.Settle();

        Says("""
            1: hw 0 to 2 at 1, ack wanted
            2: ack s1 Gap: log end 0, flushed 0
            1: read and push to 2 from 0 after e-1, 1048576 bytes
            2: write
            2: ack s1 Written: log end 1, flushed 0
            1: advance hw to 1
            1: hw 1 to 2 at 1
            1: hw 1 to 3 at 1
            2: set hw 1
            3: set hw 1
            """);
    }

    [Fact]
    public void A_follower_that_lags_leaves_the_isr_and_comes_back_when_it_has_caught_up()
    {
        Lead();
        partition[3].Crash();
        partition[1].Append(1);
        partition.Settle();
        partition.Transcript.Take();

        partition.Tick(partition.Settings.LagTimeMaxMs + 1);
        partition.Settle();
        partition[3].Start();
        partition.Settle();

        Says("""
            1: fetch-state to 3 s3
            1: propose isr [1,2] on epoch 1 attempt 1
            controller: Accepted, isr [1,2] epoch 2
            1: advance hw to 1
            1: hw 1 to 2 at 1
            2: set hw 1
            1: fetch-state to 3 s4
            3: state s0: log [0,0) hw 0, epoch -1 ends at -1
            3: state s4: log [0,0) hw 0, epoch -1 ends at -1
            1: read and push to 3 from 0 after e-1, 1048576 bytes, catch-up
            3: write
            3: set hw 1
            3: ack s4 Written: log end 1, flushed 0
            1: propose isr [1,2,3] on epoch 2 attempt 2
            controller: Accepted, isr [1,2,3] epoch 3
            """);
    }

    [Fact]
    public void A_follower_below_the_log_start_begins_again_there()
    {
        Lead();
        partition[3].Crash();
        partition.Fence(3);
        partition[1].Append(5);
        partition.Settle();
        partition[1].MoveLogStart(4);
        partition.Settle();
        partition.Transcript.Take();

        partition[3].Start();
        partition.Settle();

        Says("""
            1: fetch-state to 3 s3
            3: state s0: log [0,0) hw 0, epoch -1 ends at -1
            3: state s3: log [0,0) hw 0, epoch -1 ends at -1
            1: restart 3 at 4 s3
            3: restart at 4
            3: state s3: log [4,4) hw 4, epoch -1 ends at -1
            1: read and push to 3 from 4 after e-1, 1048576 bytes, catch-up
            3: write
            3: set hw 5
            3: ack s3 Written: log end 5, flushed 0
            1: propose isr [1,2,3] on epoch 2 attempt 2
            controller: Accepted, isr [1,2,3] epoch 3
            """);
    }

    private void Lead()
    {
        partition.Elect(1);
        partition.Settle();
        partition.Transcript.Take();
    }

    private void Says(string expected) => Assert.Equal(expected, partition.Transcript.Take());
}
