using ActorBroker.Harness;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>Scenarios of the metadata quorum as they are said between proposers and acceptors, word for word. A replica is its node and the first digits of its
/// disk's id; a batch is its offsets and its epoch, <c>!</c> for a controller's first.</summary>
public sealed class QuorumTranscriptTests
{
    private readonly QuorumWorld world = new(3, slowDisks: true) { Transcript = new Transcript() };
    private int incarnations;

    [Fact]
    public void A_new_cluster_is_founded_by_all_its_members()
    {
        Elect(1);

        Says("""
            1: to 1: Prepare 1 by 1
            1: to 2: Prepare 1 by 1
            1: to 3: Prepare 1 by 1
            1: store promise 1
            1: Promise 1 by 1:1001: 0@0..0 () committed 0
            2: store promise 1
            2: Promise 1 by 2:2002: 0@0..0 () committed 0
            3: store promise 1
            3: Promise 1 by 3:3003: 0@0..0 () committed 0
            1: assign 0-0@1!
            1: assign 1-1@1 [1:1001 2:2002 3:3003]
            1: to 1: batches after 0@0 up to 2, committed 0
            1: to 2: batches after 0@0 up to 2, committed 0
            1: to 3: batches after 0@0 up to 2, committed 0
            1: write [0-0@1!, 1-1@1 [1:1001 2:2002 3:3003]]
            1: flush
            2: write [0-0@1!, 1-1@1 [1:1001 2:2002 3:3003]]
            2: flush
            3: write [0-0@1!, 1-1@1 [1:1001 2:2002 3:3003]]
            3: flush
            1: Accepted 1 by 1:1001 to 2
            2: Accepted 1 by 2:2002 to 2
            3: Accepted 1 by 3:3003 to 2
            1: commit 2
            1: serve 1 from 2
            """);
    }

    [Fact]
    public void A_proposal_is_committed_by_a_majority_of_disks_and_the_next_heartbeat_tells()
    {
        Serve(1);

        Node(1).Propose(2);
        Drop(to: 3);
        world.Settle();
        Tick(1, 2);

        Says("""
            1: assign 2-3@1
            1: to 1: batches after 2@1 up to 4, committed 2
            1: to 2: batches after 2@1 up to 4, committed 2
            1: to 3: batches after 2@1 up to 4, committed 2
            1: write [2-3@1]
            1: flush
            2: write [2-3@1]
            2: flush
            1: Accepted 1 by 1:1001 to 4
            2: Accepted 1 by 2:2002 to 4
            1: commit 4
            1: to 1: batches after 4@1 up to 4, committed 4
            1: to 2: batches after 4@1 up to 4, committed 4
            1: Accepted 1 by 1:1001 to 4
            2: Accepted 1 by 2:2002 to 4
            """);
    }

    [Fact]
    public void A_new_controller_fetches_the_newest_journal_and_what_only_the_old_one_had_is_cut()
    {
        Serve(1);
        Node(1).Propose(1);
        Drop(to: 3);
        world.Settle();
        Node(1).Propose(2);
        DeliverAll(to: 1);
        Node(1).Flush();
        Node(1).Crash();
        world.Messages.Clear();
        world.Transcript!.Take();

        Elect(3);
        Node(1).Restart();
        world.Transcript.Note("-- the old one is back");
        Tick(3, 5);

        Says("""
            3: to 1: Prepare 2 by 3
            3: to 2: Prepare 2 by 3
            3: to 3: Prepare 2 by 3
            2: store promise 2
            2: Promise 2 by 2:2002: 0@0..3 (1:0) [1:1001 2:2002 3:3003] committed 2
            3: store promise 2
            3: Promise 2 by 3:3003: 0@0..2 (1:0) [1:1001 2:2002 3:3003] committed 2
            3: to 2: Pull 2 from 2@1
            2: read after 2@1
            3: to 3: Append 2 after 2@1 [2-2@1] committed 0
            3: write [2-2@1]
            3: flush
            3: Accepted 2 by 3:3003 to 3
            3: assign 3-3@2!
            3: to 2: batches after 3@1 up to 4, committed 2
            3: to 3: batches after 3@1 up to 4, committed 2
            2: write [3-3@2!]
            2: flush
            3: write [3-3@2!]
            3: flush
            2: Accepted 2 by 2:2002 to 4
            3: Accepted 2 by 3:3003 to 4
            3: commit 4
            3: serve 2 from 4
            -- the old one is back
            3: to 2: batches after 4@2 up to 4, committed 4
            3: to 3: batches after 4@2 up to 4, committed 4
            2: Accepted 2 by 2:2002 to 4
            3: Accepted 2 by 3:3003 to 4
            3: to 2: batches after 4@2 up to 4, committed 4
            3: to 3: batches after 4@2 up to 4, committed 4
            2: Accepted 2 by 2:2002 to 4
            3: Accepted 2 by 3:3003 to 4
            3: to 1: Prepare 2 by 3
            1: store promise 2
            1: Promise 2 by 1:1001: 0@0..5 (1:0) [1:1001 2:2002 3:3003] committed 0
            3: to 1: batches after 3@1 up to 4, committed 4
            1: truncate to 3
            1: write [3-3@2!]
            1: flush
            1: Accepted 2 by 1:1001 to 4
            """);
    }

    [Fact]
    public void An_old_controller_that_wakes_up_is_refused_and_steps_down()
    {
        Serve(1);
        Node(1).Propose(1);
        var late = world.Messages.ToArray();
        world.Messages.Clear();
        Elect(2);
        world.Transcript!.Take();

        world.Messages.AddRange(late);
        world.Settle();

        Says("""
            1: Refused 1 by 1:1001: promised 2
            2: Refused 1 by 2:2002: promised 2
            3: Refused 1 by 3:3003: promised 2
            1: step down: Deposed, seen 2
            """);
    }

