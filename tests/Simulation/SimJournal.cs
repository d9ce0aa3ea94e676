using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;

namespace Simulation;

/// <summary>A controller node's copy of the metadata journal: the acceptor and the disk that it writes to.</summary>
public sealed class SimJournal(World world, SimNode node)
{
    private readonly List<JournalBatch> written = [];
    private readonly Dictionary<ControllerEpoch, NodeId> askers = [];
    private Guid directory = world.NewGuid();
    private ControllerEpoch promised;
    private int flushed;

    public JournalAcceptor? Acceptor { get; private set; }

    public ControllerEpoch Promised => promised;

    public IReadOnlyList<JournalBatch> Written => written;

    public void Start()
    {
        flushed = written.Count;
        var outline = written.Aggregate(JournalOutline.Empty, (all, batch) => all.Append(batch));
        Acceptor = new JournalAcceptor(new JournalReplica(node.Id, directory), promised, outline);
    }

    /// <summary>The process ends. A power failure takes what was not flushed.</summary>
    public void Stop(bool losesPower)
    {
        Acceptor = null;
        askers.Clear();
        if (losesPower && flushed < written.Count)
        {
            var kept = world.Between(flushed, written.Count);
            written.RemoveRange(kept, written.Count - kept);
        }
    }

    /// <summary>Whether this is the disk that is in the node now.</summary>
    public bool IsOnDisk(Guid directoryId) => directoryId == directory;

    /// <summary>A new disk.</summary>
    public void Lose()
    {
        written.Clear();
        promised = default;
        flushed = 0;
        directory = world.NewGuid();
    }

    public void Receive(NodeId from, JournalRequest request)
    {
        askers[request.Epoch] = from;
        Apply(Acceptor!.Step(request), from);
    }

    /// <summary>The batches from one offset to another, when this journal holds just them.</summary>
    public ImmutableArray<JournalBatch> Read(Offset from, Offset to) => [.. written.Where(batch => batch.BaseOffset >= from && batch.NextOffset <= to)];

    private void Apply(ImmutableArray<AcceptorEffect> effects, NodeId? from)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case StorePromise promise:
                    promised = promise.Epoch;
                    break;
                case TruncateJournal truncate:
                    written.RemoveAll(batch => batch.BaseOffset >= truncate.EndOffset);
                    flushed = Math.Min(flushed, written.Count);
                    break;
                case WriteBatches write:
                    written.AddRange(write.Batches);
                    break;
                case FlushJournal flush:
                    Flush(flush.Token);
                    break;
                case ReplyToProposer reply:
                    world.Network.Send(node.Id, from ?? askers[reply.Reply.Epoch], reply.Reply);
                    break;
                case ReadForPull pull:
                    var batches = written.Where(batch => batch.BaseOffset >= pull.Request.From.Offset).Take(5).ToImmutableArray();
                    world.Network.Send(node.Id, from!.Value, new Pulled(Acceptor!.Self, pull.Request.Epoch, pull.Request.From, batches));
                    break;
                default:
                    throw new InvalidOperationException($"no snapshots here: {effect}");
            }
        }
    }

    private void Flush(long token)
    {
        var last = written[^1];
        node.Later(node.FlushMs(), () =>
        {
            var at = written.FindLastIndex(batch => batch == last);
            flushed = Math.Max(flushed, at + 1);
            Apply(Acceptor!.OnFlushed(token), null);
        });
    }
}
