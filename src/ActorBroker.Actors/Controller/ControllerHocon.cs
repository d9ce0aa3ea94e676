namespace ActorBroker.Actors.Controller;

/// <summary>What the actor system of a clustered node has to know of this room: the serialisers of its messages.</summary>
public static class ControllerHocon
{
    /// <summary>To be added to the actor system's settings.</summary>
    public const string Text = """
        akka.actor {
          serializers {
            actorbroker-quorum = "ActorBroker.Actors.Controller.QuorumMessageSerializer, ActorBroker.Actors"
            actorbroker-controller = "ActorBroker.Actors.Controller.ControllerMessageSerializer, ActorBroker.Actors"
          }
          serialization-identifiers {
            "ActorBroker.Actors.Controller.QuorumMessageSerializer, ActorBroker.Actors" = 4510
            "ActorBroker.Actors.Controller.ControllerMessageSerializer, ActorBroker.Actors" = 4511
          }
          serialization-bindings {
            "ActorBroker.Metadata.Quorum.JournalRequest, ActorBroker.Metadata" = actorbroker-quorum
            "ActorBroker.Metadata.Quorum.JournalReply, ActorBroker.Metadata" = actorbroker-quorum
            "ActorBroker.Actors.Controller.JournalAppend, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.JournalPulled, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.SnapshotOffered, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.PullSnapshotPart, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.SnapshotPart, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.SubscribeMetadata, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.MetadataApplied, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Actors.Controller.MetadataDelta, ActorBroker.Actors" = actorbroker-quorum
            "ActorBroker.Metadata.ControllerCommand, ActorBroker.Metadata" = actorbroker-controller
            "ActorBroker.Metadata.ControllerReply, ActorBroker.Metadata" = actorbroker-controller
          }
        }
        """;
}
