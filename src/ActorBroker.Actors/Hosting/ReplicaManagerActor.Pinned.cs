using ActorBroker.Model;
using AkkaExtensions.Sharding;

namespace ActorBroker.Actors.Hosting;

/// <summary>Compiled where the actor runtime has it: the image knows first where a broker is, and what waits for its replicas is sent.</summary>
public sealed partial class ReplicaManagerActor
{
    partial void TellRegion(NodeId broker)
    {
        if (settings.Replication?.Streams.AddressOf(broker) is { } address)
        {
            Context.System.EventStream.Publish(new PinnedShardFound(ReplicaId.ShardOf(broker), address));
        }
    }
}
