using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Controller;

/// <summary>The committed image for a node of the same process, where no bytes are needed.</summary>
/// <param name="Before">The version that <paramref name="Events"/> follow.</param>
internal sealed record LocalMetadata(ClusterImage Image, long Before, ImmutableArray<MetadataEvent> Events);

/// <summary>
/// Keeps the nodes' images up to date: pushes what is committed to whoever subscribed. It queues nothing for a node but the version that it has: what a slow one
/// lacks is read from the journal again, and from the snapshot when the journal no longer has it.
/// </summary>
internal sealed class MetadataPublisher(IActorRef self, Func<Offset, Offset, JournalSlice> read, SnapshotServer snapshots)
{
    private const int MaxInFlight = 4;
    private const int SilentTicks = 300;

    private readonly Dictionary<IActorRef, Subscriber> subscribers = [];

    /// <summary>A node that follows.</summary>
    internal sealed class Subscriber(NodeId node)
    {
        public NodeId Node => node;

        public long Sent { get; set; }

        public long Applied { get; set; } = -1;

        public int InFlight { get; set; }

        public long HeardTick { get; set; }

        public long CaughtUpTick { get; set; }
    }

    public IEnumerable<Subscriber> Subscribers => subscribers.Values;

    /// <summary>A node says what it has, for the first time or again.</summary>
    public void OnSubscribe(IActorRef subscriber, SubscribeMetadata request, long tick, ControllerEpoch epoch, ClusterImage committed)
    {
        if (!subscribers.TryGetValue(subscriber, out var state) || state.Node != request.Node)
        {
            subscribers[subscriber] = state = new Subscriber(request.Node);
        }

        state.InFlight = 0;
        state.Sent = request.Version;
        Note(state, request.Version, tick, committed);
        if (state.Sent >= committed.Version)
        {
            // Nothing is missing: it must hear that.
            subscriber.Tell(new MetadataDelta(epoch, request.Version, request.Version, default), self);
        }
        else
        {
            Push(subscriber, state, epoch, committed, change: null);
        }
    }

    /// <summary>A node has what it was sent. One that is not known answers the announcement of this controller: it follows from here on.</summary>
    public void OnApplied(IActorRef subscriber, MetadataApplied applied, long tick, ControllerEpoch epoch, ClusterImage committed)
    {
        if (!subscribers.TryGetValue(subscriber, out var state))
        {
            subscribers[subscriber] = state = new Subscriber(applied.Node) { Sent = applied.Version };
        }

        state.InFlight = Math.Max(0, state.InFlight - 1);
        Note(state, applied.Version, tick, committed);
        Push(subscriber, state, epoch, committed, change: null);
    }

    /// <summary>Something was committed.</summary>
    public void OnCommitted(ControllerEpoch epoch, LocalMetadata change)
    {
        foreach (var (subscriber, state) in subscribers)
        {
            Push(subscriber, state, epoch, change.Image, change);
        }
    }

    /// <summary>Sends again what could not be read yet, and forgets who is silent.</summary>
    public void Tick(long tick, ControllerEpoch epoch, ClusterImage committed)
    {
        foreach (var (subscriber, state) in subscribers.ToList())
        {
            if (tick - state.HeardTick > SilentTicks)
            {
                subscribers.Remove(subscriber);
            }
            else
            {
                Push(subscriber, state, epoch, committed, change: null);
            }
        }
    }

    private static void Note(Subscriber state, long version, long tick, ClusterImage committed)
    {
        state.HeardTick = tick;
        state.Applied = version;
        if (version >= committed.Version)
        {
            state.CaughtUpTick = tick;
        }
    }

    private void Push(IActorRef subscriber, Subscriber state, ControllerEpoch epoch, ClusterImage committed, LocalMetadata? change)
    {
        if (subscriber.Path.Address.HasLocalScope)
        {
            if (state.Sent < committed.Version)
            {
                state.Sent = committed.Version;
                subscriber.Tell(change ?? new LocalMetadata(committed, -1, []), self);
            }

            return;
        }

        while (state.Sent < committed.Version && state.InFlight < MaxInFlight)
        {
            if (snapshots.NewestPosition is { } oldest && state.Sent < oldest.Offset.Value)
            {
                Offer(subscriber, state, epoch);
                return;
            }

            var slice = read(new Offset(state.Sent), new Offset(committed.Version));
            if (slice.Batches.IsEmpty)
            {
                return;
            }

            var to = slice.Batches[^1].NextOffset.Value;
            subscriber.Tell(new MetadataDelta(epoch, state.Sent, to, slice.Bytes), self);
            state.Sent = to;
            state.InFlight++;
        }
    }

    /// <summary>The node fetches the snapshot and subscribes again from there.</summary>
    private void Offer(IActorRef subscriber, Subscriber state, ControllerEpoch epoch)
    {
        if (snapshots.Newest() is var (position, size))
        {
            state.InFlight = MaxInFlight;
            subscriber.Tell(new SnapshotOffered(epoch, position, size), self);
        }
    }
}
