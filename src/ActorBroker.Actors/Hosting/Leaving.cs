using Akka.Actor;

namespace ActorBroker.Actors.Hosting;

/// <summary>A node that ends as a member, by itself or because the others removed it.</summary>
internal static class Leaving
{
    /// <summary>
    /// Whether the node's coordinated shutdown has begun. From then on nothing may be told to the region of its replicas: it would keep that for a shard that nobody
    /// starts again, and not end before it has given up waiting for one.
    /// </summary>
    public static bool IsLeaving(this ActorSystem system) => CoordinatedShutdown.Get(system).ShutdownReason is not null;
}
