using System.Collections.Immutable;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>The proposer's effects: messages to the journal replicas, bytes of the batches, snapshots, replay.</summary>
public sealed partial class ControllerActor
{
    /// <summary>Bytes of recent batches that are kept in memory, so that they need not be read again for each replica and node.</summary>
    private const int RecentBytes = 4 * 1024 * 1024;

    private const int SnapshotSilentTicks = 100;

    /// <summary>Ticks without enough answers before it says so, and until it says so again.</summary>
    private const int AwaitingTicks = 50;

    private const int AwaitingAgainTicks = 300;

    private const long MaxSnapshotBytes = 1L << 31;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly RecentBatches recent = new(RecentBytes);
    private readonly Dictionary<NodeId, long> snapshotsSentTick = [];
    private JournalProposer proposer;
    private List<MetadataEvent> assigning = [];
    private bool isReplayed;
    private int pauses;
    private long servingSince;
    private ReadOnlyMemory<byte> pulledBatches;
    private (NodeId From, SnapshotDownload Download)? pulling;

    private long Tick => proposer.Ticks;

    private sealed record QuorumTick
    {
        public static QuorumTick Instance { get; } = new();
    }

    private sealed record StartAgain
    {
        public static StartAgain Instance { get; } = new();
    }

    /// <param name="Records">That came after the image that was known.</param>
    private sealed record Replayed(StartServing Serving, ClusterImage Image, long Records, TimeSpan Took);

    private sealed record ReplayFailed(Exception Error);

    private JournalProposer NewProposer(ControllerEpoch highestSeen) =>
        new(new ProposerOptions(setup.Node, [.. setup.Journals.Keys.Order()]), Guid.NewGuid(), highestSeen);

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

        if (IsServing)
        {
            publisher.Tick(Tick, proposer.Epoch, committed);
            if (Tick - servingSince > LongestPause / setup.Tick)
            {
                pauses = 0;
            }
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
            case Commit commit when isReplayed:
                OnCommitted(commit.Offset);
                break;
            case StartServing serving:
                Replay(serving);
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
            bytes = JournalRecords.OfEvents(batch.BaseOffset, batch.Epoch, assigning, now);
            assigning = [];
        }
        else
        {
            bytes = JournalRecords.OfControl(batch, setup.Node, proposer.Journal.Voters, now);
            speculative = speculative with { Version = speculative.Version + 1 };
        }

