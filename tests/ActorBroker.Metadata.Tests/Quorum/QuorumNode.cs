using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace ActorBroker.Metadata.Tests.Quorum;

/// <summary>What a node's disk holds: the batches above a snapshot, and the promise.</summary>
internal sealed record Disk(Guid DirectoryId, ControllerEpoch Promised, JournalPosition Snapshot, VoterSet? SnapshotVoters, ImmutableArray<JournalBatch> Batches)
{
    public JournalOutline Outline => Batches.Aggregate(
        Snapshot == JournalPosition.Beginning ? JournalOutline.Empty : JournalOutline.OfSnapshot(Snapshot, SnapshotVoters), (outline, batch) => outline.Append(batch));
}

/// <summary>One controller node of the test world: an acceptor with its disk, and sometimes a proposer.</summary>
internal sealed class QuorumNode(QuorumWorld world, int id, bool isDiskSlow)
{
    private readonly List<JournalBatch> assigned = [];
    private Disk disk = new(Guid.NewGuid(), default, default, null, []);
    private Disk durable = null!;
    private long? flushToken;

    public NodeId Id { get; } = new(id);

    public JournalAcceptor? Acceptor { get; private set; }

    public JournalProposer? Proposer { get; private set; }

    public Disk Disk => disk;

    public bool IsFlushDue => flushToken is not null;

    public void Start(Guid directory)
    {
        disk = disk with { DirectoryId = directory };
        Restart();
    }

    public void Restart()
    {
        durable = disk;
        Acceptor = new JournalAcceptor(new JournalReplica(Id, disk.DirectoryId), disk.Promised, disk.Outline);
    }

    /// <summary>The process ends; what was not flushed is gone.</summary>
    public void Crash()
    {
        Acceptor = null;
        Proposer = null;
        assigned.Clear();
        flushToken = null;
        disk = durable ?? disk;
    }

    public void LoseDisk(Guid directory)
    {
        Crash();
        disk = durable = new Disk(directory, default, default, null, []);
    }

    public void Flush()
    {
        durable = disk;
        var token = flushToken!.Value;
        flushToken = null;
        Apply(Acceptor!.OnFlushed(token));
    }

    public void TakeSnapshot()
    {
        if (Acceptor is { } acceptor && acceptor.Committed > acceptor.Outline.Start.Offset)
        {
            StoreSnapshot(acceptor.Outline.PositionAt(acceptor.Committed));
            Proposer?.OnJournalStart(acceptor.Outline.Start);
        }
    }

    public void StartProposer(Guid incarnation, ProposerOptions options)
    {
        assigned.Clear();
        Proposer = new JournalProposer(options, incarnation, Acceptor!.Promised);
        Apply(Proposer.Start());
    }

    public void Tick() => Apply(Proposer!.Tick());

    public JournalBatch? Propose(int count)
    {
        if (Proposer is null || !Proposer.TryPropose(count, out var batch, out var effects))
        {
            return null;
        }

        Apply(effects);
        return batch;
    }

    public void Change(ImmutableArray<ProposerEffect> effects) => Apply(effects);

    public void Receive(NodeId from, object message)
    {
        switch (message)
        {
            case JournalRequest request when Acceptor is { } acceptor:
                if (request is InstallSnapshot install && install.Snapshot.Offset > acceptor.Outline.Start.Offset && install.Epoch >= acceptor.Promised)
                {
                    disk = disk with { SnapshotVoters = install.Voters };
                }

                Apply(acceptor.Step(request), from);
                break;
            case JournalReply reply when Proposer is { } proposer:
                Apply(proposer.Step(reply));
                break;
        }
    }

    /// <summary>The batches that this node's journal, with what its proposer has assigned, has in a range.</summary>
    public ImmutableArray<JournalBatch>? Read(Offset from, Offset to)
    {
        var all = disk.Batches.Where(batch => assigned.Count == 0 || batch.BaseOffset < assigned[0].BaseOffset).Concat(assigned);
        var found = all.Where(batch => batch.BaseOffset >= from && batch.NextOffset <= to).ToImmutableArray();
        return from == to || (!found.IsEmpty && found[0].BaseOffset == from && found[^1].NextOffset == to) ? found : null;
    }

