using System.Globalization;
using ActorBroker.Actors.Partitions;
using ActorBroker.Model;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Cluster.Sharding;

namespace ActorBroker.Actors.Hosting;

/// <summary>
/// Replicas as sharded entities. Each broker has an entity type of its own, started on the nodes of a role that only this broker has: the type's coordinator and
/// its state are on the broker's node, nobody waits for another one, and where a replica is stays the controller's decision.
/// </summary>
public static class ReplicaSharding
{
    /// <summary>Messages for replicas that wait while the shard starts. The replica manager tells again what is lost.</summary>
    private const int BufferSize = 10_000;

    private static readonly TimeSpan ShardPause = TimeSpan.FromSeconds(1);

    /// <summary>The cluster role that one broker has alone.</summary>
    public static string RoleOf(NodeId broker) => string.Create(CultureInfo.InvariantCulture, $"broker-{broker.Value}");

    /// <summary>The name of a broker's entity type: its region is at <c>/system/sharding/replica-3</c>.</summary>
    public static string TypeOf(NodeId broker) => string.Create(CultureInfo.InvariantCulture, $"replica-{broker.Value}");

    /// <summary>Starts this broker's region. Its node needs <see cref="RoleOf"/>.</summary>
    public static Task<IActorRef> StartAsync(ActorSystem system, LogManager logs, ReplicaSettings replicas)
    {
        // First the extension: it brings the reference configuration that the settings read.
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system)
            .WithRole(RoleOf(replicas.NodeId)).WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero).WithStateStoreMode(StateStoreMode.DData);
        settings = settings.WithTuningParameters(settings.TuningParameters.WithBufferSize(BufferSize).WithShardFailureBackoff(ShardPause));
        return sharding.StartAsync(
            TypeOf(replicas.NodeId), _ => ReplicaActor.Props(logs, replicas, new Passivate(PoisonPill.Instance)), settings, new ReplicaExtractor(), ShardAllocationStrategy.LeastShardAllocationStrategy(1, 1), PoisonPill.Instance);
    }
}

/// <summary>Messages name their replica by an envelope. All replicas of a broker are one shard.</summary>
internal sealed class ReplicaExtractor : IMessageExtractor
{
    private const string Shard = "replicas";

    public string? EntityId(object message) => (message as ReplicaEnvelope)?.EntityId;

    public object EntityMessage(object message) => message is ReplicaEnvelope envelope ? envelope.Message : message;

    public string ShardId(object message) => Shard;

    public string ShardId(string entityId, object? messageHint = null) => Shard;
}