        recent.Add(batch, bytes, proposer.Committed);
    }

    private void Send(SendBatches send)
    {
        var bytes = ReadOnlyMemory<byte>.Empty;
        if (send.UpTo > send.Previous.Offset)
        {
            var slice = Read(send.Previous.Offset, send.UpTo);
            if (slice.Batches.IsEmpty || slice.Batches[0].BaseOffset != send.Previous.Offset)
            {
                return;
            }

            bytes = slice.Bytes;
        }

        Tell(send.To, new JournalAppend(proposer.Epoch, send.Previous, send.Committed, bytes));
    }

    /// <summary>Batches of this node's journal, from memory where they are there.</summary>
    private JournalSlice Read(Offset from, Offset upTo) =>
        recent.Read(from, upTo, JournalReplicaActor.MessageBytes) ?? setup.Journal.Read(from, upTo, JournalReplicaActor.MessageBytes);

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
                var (_, voters) = MetadataSnapshot.Decode(current.Download.Bytes.Span, current.Download.Snapshot);
                Run(proposer.OnSnapshotPulled(proposer.Epoch, current.Download.Snapshot, voters));
                break;
        }
    }

    private void OnPulled(JournalPulled pulled)
    {
        pulledBatches = pulled.Batches;
        Run(proposer.Step(new Pulled(pulled.From, pulled.Epoch, pulled.Previous, JournalRecords.Parse(pulled.Batches.Span))));
    }

    /// <summary>What was decided before this controller is replayed beside it: meanwhile it goes on to answer its quorum, and commands wait.</summary>
    private void Replay(StartServing serving)
    {
        pulling = null;
        pulledBatches = default;
        servingSince = Tick;
        var (journal, known, time) = (setup.Journal, setup.Cluster.Image, setup.Time);
        Task.Run(() =>
        {
            var began = time.GetTimestamp();
            var image = journal.Replay(known, serving.EndOffset);
            return new Replayed(serving, image, image.Version - known.Version, time.GetElapsedTime(began));
        }).PipeTo(Self, Self, failure: error => new ReplayFailed(error));
    }

    private void OnReplayed(Replayed replayed)
    {
        if (proposer.Phase != ProposerPhase.Serving || proposer.Epoch != replayed.Serving.Epoch || isReplayed)
        {
            return;
        }

        core = setup.Core();
        committed = speculative = replayed.Image;
        isReplayed = true;
        log.Info(
            "node {0} is the controller with epoch {1}, from offset {2} on; {3} records were replayed in {4:0} ms",
            setup.Node, replayed.Serving.Epoch, replayed.Serving.EndOffset, replayed.Records, replayed.Took.TotalMilliseconds);
        foreach (var (subscriber, request) in earlySubscribers)
        {
            publisher.OnSubscribe(subscriber, request, Tick, proposer.Epoch, committed);
        }

        earlySubscribers.Clear();
        Announce();
        while (early.TryDequeue(out var waiting))
        {
            Decide(waiting.Command, waiting.Sender);
        }
    }

    /// <summary>Nodes that follow another controller, or none, hear of this one at once: what it decides first is often who leads instead of a dead node.</summary>
    private void Announce()
    {
        var news = new MetadataDelta(proposer.Epoch, committed.Version, committed.Version, default);
        var endpoints = committed.Brokers.Values.Where(broker => !setup.Journals.ContainsKey(broker.Id))
            .Select(broker => broker.EndpointOf(ImagePeers.Listener)).OfType<BrokerEndpoint>();
        foreach (var path in setup.Journals.Values.Select(path => path.Replace(ControllerSetup.JournalPath, MetadataSubscriberActor.Path, StringComparison.Ordinal))
            .Concat(endpoints.Select(endpoint => new Address("akka.tcp", Context.System.Name, endpoint.Host, endpoint.Port) + MetadataSubscriberActor.Path)))
        {
            Context.ActorSelection(path).Tell(news, Self);
        }
    }

    private void OnSteppedDown(StepDown down)
    {
        var reason = down.Reason == StepDownReason.Deposed
            ? $"another controller has epoch {down.Epoch}"
            : "a majority of the controller nodes does not answer";
        log.Warning("node {0} is not the controller any more: {1}", setup.Node, reason);
        FailWaiting(reason);
        isReplayed = false;
        recent.Clear();
        snapshotsSentTick.Clear();
        proposer = NewProposer(down.Epoch);
        // The first time at once: an old promise may have been all. Then a real other controller gets its time, and each time more of it.
        var pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, setup.Tick.Ticks * pauses * 10));
        pauses++;
        Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, pause);
    }

    private void OnStartAgain() => Run(proposer.Start());

    private QuorumDescription Describe()
    {
        var status = proposer.Describe();
        var now = setup.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var followers = publisher.Subscribers.Where(subscriber => status.Replicas.All(replica => replica.Replica.Node != subscriber.Node))
            .Select(subscriber => new QuorumReplicaState(
                subscriber.Node, Guid.Empty, new Offset(subscriber.Applied), TimeOf(subscriber.HeardTick), TimeOf(subscriber.CaughtUpTick)));
        return new QuorumDescription(
            IsServing ? status.Leader : NodeId.None,
            status.Epoch,
            Offset.Max(status.Committed, new Offset(setup.Cluster.Image.Version)),
            [.. status.Replicas.Where(replica => replica.IsVoter).Select(State)],
            [.. status.Replicas.Where(replica => !replica.IsVoter).Select(State), .. followers]);

        QuorumReplicaState State(ReplicaProgress replica) => new(
            replica.Replica.Node,
            replica.Replica.DirectoryId,
            replica.Replica.Node == setup.Node ? status.EndOffset : replica.EndOffset,
            TimeOf(replica.LastReplyTick),
            TimeOf(replica.LastCaughtUpTick));

        long TimeOf(long tick) => tick <= 0 ? -1 : now - (long)((status.Tick - tick) * setup.Tick.TotalMilliseconds);
    }
}
