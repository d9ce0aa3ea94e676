using System.Collections.Immutable;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Model;
using ActorBroker.Storage;
using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;

namespace ActorBroker.Actors.Hosting;

/// <summary>
/// Replicas as sharded entities. A broker's replicas are the entities of one shard, which is pinned to the broker's node: where a replica is, is the
/// controller's decision and never the shard coordinator's.
/// </summary>
public static class ReplicaSharding
{
    /// <summary>The name of the type: regions are at <c>/system/sharding/replica</c>.</summary>
    public const string TypeName = "replica";

    /// <summary>Messages for replicas of other nodes that wait until it is known where the nodes are. Leaders ask again what is lost.</summary>
    private const int BufferSize = 10_000;

    private static readonly TimeSpan ShardPause = TimeSpan.FromSeconds(1);

    /// <summary>Starts this broker's region; its shard runs from then on.</summary>
    /// <param name="role">Of the nodes that hold replicas.</param>
    public static Task<IActorRef> StartAsync(ActorSystem system, string role, IPeerDirectory peers, LogManager logs, ReplicaSettings replicas)
    {
        var sharding = ClusterSharding.Get(system);
        var settings = ClusterShardingSettings.Create(system).WithRole(role).WithRememberEntities(false).WithPassivateIdleAfter(TimeSpan.Zero);
        settings = settings.WithTuningParameters(settings.TuningParameters.WithBufferSize(BufferSize).WithShardFailureBackoff(ShardPause));
        var allocation = new ReplicaAllocation(replicas.NodeId, peers, Cluster.Get(system).SelfAddress);
        return sharding.StartAsync(TypeName, _ => ReplicaActor.Props(logs, replicas), settings, new ReplicaExtractor(), allocation, PoisonPill.Instance);
    }
}

/// <summary>Which replica a message is for: of an envelope the one that it names, of a leader's question its follower.</summary>
internal sealed class ReplicaExtractor : IMessageExtractor
{
    public string EntityId(object message) => message switch
    {
        ShardingEnvelope envelope => envelope.EntityId,
        FetchStateMessage question => ReplicaId.Of(question.Partition, question.Stream.Follower),
        _ => null!,
    };

    public object EntityMessage(object message) => message is ShardingEnvelope envelope ? envelope.Message : message;

    public string ShardId(object message) => message switch
    {
        ShardRegion.StartEntity start => ShardId(start.EntityId, message),
        FetchStateMessage question => ReplicaId.ShardOf(question.Stream.Follower),
        _ => EntityId(message) is { } id ? ShardId(id, message) : null!,
    };

    public string ShardId(string entityId, object? messageHint = null) => ReplicaId.ShardOf(entityId)!;
}

/// <summary>Pins the shard of each broker to the region at the address with which the broker is registered. Nothing ever moves: a shard whose broker is away waits.</summary>
internal sealed partial class ReplicaAllocation(NodeId self, IPeerDirectory peers, Address selfAddress) : IShardAllocationStrategy
{
    private static readonly Task<IImmutableSet<string>> Nothing = Task.FromResult<IImmutableSet<string>>(ImmutableHashSet<string>.Empty);

    /// <summary>The shard that belongs to this node.</summary>
    public string? OwnShard => ReplicaId.ShardOf(self);

    /// <summary>Where a shard's broker is registered; null while it is not.</summary>
    public Address? AddressOf(string shardId) =>
        ReplicaId.BrokerOf(shardId) is not { } broker ? null : broker == self ? selfAddress : peers.AddressOf(broker);

    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations)
    {
        var address = AddressOf(shardId);
        var region = address is null ? null : currentShardAllocations.Keys.FirstOrDefault(region =>
            (region.Path.Address.HasLocalScope ? selfAddress : region.Path.Address).Equals(address));
        return Task.FromResult(region!);
    }

    public Task<IImmutableSet<string>> Rebalance(
        IImmutableDictionary<IActorRef, IImmutableList<string>> currentShardAllocations, IImmutableSet<string> rebalanceInProgress) => Nothing;
}
