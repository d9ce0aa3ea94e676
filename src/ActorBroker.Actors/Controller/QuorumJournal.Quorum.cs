using System.Collections.Immutable;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>The proposer's effects: messages to the journal replicas, bytes of the batches, snapshots.</summary>
public sealed partial class QuorumJournal
{
    /// <summary>Bytes of recent batches that are kept in memory, so that they need not be read again for each replica.</summary>
    internal const int RecentBytes = 4 * 1024 * 1024;

    private const int SnapshotSilentTicks = 100;

    /// <summary>Ticks without enough answers before it says so, and until it says so again.</summary>
    private const int AwaitingTicks = 50;

    private const int AwaitingAgainTicks = 300;

    private const long MaxSnapshotBytes = 1L << 31;

    private readonly RecentBatches recent = new(RecentBytes);
    private readonly Dictionary<NodeId, long> snapshotsSentTick = [];
    private JournalProposer proposer;

    /// <summary>The next term's epoch is above this.</summary>
    private ControllerEpoch highestSeen;

    private MetadataDecision? assigning;
    private ReadOnlyMemory<byte> pulledBatches;
    private (NodeId From, SnapshotDownload Download)? pulling;

    private long Tick => proposer.Ticks;

    private JournalProposer NewProposer(ControllerEpoch seen)
    {
        highestSeen = seen;
        return new(new ProposerOptions(setup.Node, [.. setup.Journals.Keys.Order()]), Guid.NewGuid(), seen);
    }

    private void OnTick()
    {
        if (setup.Journal.Snapshot is { } snapshot)
        {
            proposer.OnJournalStart(snapshot.Position);
        }

        Run(proposer.Tick());
        if (Tick % AwaitingAgainTicks == AwaitingTicks && proposer.Awaited is { Missing.IsEmpty: false } awaited)
        {
            log.Warning("{0}", Text(awaited));
        }

        foreach (var (node, _) in snapshotsSentTick.Where(sent => Tick - sent.Value > SnapshotSilentTicks).ToList())
        {
            snapshotsSentTick.Remove(node);
            Run(proposer.OnSnapshotFailed(node));
        }
    }

    private static string Text(AwaitedPromises awaited) =>
        $"no metadata can be decided yet: {AwaitedPromises.Sentence(awaited.Missing)}. "
        + (awaited.IsFounding
            ? "The cluster is new, and to found it, all controllers of actorbroker.cluster.voters are needed once: start those, or correct the list on all nodes"
            : "A majority of the controllers is needed: start those, or look at the network between the nodes");

    private void Run(ImmutableArray<ProposerEffect> effects)
    {
        foreach (var effect in effects)
        {
            Run(effect);
        }
    }

    private void Run(ProposerEffect effect)
    {
        switch (effect)
        {
            case SendRequest { Request: Append append } send:
                Tell(send.To, new JournalAppend(append.Epoch, append.Previous, append.Committed, pulledBatches));
                break;
            case SendRequest { Request: InstallSnapshot install } send:
                Tell(send.To, new SnapshotOffered(install.Epoch, install.Snapshot, pulling!.Value.Download.Bytes.Length));
                break;
            case SendRequest send:
                Tell(send.To, send.Request);
                break;
            case SendBatches send:
                Send(send);
                break;
            case SendSnapshot send:
                OfferSnapshot(send.To);
                break;
            case PullSnapshot pull:
                pulling = (pull.From, new SnapshotDownload(JournalPosition.Beginning, MaxSnapshotBytes));
                Tell(pull.From, pulling.Value.Download.Next);
                break;
            case AssignBatch assign:
                Assign(assign.Batch);
                break;
            case Commit commit:
                OnCommitted(commit.Offset);
                break;
            case StartServing start:
                pulling = null;
                pulledBatches = default;
                serving.TrySetResult(start.EndOffset.Value);
                break;
            case StepDown down:
                OnSteppedDown(down);
                break;
        }
    }

    private void Tell(NodeId node, object message)
    {
        if (setup.Journals.TryGetValue(node, out var path))
        {
            Context.ActorSelection(path).Tell(message, Self);
        }
    }

    private void Assign(JournalBatch batch)
    {
        var now = setup.Time.GetUtcNow().ToUnixTimeMilliseconds();
        byte[] bytes;
        if (batch.Kind == JournalBatchKind.Events)
        {
            bytes = JournalRecords.OfEvents(batch.BaseOffset, batch.Epoch, assigning!.Events, now);
            assigning.PlacedAt(batch, bytes);
            assigning = null;
        }
        else
        {
            bytes = JournalRecords.OfControl(batch, setup.Node, proposer.Journal.Voters, now);
        }

        recent.Add(batch, bytes, proposer.Committed);
    }

