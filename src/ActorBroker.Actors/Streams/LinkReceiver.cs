using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Runtime;
using ActorBroker.Links;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>
/// Takes what other nodes say to the replicas of this node to them, on the thread that received it; the replicas may have their turn on that thread too (<see cref="NearbyTurns"/>). News of links
/// are <see cref="StreamWatchActor"/>'s. Links are there before the actors: until <see cref="Attach"/> everything is dropped, and streams notice what is missing.
/// </summary>
public sealed class LinkReceiver : ILinkReceiver
{
    private volatile Target? target;

    /// <summary>From now on messages go to replicas.</summary>
    /// <param name="watch">A <see cref="StreamWatchActor"/>.</param>
    /// <param name="region">Of this node's replicas: questions for one that does not run start it. Null outside a cluster.</param>
    internal void Attach(ActorSystem system, NodeId self, PartitionDirectory partitions, IActorRef watch, IActorRef? region) => target = new Target(system, self, partitions, watch, region);

    /// <inheritdoc/>
    public void OnMessage(NodeId from, LinkMessage message)
    {
        if (target is not { } there)
        {
            (message as PushMessage)?.Payload?.Dispose();
        }
        else if (there.Partitions.Find(message.Partition) is { } partition && !partition.Replica.IsNobody())
        {
            partition.Replica.Tell(message, ActorRefs.NoSender);
        }
        else if (message is FetchStateMessage or RepairQuestion && there.Region is { } region && !there.System.IsLeaving())
        {
            // The image that makes it a follower may not be here yet: the entity starts, and waits for its task.
            region.Tell(new ReplicaEnvelope(ReplicaId.Of(message.Partition, there.Self), message), ActorRefs.NoSender);
        }
        else
        {
            there.Watch.Tell(message, ActorRefs.NoSender);
        }
    }

    /// <inheritdoc/>
    public void OnRoom(NodeId node) => target?.Watch.Tell(new StreamWatchActor.Room(node), ActorRefs.NoSender);

    /// <inheritdoc/>
    public void OnNews(LinkNews news) => target?.Watch.Tell(news, ActorRefs.NoSender);

    /// <inheritdoc/>
    public ILinkRound NewRound() => new NearbyTurns();

    private sealed record Target(ActorSystem System, NodeId Self, PartitionDirectory Partitions, IActorRef Watch, IActorRef? Region);
}
