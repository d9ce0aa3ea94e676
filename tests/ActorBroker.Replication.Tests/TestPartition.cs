using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Replication.Tests;

/// <summary>A message under way, with the records of a push.</summary>
public sealed record Envelope(NodeId From, NodeId To, object Message, IReadOnlyList<TestRecord> Records);

/// <summary>
/// A partition with all its replicas, a controller that commits at once, and a network that does what the test says. Every effect is a
/// line of the transcript.
/// </summary>
public sealed class TestPartition
{
    private readonly Dictionary<int, TestReplica> replicas = [];

    public TestPartition(int replicaCount, DurabilityRule rule, LeaderSettings? settings = null)
    {
        Rule = rule;
        Settings = settings ?? new LeaderSettings();
        var all = Enumerable.Range(1, replicaCount).ToList();
        State = new PartitionState(
            new(0), new(0), NodeId.None, [.. all.Select(node => new ReplicaInfo(new(node), new(node * 100), false))], [.. all.Select(node => new NodeId(node))]);
        foreach (var node in all)
        {
            replicas[node] = new TestReplica(this, new(node));
        }
    }

    public Transcript Transcript { get; } = new();

    public DurabilityRule Rule { get; }

    public LeaderSettings Settings { get; }

    /// <summary>What the controller has committed.</summary>
    public PartitionState State { get; set; }

    public List<Envelope> Network { get; } = [];

    public List<(NodeId From, IsrProposal Proposal)> Proposals { get; } = [];

    public long NowMs { get; set; }

    /// <summary>Records that a leader has published as committed, by offset.</summary>
    public Dictionary<long, TestRecord> Committed { get; } = [];

    public List<string> Divergences { get; } = [];

    public TestReplica this[int node] => replicas[node];

    public IEnumerable<TestReplica> Replicas => replicas.Values;

    public TestReplica Leader => replicas[State.Leader.Value];

    /// <summary>The controller makes a node the leader, of a new epoch, and everybody who runs hears of it.</summary>
    public void Elect(int node, params int[] isr)
    {
        State = State with
        {
            Leader = new(node),
            LeaderEpoch = new(State.LeaderEpoch.Value + 1),
            Epoch = new(State.Epoch.Value + 1),
            Isr = isr.Length == 0 ? State.Isr : [.. isr.Select(id => new NodeId(id))],
        };
        TellAll();
    }

    /// <summary>The leader hears that a broker is fenced before the controller has taken it out of the in-sync replicas.</summary>
    public void Fence(int node)
    {
        State = State with { Replicas = [.. State.Replicas.Select(replica => replica.Node.Value == node ? replica with { IsFenced = true } : replica)] };
        Leader.Apply(State);
    }

    public void TellAll()
    {
        foreach (var replica in replicas.Values.Where(replica => replica.IsUp))
        {
            replica.Apply(State);
        }
    }

    /// <summary>Delivers what is on the network, in order, until nothing is left; proposals are answered at once.</summary>
    public void Settle()
    {
        for (var step = 0; Network.Count > 0 || Proposals.Count > 0; step++)
        {
            Assert.True(step < 10_000, $"the cores talk without end: {Transcript.Tail(3_000)}");
            if (Network.Count > 0)
            {
                Deliver(0);
            }
            else
            {
                AnswerProposal();
            }
        }
    }

    public void Deliver(int index, bool keep = false)
    {
        var envelope = Network[index];
        if (!keep)
        {
            Network.RemoveAt(index);
        }

        if (replicas[envelope.To.Value].IsUp)
        {
            replicas[envelope.To.Value].Receive(envelope);
        }
    }

    public void Tick(long ms)
    {
        NowMs += ms;
        foreach (var replica in replicas.Values.Where(replica => replica.IsUp))
        {
            replica.Tick();
        }
    }

    /// <summary>The controller decides the oldest proposal by compare-and-set, as Kafka does.</summary>
    public void AnswerProposal(bool loseAnswer = false)
    {
        var (from, proposal) = Proposals[0];
        Proposals.RemoveAt(0);
        var result = ProposalResult.Accepted;
        if (proposal.LeaderEpoch != State.LeaderEpoch || proposal.Base != State.Epoch)
        {
            result = ProposalResult.Outdated;
        }
        else if (proposal.Isr.Any(replica => State.Find(replica.Node) is not { IsFenced: false } known || known.BrokerEpoch != replica.BrokerEpoch))
        {
            result = ProposalResult.Refused;
        }
        else
        {
            State = State with { Isr = [.. proposal.Isr.Select(replica => replica.Node)], Epoch = new(State.Epoch.Value + 1) };
        }

        Transcript.Note($"controller: {result}, isr [{string.Join(",", State.Isr)}] epoch {State.Epoch.Value}");
        if (!loseAnswer && replicas[from.Value].IsUp)
        {
            replicas[from.Value].Answer(new ProposalAnswered(proposal.Base, proposal.Attempt, result, State.Epoch));
        }
    }
}