    private void StoreSnapshot(JournalPosition snapshot)
    {
        var voters = Acceptor!.Outline.VotersBefore(snapshot.Offset);
        disk = disk with { SnapshotVoters = voters };
        Apply(Acceptor.OnSnapshotStored(snapshot), Id);
    }

    private void Apply(ImmutableArray<AcceptorEffect> effects, NodeId? from = null)
    {
        foreach (var effect in effects)
        {
            Apply(effect, from);
        }
    }

    private void Apply(AcceptorEffect effect, NodeId? from)
    {
        world.Transcript?.Note($"{Id}: {effect}");
        switch (effect)
        {
            case StorePromise promise:
                disk = disk with { Promised = promise.Epoch };
                durable = durable with { Promised = promise.Epoch };
                break;
            case TruncateJournal truncate:
                disk = Cut(disk, truncate.EndOffset);
                durable = Cut(durable, truncate.EndOffset);
                break;
            case WriteBatches write:
                disk = disk with { Batches = disk.Batches.AddRange(write.Batches) };
                break;
            case FlushJournal flush:
                flushToken = flush.Token;
                if (!isDiskSlow)
                {
                    Flush();
                }

                break;
            case StartJournalAt start:
                disk = disk with
                {
                    Snapshot = start.Snapshot,
                    Batches = start.IsWhole ? [] : disk.Batches.RemoveAll(batch => batch.NextOffset <= start.Snapshot.Offset),
                };
                durable = disk;
                break;
            case ReplyToProposer reply:
                // The proposer of the epoch: in this world whoever last used it.
                world.Send(Id, from ?? world.ProposerOf(reply.Reply.Epoch), reply.Reply);
                break;
            case ReadForPull pull:
                var batches = disk.Batches.Where(batch => batch.BaseOffset >= pull.Request.From.Offset).Take(3).ToImmutableArray();
                world.Send(Id, from!.Value, new Pulled(Acceptor!.Self, pull.Request.Epoch, pull.Request.From, batches));
                break;
        }
    }

    private static Disk Cut(Disk disk, Offset end) => disk with { Batches = disk.Batches.RemoveAll(batch => batch.BaseOffset >= end) };

    private void Apply(ImmutableArray<ProposerEffect> effects)
    {
        foreach (var effect in effects)
        {
            Apply(effect);
        }
    }

    private void Apply(ProposerEffect effect)
    {
        world.Transcript?.Note($"{Id}: {effect}");
        switch (effect)
        {
            case SendRequest send:
                world.Send(Id, send.To, send.Request);
                break;
            case SendBatches send when Read(send.Previous.Offset, send.UpTo) is { } batches:
                world.Send(Id, send.To, new Append(Proposer!.Epoch, send.Previous, batches.Length > 4 ? batches[..4] : batches, send.Committed));
                break;
            case SendSnapshot send when disk.Snapshot.Offset >= send.AtLeast.Offset && disk.Snapshot != default && world.IsUp(send.To):
                world.Send(Id, send.To, new InstallSnapshot(Proposer!.Epoch, disk.Snapshot, disk.SnapshotVoters));
                world.Later(() => Proposer is { } proposer ? proposer.OnSnapshotFailed(send.To) : [], this);
                break;
            case SendSnapshot send:
                world.Later(() => Proposer is { } proposer ? proposer.OnSnapshotFailed(send.To) : [], this);
                break;
            case PullSnapshot pull:
                var other = world.Node(pull.From);
                var (epoch, snapshot, voters) = (Proposer!.Epoch, other.Disk.Snapshot, other.Disk.SnapshotVoters);
                world.Later(() => Proposer is { } proposer ? proposer.OnSnapshotPulled(epoch, snapshot, voters) : [], this);
                break;
            case AssignBatch assign:
                assigned.Add(assign.Batch);
                world.OnAssigned(Id, assign.Batch);
                break;
            case Commit commit:
                world.OnCommitted(this, commit.Offset);
                break;
            case StartServing serving:
                world.OnServing(this, serving);
                break;
            case StepDown:
                Proposer = null;
                assigned.Clear();
                break;
        }
    }
}
