using System.Collections.Immutable;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Controller;

/// <summary>How nodes hear of what is decided.</summary>
public sealed partial class ControllerActor
{
    private readonly MetadataPublisher publisher;
    private readonly SnapshotServer snapshots;

    /// <summary>What was committed last, so that it need not be read again for each node, nor waits for this node's own disk.</summary>
    private readonly RecentBatches recent = new(QuorumJournal.RecentBytes);

    /// <summary>Ticks since it serves, and one: zero stands for never.</summary>
    private long tick = 1;

    private sealed record PublishTick
    {
        public static PublishTick Instance { get; } = new();
    }

    /// <summary>Batches of the journal, from memory where they are there.</summary>
    private JournalSlice Read(Offset from, Offset upTo) =>
        recent.Read(from, upTo, JournalReplicaActor.MessageBytes) ?? setup.Journal.Read(from, upTo, JournalReplicaActor.MessageBytes);

    /// <summary>Nodes that follow another controller, or none, hear of this one at once: what it decides first is often who leads instead of a dead node.</summary>
    private void Announce()
    {
        var news = new MetadataDelta(epoch, committed.Version, committed.Version, default);
        var endpoints = committed.Brokers.Values.Where(broker => !setup.Journals.ContainsKey(broker.Id))
            .Select(broker => broker.EndpointOf(ImagePeers.Listener)).OfType<BrokerEndpoint>();
        foreach (var path in setup.Journals.Values.Select(path => path.Replace(ControllerSetup.JournalPath, MetadataSubscriberActor.Path, StringComparison.Ordinal))
            .Concat(endpoints.Select(endpoint => new Address("akka.tcp", Context.System.Name, endpoint.Host, endpoint.Port) + MetadataSubscriberActor.Path)))
        {
            Context.ActorSelection(path).Tell(news, Self);
        }
    }

    private ImmutableArray<QuorumReplicaState> Subscribers()
    {
        var now = setup.Time.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. publisher.Subscribers.Select(subscriber => new QuorumReplicaState(
            subscriber.Node, Guid.Empty, new Offset(subscriber.Applied), TimeOf(subscriber.HeardTick), TimeOf(subscriber.CaughtUpTick)))];

        long TimeOf(long at) => at <= 0 ? -1 : now - (long)((tick - at) * setup.Tick.TotalMilliseconds);
    }
}
