using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>The laws of <see cref="QuorumWorld"/> under everything that a network, disks and processes may do, by seed.</summary>
public sealed class QuorumPropertyTests
{
    [Theory]
    [InlineData(3, 0)]
    [InlineData(3, 1000)]
    [InlineData(5, 2000)]
    [InlineData(1, 3000)]
    public void Committed_batches_never_change(int nodes, int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 300; seed++)
        {
            Guarded(seed, () => new Run(nodes, seed).Steps(1500));
        }
    }

    [Theory]
    [InlineData(3, 4000)]
    [InlineData(5, 5000)]
    public void A_quorum_that_is_left_alone_serves_and_all_its_journals_become_the_same(int nodes, int firstSeed)
    {
        for (var seed = firstSeed; seed < firstSeed + 200; seed++)
        {
            Guarded(seed, () =>
            {
                var run = new Run(nodes, seed);
                run.Steps(600);
                run.Heal();
            });
        }
    }

    private static void Guarded(int seed, Action run)
    {
        try
        {
            run();
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}: {e}");
        }
    }

    private sealed class Run(int count, int seed)
    {
        private readonly Random random = new(seed);
        private readonly QuorumWorld world = new(count, slowDisks: true);
        private int disksLost;

        public void Steps(int steps)
        {
            for (var i = 0; i < steps; i++)
            {
                Step();
                world.CheckJournals();
            }
        }

        /// <summary>Everybody is up, one proposer works, nothing is lost.</summary>
        public void Heal()
        {
            foreach (var node in world.Nodes)
            {
                node.Crash();
                node.Restart();
            }

            world.Messages.Clear();
            var leader = Pick(world.Nodes);
            leader.StartProposer(NewGuid(), world.OptionsOf(leader.Id));
            for (var round = 0; round < 300; round++)
            {
                world.Settle();
                if (round % 10 == 0)
                {
                    leader.Propose(2);
                }

                if (leader.Proposer is null)
                {
                    // An acceptor had promised a newer epoch long ago, and only now came to say so.
                    leader.StartProposer(NewGuid(), world.OptionsOf(leader.Id));
                }

                leader.Tick();
            }

            world.Settle();
            Assert.True(leader.Proposer?.Phase == ProposerPhase.Serving, $"{leader.Id} is {leader.Proposer?.Phase}");
            var proposer = leader.Proposer!;
            Assert.Equal(proposer.Journal.EndOffset, proposer.Committed);
            Assert.All(proposer.Journal.Voters!.Voters, voter => Assert.Equal(proposer.Journal.End, world.Node(voter.Node).Disk.Outline.End));
            Assert.All(proposer.Journal.Voters!.Voters, voter => Assert.Equal(world.Node(voter.Node).Disk.DirectoryId, voter.DirectoryId));
        }

        private void Step()
        {
            var node = Pick(world.Nodes);
            switch (random.Next(100))
            {
                case < 50 when world.Messages.Count > 0:
                    DeliverOne();
                    break;
                case < 58:
                    if (node.IsFlushDue)
                    {
                        node.Flush();
                    }

                    break;
                case < 68:
                    if (node.Proposer is not null)
                    {
                        node.Tick();
                    }

                    break;
                case < 80:
                    node.Propose(random.Next(1, 4));
                    break;
                case < 82:
                    if (node.Acceptor is not null)
                    {
                        node.StartProposer(NewGuid(), world.OptionsOf(node.Id));
                    }

                    break;
                case < 84:
                    node.Crash();
                    break;
                case < 92:
                    if (node.Acceptor is null)
                    {
                        node.Restart();
                    }

                    break;
                case < 94:
                    node.TakeSnapshot();
                    break;
                case < 95:
                    LoseDisk(node);
                    break;
                case < 96:
                    ChangeVoters(node);
                    break;
                default:
                    world.RunLater();
                    break;
            }
        }

        private void DeliverOne()
        {
            // Mostly the oldest, sometimes any, sometimes twice, sometimes never.
            var envelope = random.Next(4) == 0 ? Pick(world.Messages) : world.Messages[0];
            switch (random.Next(12))
            {
                case 0:
                    world.Messages.Remove(envelope);
                    break;
                case 1:
                    world.Deliver(envelope);
                    world.Messages.Add(envelope);
                    break;
                default:
                    world.Deliver(envelope);
                    break;
            }

            if (world.Messages.Count > 60)
            {
                world.Messages.RemoveRange(0, 20);
            }
        }

        /// <summary>One disk may be lost for good until its node's place is filled again: more at once than a quorum survives is no fault of the quorum.</summary>
        private void LoseDisk(QuorumNode node)
        {
            var leader = world.Nodes.FirstOrDefault(other => other.Proposer?.Phase == ProposerPhase.Serving);
            if (count < 3 || disksLost > 2 || leader?.Proposer is not { } proposer || proposer.Journal.Voters is not { } voters || voters.Voters.Length < 3
                || world.Nodes.Any(other => other.Acceptor is null || !IsWholeVoter(other, proposer, voters)))
            {
                return;
            }

            disksLost++;
            node.LoseDisk(world.Directory(node.Id));
        }

        private static bool IsWholeVoter(QuorumNode node, JournalProposer proposer, VoterSet voters) =>
            voters.Contains(node.Acceptor!.Self) && node.Acceptor.Outline.End == proposer.Journal.End && proposer.Committed == proposer.Journal.EndOffset && !node.IsFlushDue;

        private void ChangeVoters(QuorumNode node)
        {
            if (node.Proposer is { Phase: ProposerPhase.Serving, Journal.Voters: { } voters } proposer)
            {
                var other = Pick(world.Nodes);
                node.Change(voters.Find(other.Id) is not null || other.Acceptor is null
                    ? voters.Voters.Length > 3 ? proposer.RemoveVoter(voters.Find(other.Id) ?? new JournalReplica(other.Id, Guid.Empty), out _) : []
                    : proposer.AddVoter(other.Acceptor.Self, out _));
            }
        }

        private Guid NewGuid()
        {
            var bytes = new byte[16];
            random.NextBytes(bytes);
            return new Guid(bytes);
        }

        private T Pick<T>(IReadOnlyList<T> from) => from[random.Next(from.Count)];
    }
}
