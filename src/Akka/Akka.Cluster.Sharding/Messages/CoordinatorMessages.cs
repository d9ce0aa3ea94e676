using System.Collections.Immutable;
using Akka.Actor;
using Akka.Event;
using AkkaExtensions.Remoting;

namespace Akka.Cluster.Sharding;

/// <summary>A message between a coordinator and regions. All of them are small and use the control lane, so they overtake bulk payloads and keep their own order.</summary>
internal abstract record CoordinationMessage : IClusterShardingSerializable, IControlMessage, IDeadLetterSuppression;

/// <summary>A coordinator's request to a member: promise to obey no older epoch, and tell what you host.</summary>
internal sealed record CollectShards(string TypeName, long Epoch) : CoordinationMessage;

/// <summary>The answer. Region is null where there is no region of the type; Known are shards that it has heard of.</summary>
internal sealed record ShardsCollected(UniqueAddress Node, long Epoch, IActorRef? Region, ImmutableArray<string> Hosted, ImmutableArray<string> Known) : CoordinationMessage;

/// <summary>The region has promised itself to a newer coordinator.</summary>
internal sealed record EpochRefused(long Promised) : CoordinationMessage;

/// <summary>A region introduces itself, with what it hosts.</summary>
internal sealed record RegisterRegion(UniqueAddress Node, ImmutableArray<string> Hosted) : CoordinationMessage;

/// <summary>A proxy introduces itself.</summary>
internal sealed record RegisterProxy : CoordinationMessage;

/// <summary>The coordinator knows the region or proxy.</summary>
internal sealed record RegisterAck(long Epoch) : CoordinationMessage;

/// <summary>Where is the shard?</summary>
internal sealed record GetShardHome(string Shard) : CoordinationMessage;

/// <summary>There.</summary>
internal sealed record ShardHome(string Shard, IActorRef Region, long Epoch) : CoordinationMessage;

/// <summary>Host the shard. Number is the allocation's, 0 if the coordinator found the shard there. Entities are those that the former host handed over; default if nothing was handed over.</summary>
internal sealed record HostShard(string Shard, long Epoch, long Number, ImmutableArray<string> Entities) : CoordinationMessage;

/// <summary>The shard is hosted.</summary>
internal sealed record ShardStarted(string Shard, long Number) : CoordinationMessage;

/// <summary>The shard is about to move: keep messages for it.</summary>
internal sealed record BeginHandOff(string Shard, long Epoch) : CoordinationMessage;

/// <summary>They are kept.</summary>
internal sealed record BeginHandOffAck(string Shard) : CoordinationMessage;

/// <summary>Stop the shard.</summary>
internal sealed record HandOff(string Shard, long Epoch, long Number) : CoordinationMessage;

/// <summary>The shard does not run here. Entities are those to be started elsewhere, with remember-entities; default if they are not known.</summary>
internal sealed record ShardStopped(string Shard, long Number, ImmutableArray<string> Entities) : CoordinationMessage;

/// <summary>A region wants to hand all its shards off.</summary>
internal sealed record GracefulShutdownRequest : CoordinationMessage;
