namespace ActorBroker.Actors.Hosting;

/// <summary>A message for a replica that is told by name. Our own, and not Akka.NET's, so that a node in no cluster loads nothing of sharding.</summary>
internal sealed record ReplicaEnvelope(string EntityId, object Message);
