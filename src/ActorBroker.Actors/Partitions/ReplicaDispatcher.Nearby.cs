namespace ActorBroker.Actors.Partitions;

/// <summary>Compiled where the actor runtime has it.</summary>
internal static partial class ReplicaDispatcher
{
    private const string Executor = "AkkaExtensions.Dispatch.NearbyExecutor, Akka";
}