    private void Send(SendBatches send)
    {
        var bytes = ReadOnlyMemory<byte>.Empty;
        if (send.UpTo > send.Previous.Offset)
        {
            var slice = recent.Read(send.Previous.Offset, send.UpTo, JournalReplicaActor.MessageBytes)
                ?? setup.Journal.Read(send.Previous.Offset, send.UpTo, JournalReplicaActor.MessageBytes);
            if (slice.Batches.IsEmpty || slice.Batches[0].BaseOffset != send.Previous.Offset)
            {
                return;
            }

            bytes = slice.Bytes;
        }

        Tell(send.To, new JournalAppend(proposer.Epoch, send.Previous, send.Committed, bytes));
    }

    private void OfferSnapshot(NodeId to)
    {
        if (snapshots.Newest() is not var (position, size))
        {
            Run(proposer.OnSnapshotFailed(to));
            return;
        }

        snapshotsSentTick[to] = Tick;
        Tell(to, new SnapshotOffered(proposer.Epoch, position, size));
    }

    private void OnPullSnapshot(PullSnapshotPart request)
    {
        foreach (var node in snapshotsSentTick.Keys.ToList())
        {
            snapshotsSentTick[node] = Tick;
        }

        // This node's own replica fetches what was fetched for it.
        Sender.Tell(
            pulling is { } pulled && pulled.Download.Bytes.Length > 0 && pulled.Download.Snapshot == request.Snapshot
                ? SnapshotDownload.Cut(request.Snapshot, pulled.Download.Bytes, request.At)
                : snapshots.Answer(request),
            Self);
    }

    private void OnSnapshotPart(SnapshotPart part)
    {
        if (pulling is not { } current)
        {
            return;
        }

        switch (current.Download.Take(part, Sender, Self))
        {
            case null:
                pulling = null;
                break;
            case true:
                OnSnapshotPulled(current.Download);
                break;
        }
    }

    private void OnSnapshotPulled(SnapshotDownload download)
    {
        try
        {
            var (_, voters) = MetadataSnapshot.Decode(download.Bytes.Span, download.Snapshot);
            Run(proposer.OnSnapshotPulled(proposer.Epoch, download.Snapshot, voters));
        }
        catch (InvalidDataException e)
        {
            // The proposer asks again, or somebody else.
            log.Warning("the metadata snapshot {0} of {1} is ignored: {2}", download.Snapshot, Sender, e.Message);
            pulling = null;
        }
    }

    private void OnPulled(JournalPulled pulled)
    {
        ImmutableArray<JournalBatch> batches;
        try
        {
            batches = JournalRecords.Parse(pulled.Batches.Span);
        }
        catch (InvalidDataException e)
        {
            log.Warning("the metadata journal of {0} is ignored: {1}", Sender, e.Message);
            return;
        }

        pulledBatches = pulled.Batches;
        Run(proposer.Step(new Pulled(pulled.From, pulled.Epoch, pulled.Previous, batches)));
    }

    private void OnSteppedDown(StepDown down)
    {
        var reason = down.Reason == StepDownReason.Deposed
            ? $"another controller has epoch {down.Epoch}"
            : "a majority of the controller nodes does not answer";
        log.Warning("node {0} is not the controller any more: {1}", setup.Node, reason);
        highestSeen = ControllerEpoch.Max(highestSeen, down.Epoch);
        EndTerm(new QuorumLostException(reason));
    }

    private QuorumDescription Describe(DescribeJournal request)
    {
        var status = proposer.Describe();
        var now = setup.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return new QuorumDescription(
            request.IsServing && status.Phase == ProposerPhase.Serving ? status.Leader : NodeId.None,
            status.Epoch,
            Offset.Max(status.Committed, new Offset(setup.Cluster.Image.Version)),
            [.. status.Replicas.Where(replica => replica.IsVoter).Select(State)],
            [
                .. status.Replicas.Where(replica => !replica.IsVoter).Select(State),
                .. request.Subscribers.Where(subscriber => status.Replicas.All(replica => replica.Replica.Node != subscriber.Node)),
            ]);

        QuorumReplicaState State(ReplicaProgress replica) => new(
            replica.Replica.Node,
            replica.Replica.DirectoryId,
            replica.Replica.Node == setup.Node ? status.EndOffset : replica.EndOffset,
            TimeOf(replica.LastReplyTick),
            TimeOf(replica.LastCaughtUpTick));

        long TimeOf(long tick) => tick <= 0 ? -1 : now - (long)((status.Tick - tick) * setup.Tick.TotalMilliseconds);
    }
}
