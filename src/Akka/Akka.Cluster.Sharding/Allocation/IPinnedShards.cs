#nullable enable
using Akka.Actor;

namespace AkkaExtensions.Sharding;

/// <summary>
/// Optional, on an IShardAllocationStrategy: every shard belongs to one node, and each node can tell by itself which and where. A region then hosts the shard of
/// its own node from its start, whether or not there is a coordinator, never hands it off while it runs, and sends messages for other shards to the region at
/// their address. The coordinator only keeps the register of what is where. It is not part of Akka.NET's API, whose coordinator allocates the same shards by
/// the strategy's answers.
/// </summary>
public interface IPinnedShards
{
    /// <summary>The shard that belongs to this node; null if none does.</summary>
    string? OwnShard { get; }

    /// <summary>Where the node of another shard is; null while it is not known, and messages wait. Any thread.</summary>
    Address? AddressOf(string shardId);
}

/// <summary>Published on the event stream when the node of a shard is at an address from now on: what waits for the shard is sent.</summary>
public sealed record PinnedShardFound(string ShardId, Address Address);
