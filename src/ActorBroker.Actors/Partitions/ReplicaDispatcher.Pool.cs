namespace ActorBroker.Actors.Partitions;

/// <summary>Compiled with Akka.NET's packages.</summary>
internal static partial class ReplicaDispatcher
{
    private const string Executor = "default-executor";
}
