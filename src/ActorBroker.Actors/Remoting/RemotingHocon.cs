namespace ActorBroker.Actors.Remoting;

/// <summary>What the actor system of a clustered node has to know of this room: who may speak to it, and what of Akka.NET's own messages may arrive.</summary>
public static class RemotingHocon
{
    /// <summary>
    /// The largest message between nodes, in bytes. Control messages are below 128 KiB by their senders' rule; as long as record batches go this way, too, the
    /// frame of a push must fit.
    /// </summary>
    public const int MaxFrameBytes = 4 << 20;

    /// <summary>
    /// To be added to the actor system's settings before any others, so that nothing takes these away. The adapter's class is written without a space, since
    /// Akka.NET reads it with the quotes that a space needs.
    /// </summary>
    public const string Text = """
        akka {
          log-serializer-override-on-start = off
          actor {
            serializers {
              json = "ActorBroker.Actors.Remoting.RefusedJson, ActorBroker.Actors"
              proto = "ActorBroker.Actors.Remoting.RefusedProtobuf, ActorBroker.Actors"
              daemon-create = "ActorBroker.Actors.Remoting.RefusedDeployment, ActorBroker.Actors"
              reliable-delivery = "ActorBroker.Actors.Remoting.RefusedDelivery, ActorBroker.Actors"
              bytes = "ActorBroker.Actors.Remoting.BytesSerializer, ActorBroker.Actors"
              akka-containers = "ActorBroker.Actors.Remoting.SelectionSerializer, ActorBroker.Actors"
              akka-misc = "ActorBroker.Actors.Remoting.MiscSerializer, ActorBroker.Actors"
              akka-system-msg = "ActorBroker.Actors.Remoting.WatchSerializer, ActorBroker.Actors"
            }
            serialization-bindings {
              "System.Object" = json
              "System.Byte[]" = bytes
            }
          }
          remote {
            adapters.actorbroker = "ActorBroker.Actors.Remoting.GuardedTransportProvider,ActorBroker.Actors"
            dot-netty.tcp.applied-adapters = ["actorbroker"]
          }
        }
        """;

    /// <summary>To be added after all others: what a user may change.</summary>
    public const string Defaults = """
        akka.remote {
          # Who was not there yet, or was away, is tried again soon.
          retry-gate-closed-for = 100ms
          handshake-timeout = 5s
          dot-netty.tcp {
            connection-timeout = 3s
            send-buffer-size = 1048576b
            receive-buffer-size = 1048576b
          }
        }
        """;
}
