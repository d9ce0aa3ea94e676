using System.Collections.Immutable;
using ActorBroker.Harness;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>A message on its way.</summary>
internal sealed record Envelope(NodeId From, NodeId To, object Message)
{
    public override string ToString() => $"{From}->{To} {Message}";
}

/// <summary>
/// Several controller nodes, the messages between them, and the laws that hold whatever happens: what was committed stays as it was, one proposer at most
/// serves in an epoch, and what a serving proposer adopted holds everything committed before.
/// </summary>
internal sealed class QuorumWorld
{
    private readonly List<QuorumNode> nodes = [];
    private readonly List<Func<(QuorumNode Node, ImmutableArray<ProposerEffect> Effects)>> later = [];
    private readonly List<JournalBatch> committed = [];
    private readonly Dictionary<ControllerEpoch, NodeId> serving = [];
    private readonly Dictionary<ControllerEpoch, NodeId> proposers = [];
    private readonly Dictionary<(ControllerEpoch, Offset), NodeId> writers = [];

    public QuorumWorld(int count, bool slowDisks)
    {
        Members = [.. Enumerable.Range(1, count).Select(id => new NodeId(id))];
        foreach (var id in Members)
        {
            var node = new QuorumNode(this, id.Value, slowDisks);
            nodes.Add(node);
            node.Start(Directory(id));
        }
    }

    public ImmutableArray<NodeId> Members { get; }

    public List<Envelope> Messages { get; } = [];

    /// <summary>Where every effect becomes a line; null: nowhere.</summary>
    public Transcript? Transcript { get; init; }

    public IReadOnlyList<JournalBatch> Committed => committed;

    public IReadOnlyList<QuorumNode> Nodes => nodes;

    public ProposerOptions OptionsOf(NodeId node) => new(node, Members) { MaxInFlight = 3, MajorityTimeoutTicks = 12 };

    private int directories;

    /// <summary>A new directory id whose first digits tell it from others.</summary>
    public Guid Directory(NodeId node) => new((node.Value << 28) | (++directories << 16), 0, 0, new byte[8]);

    public QuorumNode Node(NodeId id) => nodes.Single(node => node.Id == id);

    public bool IsUp(NodeId id) => Node(id).Acceptor is not null;

    public NodeId ProposerOf(ControllerEpoch epoch) => proposers.GetValueOrDefault(epoch, new NodeId(1));

    public void Send(NodeId from, NodeId to, object message)
    {
        if (message is Prepare prepare)
        {
            proposers[prepare.Epoch] = from;
        }

        Messages.Add(new Envelope(from, to, message));
    }

    public void Later(Func<ImmutableArray<ProposerEffect>> step, QuorumNode node) => later.Add(() => (node, step()));

    public void RunLater()
    {
        var due = later.ToArray();
        later.Clear();
        foreach (var step in due)
        {
            var (node, effects) = step();
            node.Change(effects);
        }
    }

    public void Deliver(Envelope envelope)
    {
        Messages.Remove(envelope);
        Node(envelope.To).Receive(envelope.From, envelope.Message);
    }

    /// <summary>Carries out what waits, until nobody has anything left to say.</summary>
    public void Settle()
    {
        do
        {
            RunLater();
            foreach (var node in nodes.Where(node => node.IsFlushDue))
            {
                node.Flush();
            }

            foreach (var envelope in Messages.ToArray())
            {
                Deliver(envelope);
            }
        }
        while (Messages.Count > 0 || nodes.Any(node => node.IsFlushDue));
    }

    public void OnAssigned(NodeId node, JournalBatch batch)
    {
        Assert.True(writers.TryAdd((batch.Epoch, batch.BaseOffset), node), $"two batches {batch}: by {node} and by {writers[(batch.Epoch, batch.BaseOffset)]}");
    }

    public void OnServing(QuorumNode node, StartServing start)
    {
        Assert.True(serving.TryAdd(start.Epoch, node.Id), $"two controllers serve in epoch {start.Epoch}");
        Agree(node, start.EndOffset);
    }

    public void OnCommitted(QuorumNode node, Offset end) => Agree(node, end);

    /// <summary>What the node's proposer takes for committed is what was committed before, and goes on from there.</summary>
    private void Agree(QuorumNode node, Offset end)
    {
        var start = node.Disk.Snapshot.Offset;
        var batches = node.Read(start, end);
        Assert.True(batches is not null, $"{node.Id} says that {end} is committed, but has it not");
        foreach (var batch in batches)
        {
            var known = committed.FindIndex(other => other.BaseOffset == batch.BaseOffset);
            if (known >= 0)
            {
                Assert.True(committed[known] == batch, $"committed {committed[known]}, and {node.Id} commits {batch}");
            }
            else
            {
                Assert.True((committed.Count == 0 ? Offset.Zero : committed[^1].NextOffset) == batch.BaseOffset, $"{node.Id} commits {batch} in the middle of the past");
                committed.Add(batch);
            }
        }
    }

    /// <summary>No journal contradicts what is committed, as far as its acceptor knows that it is.</summary>
    public void CheckJournals()
    {
        foreach (var node in nodes.Where(node => node.Acceptor is not null))
        {
            foreach (var batch in node.Disk.Batches.Where(batch => batch.NextOffset <= node.Acceptor!.Committed))
            {
                Assert.Contains(batch, committed);
            }

            Assert.Equal(node.Disk.Outline.End, node.Acceptor!.Outline.End);
        }
    }
}
