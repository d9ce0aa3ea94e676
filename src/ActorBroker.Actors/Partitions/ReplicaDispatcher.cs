namespace ActorBroker.Actors.Partitions;

/// <summary>
/// The dispatcher of replicas that have others on other nodes. The thread that received what other nodes say lets the replicas have
/// their turn when it has handed over all of it: a push is written, or an acknowledgement counted, without another thread being woken.
/// </summary>
public static class ReplicaDispatcher
{
    public const string Id = "actorbroker-replica-dispatcher";

    /// <summary>HOCON of the dispatcher.</summary>
    public const string Configuration = """

        actorbroker-replica-dispatcher { type = Dispatcher, executor = "ActorBroker.Actors.Runtime.NearbyExecutor, ActorBroker.Actors" }
        """;
}