    [Fact]
    public void A_promise_that_is_given_while_a_flush_runs_takes_back_the_acknowledgement()
    {
        Serve(1);
        Node(1).Propose(1);
        DeliverAll(to: 2);
        world.Messages.Clear();

        Node(3).StartProposer(NewGuid(), world.OptionsOf(new NodeId(3)));
        DeliverAll(to: 2);
        world.Transcript!.Note("-- the flush is done");
        Node(2).Flush();

        Says("""
            1: assign 2-2@1
            1: to 1: batches after 2@1 up to 3, committed 2
            1: to 2: batches after 2@1 up to 3, committed 2
            1: to 3: batches after 2@1 up to 3, committed 2
            2: write [2-2@1]
            2: flush
            3: to 1: Prepare 2 by 3
            3: to 2: Prepare 2 by 3
            3: to 3: Prepare 2 by 3
            2: store promise 2
            2: Promise 2 by 2:2002: 0@0..3 (1:0) [1:1001 2:2002 3:3003] committed 2
            -- the flush is done
            """);
    }

    [Fact]
    public void A_voter_with_a_new_disk_is_no_voter_until_it_holds_everything()
    {
        Serve(1);

        Node(3).LoseDisk(world.Directory(new NodeId(3)));
        Node(3).Restart();
        Tick(1, 2);

        Says("""
            1: to 1: batches after 2@1 up to 2, committed 2
            1: to 2: batches after 2@1 up to 2, committed 2
            1: to 3: batches after 2@1 up to 2, committed 2
            1: Accepted 1 by 1:1001 to 2
            2: Accepted 1 by 2:2002 to 2
            3: store promise 1
            3: Mismatch 1 by 3:3004: 0@0..0 ()
            1: to 3: batches after 0@0 up to 2, committed 2
            3: write [0-0@1!, 1-1@1 [1:1001 2:2002 3:3003]]
            3: flush
            3: Accepted 1 by 3:3004 to 2
            1: assign 2-2@1 [1:1001 2:2002 3:-]
            1: to 1: batches after 2@1 up to 3, committed 2
            1: to 2: batches after 2@1 up to 3, committed 2
            1: to 3: batches after 2@1 up to 3, committed 2
            1: write [2-2@1 [1:1001 2:2002 3:-]]
            1: flush
            2: write [2-2@1 [1:1001 2:2002 3:-]]
            2: flush
            3: write [2-2@1 [1:1001 2:2002 3:-]]
            3: flush
            1: Accepted 1 by 1:1001 to 3
            2: Accepted 1 by 2:2002 to 3
            3: Accepted 1 by 3:3004 to 3
            1: commit 3
            1: assign 3-3@1 [1:1001 2:2002 3:3004]
            1: to 1: batches after 3@1 up to 4, committed 3
            1: to 2: batches after 3@1 up to 4, committed 3
            1: to 3: batches after 3@1 up to 4, committed 3
            1: write [3-3@1 [1:1001 2:2002 3:3004]]
            1: flush
            2: write [3-3@1 [1:1001 2:2002 3:3004]]
            2: flush
            3: write [3-3@1 [1:1001 2:2002 3:3004]]
            3: flush
            1: Accepted 1 by 1:1001 to 4
            2: Accepted 1 by 2:2002 to 4
            3: Accepted 1 by 3:3004 to 4
            1: commit 4
            """);
    }

    [Fact]
    public void A_replica_that_lacks_what_a_snapshot_replaced_gets_the_snapshot_first()
    {
        Serve(1);
        Node(3).Crash();
        Node(1).Propose(2);
        world.Settle();
        Tick(1, 2);
        Node(1).TakeSnapshot();
        Node(1).Propose(1);
        world.Settle();
        Tick(1, 3);
        world.Transcript!.Take();

        Node(3).Restart();
        Tick(1, 2);

        Says("""
            1: to 1: batches after 5@1 up to 5, committed 5
            1: to 2: batches after 5@1 up to 5, committed 5
            1: Accepted 1 by 1:1001 to 5
            2: Accepted 1 by 2:2002 to 5
            1: to 3: snapshot of at least 4@1
            3: start journal at 4@1, whole
            3: Accepted 1 by 3:3003 to 4
            1: to 3: batches after 4@1 up to 5, committed 5
            3: write [4-4@1]
            3: flush
            3: Accepted 1 by 3:3003 to 5
            """);
    }

    private QuorumNode Node(int id) => world.Node(new NodeId(id));

    private Guid NewGuid() => new(++incarnations, 0, 0, new byte[8]);

    private void Elect(int id)
    {
        Node(id).StartProposer(NewGuid(), world.OptionsOf(new NodeId(id)));
        world.Settle();
    }

    private void Serve(int id)
    {
        Elect(id);
        Tick(id, 2);
        world.Transcript!.Take();
    }

    private void Tick(int id, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            Node(id).Tick();
            world.Settle();
        }
    }

    private void Drop(int to) => world.Messages.RemoveAll(envelope => envelope.To.Value == to);

    private void DeliverAll(int to)
    {
        foreach (var envelope in world.Messages.Where(envelope => envelope.To.Value == to).ToArray())
        {
            world.Deliver(envelope);
        }
    }

    private void Says(string expected) => Assert.Equal(expected, world.Transcript!.Take());
}
