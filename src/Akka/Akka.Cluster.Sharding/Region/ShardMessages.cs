using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster.Sharding;

/// <summary>A region tells its shard a message for an entity.</summary>
internal sealed record DeliverToEntity(string EntityId, object Message) : INoSerializationVerificationNeeded, IWrappedMessage;

/// <summary>A region tells its shard to start an entity.</summary>
internal sealed record StartEntityInShard(string EntityId) : INoSerializationVerificationNeeded;

/// <summary>A region tells its shard to stop all entities, and itself after them.</summary>
internal sealed record StopShard : INoSerializationVerificationNeeded;

/// <summary>A shard tells its region, as its last word, which entities it remembered; default if it remembers none.</summary>
internal sealed record ShardIsEmpty(string Shard, ImmutableArray<string> Entities) : INoSerializationVerificationNeeded;

/// <summary>A region asks its shard what runs in it; the answer is <see cref="ShardState"/>.</summary>
internal sealed record GetShardState : INoSerializationVerificationNeeded;
