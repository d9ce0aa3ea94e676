using ActorBroker.Actors.Runtime;
using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Controller;

/// <summary>
/// Keeps this node's cluster image: subscribes at the controller, applies what it pushes in order, sets <see cref="ClusterState.Image"/> and publishes
/// <see cref="MetadataChanged"/> on the event stream. One on each node, at <see cref="Path"/>. A new controller announces itself with an empty delta; what it has is said again
/// at every tick in which no controller was heard. A gap is answered with what is missing, or a snapshot. Answers <see cref="WhenSynced"/>.
/// Supervision: restarted; the image stays, and the controller is asked for what is missing.
/// </summary>
public sealed class MetadataSubscriberActor : ReceiveActor, IWithTimers
{
    /// <summary>Its path on its own node.</summary>
    public const string Path = "/user/node/metadata";

    private static readonly TimeSpan SubscribeInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan WaitingInterval = TimeSpan.FromSeconds(10);

    private readonly NodeId node;
    private readonly ClusterState cluster;
    private readonly IActorRef controller;
    private readonly ImageFile? file;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly List<IActorRef> waiting = [];
    private bool isSynced;
    private bool wasHeard;
    private (SnapshotOffered Offer, SnapshotDownload Download)? incoming;

    /// <param name="controller">The controller, or the singleton's proxy.</param>
    /// <param name="file">Where the image is kept between starts; null on a controller node, whose journal has it.</param>
    public MetadataSubscriberActor(NodeId node, ClusterState cluster, IActorRef controller, ImageFile? file)
    {
        this.node = node;
        this.cluster = cluster;
        this.controller = controller;
        this.file = file;
        Receive<LocalMetadata>(OnLocal);
        Receive<MetadataDelta>(OnDelta);
        Receive<SnapshotOffered>(OnOffered);
        Receive<SnapshotPart>(OnPart);
        Receive<WhenSynced>(_ => OnWhenSynced());
        Receive<Tick>(_ => OnTick());
        Receive<StillWaiting>(_ => log.Warning(
            "this node still waits for the cluster's metadata: no controller sends any. A majority of actorbroker.cluster.voters must be up, in a new cluster all of them once; the log of the node that is the controller names those that are missing"));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Answered with <see cref="Done"/> when this node's image is, or was since the start, as new as the controller's.</summary>
    public sealed record WhenSynced
    {
        public static WhenSynced Instance { get; } = new();
    }

    private sealed record Tick
    {
        public static Tick Instance { get; } = new();
    }

    private sealed record StillWaiting
    {
        public static StillWaiting Instance { get; } = new();
    }

    public static Props Create(NodeId node, ClusterState cluster, IActorRef controller, ImageFile? file) =>
        ActorProps.Of(() => new MetadataSubscriberActor(node, cluster, controller, file));

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer(nameof(StillWaiting), StillWaiting.Instance, WaitingInterval);
        OnTick();
    }

    protected override void PostStop() => file?.StoreLast(cluster.Image, log);

    private void OnTick()
    {
        if (!wasHeard)
        {
            Subscribe(controller);
        }

        wasHeard = false;
        file?.MaybeStore(cluster.Image, log);
        Timers.StartSingleTimer(nameof(Tick), Tick.Instance, isSynced ? SubscribeInterval : FirstInterval);
    }

    /// <param name="to">Whoever sends metadata knows best that it is the controller; the proxy may still look for it.</param>
    private void Subscribe(IActorRef to) => to.Tell(new SubscribeMetadata(node, cluster.Image.Version), Self);

    private void OnLocal(LocalMetadata update)
    {
        wasHeard = true;
        var before = cluster.Image;
        if (update.Image.Version > before.Version)
        {
            var events = update.Before == before.Version ? update.Events : [.. ImageEvents.Between(before, update.Image)];
            NoteMissed(events, before.Version);
            Publish(update.Image, events);
        }

        Acknowledge(isLast: true);
    }

    private void OnDelta(MetadataDelta delta)
    {
        wasHeard = true;
        var before = cluster.Image;
        if (delta.From > before.Version)
        {
            Subscribe(Sender);
            return;
        }

        if (delta.To > before.Version)
        {
            var events = ImmutableArray.CreateBuilder<MetadataEvent>();
            var image = before;
            JournalRecords.ReadEvents(delta.Batches.Span, new Offset(before.Version), (offset, change) =>
            {
                if (offset.Value >= before.Version)
                {
                    image = MetadataSnapshot.Apply(image, change, offset);
                    events.Add(change);
                    cluster.Earlier.NoteMissed(change, offset.Value);
                }
            });
            Publish(image with { Version = delta.To }, events.ToImmutable());
        }

        Acknowledge(isLast: delta.To == delta.From || delta.To == cluster.Image.Version);
    }

    private void OnOffered(SnapshotOffered offer)
    {
        wasHeard = true;
        if (offer.Snapshot.Offset.Value <= cluster.Image.Version)
        {
            Subscribe(Sender);
            return;
        }

        if (incoming?.Offer != offer)
        {
            incoming = (offer, new SnapshotDownload(offer.Snapshot, offer.Size));
        }

        Sender.Tell(incoming.Value.Download.Next, Self);
    }

    private void OnPart(SnapshotPart part)
    {
        wasHeard = true;
        if (incoming is not { } current)
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
            Install(current.Download);
        }
    }

    private void Install(SnapshotDownload download)
    {
        var before = cluster.Image;
        var (image, _) = MetadataSnapshot.Decode(download.Bytes.Span, download.Snapshot);
        if (image.Version > before.Version)
        {
            log.Info("the cluster image of version {0} came as a snapshot", image.Version);
            ImmutableArray<MetadataEvent> events = [.. ImageEvents.Between(before, image)];
            NoteMissed(events, before.Version);
            Publish(image, events);
        }

        Subscribe(Sender);
    }

    /// <param name="from">The version before all these changes.</param>
    private void NoteMissed(ImmutableArray<MetadataEvent> events, long from)
    {
        foreach (var change in events)
        {
            cluster.Earlier.NoteMissed(change, from);
        }
    }

    private void Publish(ClusterImage image, ImmutableArray<MetadataEvent> events)
    {
        cluster.Image = image;
        Context.System.EventStream.Publish(new MetadataChanged(image, events));
    }

    private void Acknowledge(bool isLast)
    {
        Sender.Tell(new MetadataApplied(node, cluster.Image.Version), Self);
        if (!isLast || isSynced)
        {
            return;
        }

        isSynced = true;
        Timers.Cancel(nameof(StillWaiting));
        waiting.ForEach(who => who.Tell(Done.Instance, Self));
        waiting.Clear();
    }

    private void OnWhenSynced()
    {
        if (isSynced)
        {
            Sender.Tell(Done.Instance, Self);
        }
        else
        {
            waiting.Add(Sender);
        }
    }
}
