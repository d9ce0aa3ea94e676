using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// A replica of the metadata journal: the shell around <see cref="JournalAcceptor"/>, and the one writer of this node's <see cref="MetadataJournal"/>. One on each
/// controller node, at <c>/user/node/journal</c>. What arrives while it writes is made durable by one fsync, and acknowledged after it. It takes a snapshot of the
/// node's image when the journal has grown, and drops what the snapshot holds.
/// Messages: <see cref="Prepare"/>, <see cref="Pull"/>, <see cref="JournalAppend"/>, <see cref="SnapshotOffered"/>, <see cref="PullSnapshotPart"/> of a controller.
/// Supervision: an I/O error stops the node; it must not acknowledge anything any more.
/// </summary>
public sealed class JournalReplicaActor : ReceiveActor, IWithTimers
{
    /// <summary>The most bytes of batches in a message, unless one batch alone is larger: a message of 128 KiB with what is around them, so that heartbeats between
    /// the nodes, which share the connection, do not wait long behind one.</summary>
    internal const int MessageBytes = 120 * 1024;

    private static readonly TimeSpan MaintenanceInterval = TimeSpan.FromSeconds(1);

    private readonly MetadataJournal journal;
    private readonly ClusterState cluster;
    private readonly SnapshotPolicy policy;
    private readonly TimeProvider time;
    private readonly SnapshotServer snapshots;
    private readonly JournalAcceptor acceptor;
    private readonly ILoggingAdapter log = Context.GetLogger();

    private IActorRef proposer = ActorRefs.Nobody;
    private long flushToken;
    private bool isFlushDue;
    private bool isTakingSnapshot;
    private (SnapshotOffered Offer, IActorRef From, SnapshotDownload Download)? incoming;

