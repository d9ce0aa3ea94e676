using System.Collections.Concurrent;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>The leaders of a node that have something to look after: one timer ticks them all, and a leader whose followers have everything costs nothing.</summary>
internal sealed class ReplicationTicks
{
    private readonly ConcurrentDictionary<IActorRef, bool> waiting = new();

    public void Add(IActorRef replica) => waiting.TryAdd(replica, true);

    public void Remove(IActorRef replica) => waiting.TryRemove(replica, out _);

    public void TickAll(object tick)
    {
        foreach (var (replica, _) in waiting)
        {
            replica.Tell(tick, ActorRefs.NoSender);
        }
    }
}
