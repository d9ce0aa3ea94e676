using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace Simulation;

/// <summary>A command on its way to the controller, and its answer. The number joins them.</summary>
public sealed record Ask(long Number, ControllerCommand Command);

public sealed record Answer(long Number, ControllerReply Reply);

/// <summary>Committed events for everybody.</summary>
public sealed record Delta(ControllerEpoch Epoch, long From, ClusterImage After, ImmutableArray<MetadataEvent> Events);

/// <summary>A node has not the image that a delta begins with.</summary>
public sealed record WantImage;

public sealed record WholeImage(ClusterImage Image);

/// <summary>The controller on one node: a proposer, and behind it the controller's core that decides on what will be, and answers when it is.</summary>
public sealed class SimController
{
    private readonly World world;
    private readonly SimNode node;
    private readonly JournalProposer proposer;
    private readonly ControllerCore core;
    private readonly List<JournalBatch> assigned = [];
    private readonly Queue<Waiting> waiting = new();
    private ClusterImage decided = ClusterImage.Empty;

    public SimController(World world, SimNode node)
    {
        this.world = world;
        this.node = node;
        core = new ControllerCore(new ControllerOptions(1, 3, (_, _) => null, (_, _) => null)
        {
            BrokerSessionTimeoutMs = 1_500,
            Flapping = new FlappingRule(2, 5_000, 1_000, 8_000),
            TopicConfigDefault = name => name == "min.insync.replicas" ? "1" : null,
        });
        var options = new ProposerOptions(node.Id, world.Voters) { MaxInFlight = 4, MajorityTimeoutTicks = 30 };
        proposer = new JournalProposer(options, world.NewGuid(), node.Journal.Promised);
    }

    public bool IsServing { get; private set; }

    public ClusterImage Committed { get; private set; } = ClusterImage.Empty;

    /// <summary>Whether every voter, each with the disk that it has now, holds all that is committed.</summary>
    public bool HasAllVoters => IsServing
        && proposer.Describe().Replicas.Count(replica => replica.IsVoter && replica.EndOffset >= proposer.Committed && world[replica.Replica.Node].Journal.IsOnDisk(replica.Replica.DirectoryId)) == world.Voters.Length;

    public void Start()
    {
        Apply(proposer.Start());
        Tick();
    }

    public void Receive(JournalReply reply) => Apply(proposer.Step(reply));

    public void Receive(NodeId from, Ask ask)
    {
        Execute(ask.Command, reply => world.Network.Send(node.Id, from, new Answer(ask.Number, reply), ordered: true));
        if (ask.Command is BrokerHeartbeat heartbeat && heartbeat.MetadataVersion < Committed.Version && world.Chance(0.3))
        {
            // A delta may be lost, and the next one far.
            SendImage(from);
        }
    }

    public void SendImage(NodeId to)
    {
        if (IsServing)
        {
            world.Network.Send(node.Id, to, new WholeImage(Committed));
        }
    }

    private void Tick()
    {
        if (node.Controller != this)
        {
            return;
        }

        Apply(proposer.Tick());
        if (IsServing && world.Chance(0.5))
        {
            Execute(new ExpireSessions(), static _ => { });
        }

        if (IsServing && world.Chance(0.05))
        {
            Balance();
        }

        node.Later(50, Tick);
    }

    /// <summary>Nobody who comes and goes gets a leader back so.</summary>
    private void Balance()
    {
        var unsteady = decided.Brokers.Keys.Where(id => !core.Steadiness.IsSteady(id, node.NowMs)).ToHashSet();
        var before = decided;
        Execute(new BalanceLeaders(), static _ => { });
        world.Checks.OnBalanced(before, decided, unsteady);
    }

    private void Execute(ControllerCommand command, Action<ControllerReply> answer)
    {
        if (!IsServing)
        {
            return;
        }

        var decision = core.Decide(decided, command, node.NowMs);
        if (decision.Events.IsEmpty)
        {
            // What it was decided on has to be true before anybody hears of it.
            waiting.Enqueue(new Waiting(proposer.Journal.EndOffset, [], () => answer(decision.Reply)));
            Release();
            return;
        }

        if (!proposer.TryPropose(decision.Events.Length, out var batch, out var effects))
        {
            return;
        }

        world.Batches[(batch!.Epoch, batch.BaseOffset)] = decision.Events;
        decided = decision.Events.Aggregate(decided, (image, change) => image.Apply(change));
        waiting.Enqueue(new Waiting(batch.NextOffset, decision.Events, () => answer(decision.Reply)));
        Apply(effects);
    }

    private void Apply(ImmutableArray<ProposerEffect> effects)
    {
        foreach (var effect in effects)
        {
            Apply(effect);
        }
    }

    private void Apply(ProposerEffect effect)
    {
        switch (effect)
        {
            case SendRequest send:
                world.Network.Send(node.Id, send.To, send.Request);
                break;
            case SendBatches send when Read(send.Previous.Offset, send.UpTo) is { } batches:
                world.Network.Send(node.Id, send.To, new Append(proposer.Epoch, send.Previous, batches, send.Committed));
                break;
            case SendBatches:
                break;
            case AssignBatch assign:
                assigned.Add(assign.Batch);
                world.Batches.TryAdd((assign.Batch.Epoch, assign.Batch.BaseOffset), []);
                break;
            case Commit commit:
                world.Checks.OnJournalCommitted(node.Id, Read(Offset.Zero, commit.Offset));
                Release();
                break;
            case StartServing start:
                Serve(start);
                break;
            case StepDown:
                node.EndController(this);
                break;
            default:
                throw new InvalidOperationException($"no snapshots here: {effect}");
        }
    }

    private void Serve(StartServing start)
    {
        world.Checks.OnServing(node.Id, start.Epoch);
        foreach (var batch in Read(Offset.Zero, start.EndOffset)!.Value)
        {
            Committed = world.Batches[(batch.Epoch, batch.BaseOffset)].Aggregate(Committed, (image, change) => image.Apply(change));
        }

        decided = Committed;
        world.Checks.OnImage(Committed);
        IsServing = true;
        world.OnServing(node.Id, start.Epoch);
        world.Trace($"controller {node.Id} serves in epoch {start.Epoch}");
        foreach (var other in world.Nodes)
        {
            SendImage(other.Id);
        }
    }

    /// <summary>Answers, and tells everybody, what is committed by now.</summary>
    private void Release()
    {
        while (waiting.TryPeek(out var first) && first.End <= proposer.Committed)
        {
            waiting.Dequeue();
            if (!first.Events.IsEmpty)
            {
                var from = Committed.Version;
                Committed = first.Events.Aggregate(Committed, (image, change) => image.Apply(change));
                world.Checks.OnImage(Committed);
                foreach (var other in world.Nodes)
                {
                    world.Network.Send(node.Id, other.Id, new Delta(proposer.Epoch, from, Committed, first.Events));
                }
            }

            first.Answer();
        }
    }

    /// <summary>Batches of this node's journal and of what it was given to write; null when they are not all here.</summary>
    private ImmutableArray<JournalBatch>? Read(Offset from, Offset to)
    {
        var older = assigned.Count == 0 ? node.Journal.Read(from, to) : node.Journal.Read(from, Offset.Min(to, assigned[0].BaseOffset));
        var all = older.Concat(assigned.Where(batch => batch.BaseOffset >= from && batch.NextOffset <= to)).ToImmutableArray();
        return from == to || (!all.IsEmpty && all[0].BaseOffset == from && all[^1].NextOffset == to) ? all : null;
    }

    private sealed record Waiting(Offset End, ImmutableArray<MetadataEvent> Events, Action Answer);
}
