using ActorBroker.Model;
using FsCheck;
using FsCheck.Fluent;

namespace ActorBroker.Replication.Tests;

/// <summary>Random orders, losses, repetitions, crashes and elections: what was committed stays, whatever happens.</summary>
public class RandomFaultTests
{
    private const int Steps = 600;
    private const int Rounds = 300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_committed_is_lost_or_replaced(bool afterFlush) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Rounds), Prop.ForAll<int>(seed => Run(seed, afterFlush)));

    private static void Run(int seed, bool afterFlush)
    {
        var random = new Random(seed);
        var partition = new TestPartition(3, new DurabilityRule(random.Next(1, 3), afterFlush), new LeaderSettings { WindowBytes = 600, ReadBytes = 300, LagTimeMaxMs = 3_000 });
        partition.Elect(1);
        for (var i = 0; i < Steps; i++)
        {
            Act(partition, random);
        }

        Heal(partition);
        Assert.Empty(partition.Divergences);
        var leader = partition.Leader.Log;
        Assert.True(partition.Leader.LeaderCore.HighWatermark.Value == leader.End, $"seed {seed}: the high watermark stays at {partition.Leader.LeaderCore.HighWatermark} of {leader.End}");
        Assert.All(partition.Replicas, replica => Assert.Equal(leader.End, replica.Log.End));
        foreach (var (offset, record) in partition.Committed)
        {
            // How far a log start has travelled is a replica's own matter.
            Assert.All(partition.Replicas.Where(replica => offset >= replica.Log.Start), replica => Assert.Equal(record, replica.Log[offset]));
        }
    }

    private static void Act(TestPartition partition, Random random)
    {
        var network = partition.Network.Count;
        switch (random.Next(100))
        {
            case < 20:
                partition.Leader.Append(random.Next(1, 4));
                break;
            case < 70 when network > 0:
                partition.Deliver(0);
                break;
            case < 76 when network > 0:
                partition.Deliver(random.Next(network));
                break;
            case < 80 when network > 0:
                partition.Deliver(random.Next(network), keep: true);
                break;
            case < 84 when network > 0:
                partition.Network.RemoveAt(random.Next(network));
                break;
            case < 88:
                partition.Tick(random.Next(50, 800));
                break;
            case < 91 when partition.Proposals.Count > 0:
                partition.AnswerProposal(loseAnswer: random.Next(4) == 0);
                break;
            case < 94:
                Alive(partition, random).Flush();
                break;
            case < 95:
                CrashOrStart(partition, random);
                break;
            case < 96:
                ElectFromIsr(partition, random);
                break;
            case < 97:
                partition.TellAll();
                break;
            case < 98:
                BreakOne(partition, random);
                break;
            default:
                var leader = partition.Leader;
                if (leader is { IsUp: true, LeaderCore.IsLeading: true } && leader.Log.HighWatermark > leader.Log.Start && random.Next(3) == 0)
                {
                    leader.MoveLogStart(random.NextInt64(leader.Log.Start + 1, leader.Log.HighWatermark + 1));
                }

                break;
        }
    }

    private static TestReplica Alive(TestPartition partition, Random random)
    {
        var alive = partition.Replicas.Where(replica => replica.IsUp).ToList();
        return alive[random.Next(alive.Count)];
    }

    private static void CrashOrStart(TestPartition partition, Random random)
    {
        var replica = partition[random.Next(1, 4)];
        if (!replica.IsUp)
        {
            replica.Start();
        }
        else if (partition.Replicas.All(other => other.IsUp) && (replica.Node != partition.State.Leader || partition.State.Isr.Length > 1))
        {
            replica.Crash();
            if (replica.Node == partition.State.Leader)
            {
                ElectFromIsr(partition, random);
            }
        }
    }

    private static void ElectFromIsr(TestPartition partition, Random random)
    {
        var candidates = partition.State.Isr.Where(node => partition[node.Value].IsUp).ToList();
        partition.Elect(candidates[random.Next(candidates.Count)].Value);
    }

    private static void BreakOne(TestPartition partition, Random random)
    {
        var (one, other) = (random.Next(1, 4), random.Next(1, 4));
        partition.Network.RemoveAll(envelope => (envelope.From.Value, envelope.To.Value) == (one, other) || (envelope.To.Value, envelope.From.Value) == (one, other));
        if (partition[one].IsUp)
        {
            partition[one].Break(other);
        }

        if (partition[other].IsUp && random.Next(2) == 0)
        {
            partition[other].Break(one);
        }
    }

    /// <summary>Everybody runs, nothing is lost any more: within a minute all must hold everything.</summary>
    private static void Heal(TestPartition partition)
    {
        foreach (var replica in partition.Replicas.Where(replica => !replica.IsUp).ToList())
        {
            replica.Start();
        }

        for (var i = 0; i < 120; i++)
        {
            partition.TellAll();
            partition.Settle();
            partition.Tick(500);
            foreach (var replica in partition.Replicas)
            {
                replica.Flush();
            }
        }

        partition.Settle();
    }
}