    public JournalReplicaActor(MetadataJournal journal, ClusterState cluster, SnapshotPolicy policy, TimeProvider time)
    {
        this.journal = journal;
        this.cluster = cluster;
        this.policy = policy;
        this.time = time;
        snapshots = new SnapshotServer(journal);
        var (promised, outline) = journal.Load();
        acceptor = new JournalAcceptor(journal.Self, promised, outline);
        Receive<JournalAppend>(OnAppend);
        Receive<JournalRequest>(request => Step(request, default));
        Receive<Flush>(_ => OnFlush());
        Receive<SnapshotOffered>(OnOffered);
        Receive<SnapshotPart>(OnPart);
        Receive<PullSnapshotPart>(request => Sender.Tell(snapshots.Answer(request), Self));
        Receive<Maintain>(_ => OnMaintain());
        Receive<SnapshotTaken>(OnTaken);
        Receive<Status.Failure>(failure => throw new IOException($"a snapshot of the metadata could not be stored: {failure.Cause.Message}", failure.Cause));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private sealed record Flush
    {
        public static Flush Instance { get; } = new();
    }

    private sealed record Maintain
    {
        public static Maintain Instance { get; } = new();
    }

    private sealed record SnapshotTaken(JournalPosition Position);

    public static Props Create(MetadataJournal journal, ClusterState cluster, SnapshotPolicy policy, TimeProvider time) =>
        ActorProps.Of(() => new JournalReplicaActor(journal, cluster, policy, time));

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Maintain), Maintain.Instance, MaintenanceInterval);

    private void OnAppend(JournalAppend message)
    {
        ImmutableArray<JournalBatch> batches;
        try
        {
            batches = JournalRecords.Parse(message.Batches.Span);
        }
        catch (InvalidDataException e)
        {
            log.Warning("an append of controller epoch {0} is ignored: {1}", message.Epoch, e.Message);
            return;
        }

        Step(new Append(message.Epoch, message.Previous, batches, message.Committed), message.Batches);
    }

    private void Step(JournalRequest request, ReadOnlyMemory<byte> bytes)
    {
        if (request.Epoch >= acceptor.Promised)
        {
            proposer = Sender;
        }

        Run(acceptor.Step(request), Sender, bytes);
        journal.SetCommitted(acceptor.Committed);
    }

    private void Run(ImmutableArray<AcceptorEffect> effects, IActorRef replyTo, ReadOnlyMemory<byte> bytes)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case StorePromise promise:
                    journal.StorePromise(promise.Epoch, promise.Proposer);
                    break;
                case TruncateJournal truncate:
                    log.Info("records of the metadata journal from offset {0} on were never committed and are cut", truncate.EndOffset);
                    journal.Truncate(truncate.EndOffset);
                    break;
                case WriteBatches write:
                    journal.Write(Tail(bytes, write.Batches));
                    break;
                case FlushJournal flush:
                    FlushSoon(flush.Token);
                    break;
                case StartJournalAt start:
                    journal.StartAt(start.Snapshot, start.IsWhole);
                    break;
                case ReplyToProposer reply:
                    replyTo.Tell(reply.Reply, Self);
                    break;
                case ReadForPull pull:
                    var slice = journal.Read(pull.Request.From.Offset, acceptor.Outline.EndOffset, MessageBytes);
                    replyTo.Tell(new JournalPulled(acceptor.Self, pull.Request.Epoch, pull.Request.From, slice.Bytes), Self);
                    break;
            }
        }
    }

    /// <summary>The bytes of the last batches of a message.</summary>
    private static ReadOnlyMemory<byte> Tail(ReadOnlyMemory<byte> bytes, ImmutableArray<JournalBatch> batches)
    {
        var from = 0;
        foreach (var entry in new Records.BatchEntries(bytes.Span))
        {
            if (entry.OffsetField == batches[0].BaseOffset.Value)
            {
                return bytes[from..];
            }

            from += entry.SizeInBytes;
        }

        throw new InvalidOperationException($"batch {batches[0]} is not in the message that brought it");
    }

    /// <summary>The message to itself comes after those that wait already: their batches are made durable by the same fsync.</summary>
    private void FlushSoon(long token)
    {
        flushToken = token;
        if (!isFlushDue)
        {
            isFlushDue = true;
            Self.Tell(Flush.Instance, Self);
        }
    }

    private void OnFlush()
    {
        isFlushDue = false;
        journal.Flush();
        Run(acceptor.OnFlushed(flushToken), proposer, default);
    }

    private void OnOffered(SnapshotOffered offer)
    {
        if (offer.Epoch < acceptor.Promised)
        {
            Sender.Tell(new Refused(acceptor.Self, offer.Epoch, acceptor.Promised), Self);
            return;
        }

        if (incoming?.Offer != offer)
        {
            incoming = (offer, Sender, new SnapshotDownload(offer.Snapshot, offer.Size));
        }

        Sender.Tell(incoming.Value.Download.Next, Self);
    }

    private void OnPart(SnapshotPart part)
    {
        if (incoming is not { } current || !current.From.Equals(Sender))
        {
            return;
        }

        var isWhole = current.Download.Take(part, Sender, Self);
        if (isWhole != false)
        {
            incoming = null;
        }

        if (isWhole == true)
        {
            Install(current.Offer, current.Download);
        }
    }

    private void Install(SnapshotOffered offer, SnapshotDownload download)
    {
        try
        {
            var (_, voters) = MetadataSnapshot.Decode(download.Bytes.Span, download.Snapshot);
            if (offer.Epoch >= acceptor.Promised && offer.Snapshot.Offset > acceptor.Outline.Start.Offset)
            {
                journal.StoreSnapshot(offer.Snapshot, voters, download.Bytes.Span);
            }

            Step(new InstallSnapshot(offer.Epoch, offer.Snapshot, voters), default);
        }
        catch (InvalidDataException e)
        {
            log.Warning("the metadata snapshot {0} of {1} is ignored: {2}", offer.Snapshot, Sender, e.Message);
        }
    }

    private void OnMaintain()
    {
        var image = cluster.Image;
        var applied = new Offset(image.Version);
        if (isTakingSnapshot || applied > acceptor.Committed || applied <= acceptor.Outline.Start.Offset
            || !policy.IsDue(acceptor.Outline, journal.BytesSinceSnapshot, applied))
        {
            return;
        }

        isTakingSnapshot = true;
        TakeSnapshot(image, acceptor.Outline.PositionAt(applied), acceptor.Outline.VotersBefore(applied))
            .PipeTo(Self, success: position => new SnapshotTaken(position), failure: error => new Status.Failure(error));
    }

    private Task<JournalPosition> TakeSnapshot(ClusterImage image, JournalPosition position, VoterSet? voters) => Task.Run(() =>
    {
        var bytes = MetadataSnapshot.Encode(image, position, voters, time.GetUtcNow().ToUnixTimeMilliseconds());
        journal.StoreSnapshot(position, voters, bytes);
        return position;
    });

    private void OnTaken(SnapshotTaken taken)
    {
        isTakingSnapshot = false;
        log.Info("the metadata snapshot {0} is stored", taken.Position);
        Run(acceptor.OnSnapshotStored(taken.Position), ActorRefs.Nobody, default);
    }
}
