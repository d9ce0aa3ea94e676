#nullable disable
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster.Sharding;

/// <summary>The entity's id and what it is told; none for a message that is not for an entity.</summary>
public delegate Option<(string, object)> ExtractEntityId(object message);

/// <summary>The shard of a message; null for a message that is not for an entity.</summary>
public delegate string ExtractShardId(object message);

/// <summary>Says for which entity, and for which shard, a message is. It must give the same answers on every node.</summary>
public interface IMessageExtractor
{
    /// <summary>The entity's id; null for a message that is not for an entity.</summary>
    string EntityId(object message);

    /// <summary>What the entity is told.</summary>
    object EntityMessage(object message);

    /// <summary>The shard of a message; null for a message that is not for an entity.</summary>
    string ShardId(object message);

    /// <summary>The shard of an entity.</summary>
    /// <param name="entityId">The entity.</param>
    /// <param name="messageHint">The message, if there is one.</param>
    string ShardId(string entityId, object messageHint = null);
}

/// <summary>An extractor that spreads entities over a fixed number of shards by a hash of their ids.</summary>
public abstract class HashCodeMessageExtractor : IMessageExtractor
{
    public readonly int MaxNumberOfShards;

    /// <param name="maxNumberOfShards">The same on every node; a common choice is ten times the largest number of nodes.</param>
    protected HashCodeMessageExtractor(int maxNumberOfShards)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfShards, 1);
        MaxNumberOfShards = maxNumberOfShards;
    }

    /// <summary>An extractor of functions; without the second one entities are told the message itself.</summary>
    public static HashCodeMessageExtractor Create(int maxNumberOfShards, Func<object, string> entityIdExtractor, Func<object, object> messageExtractor = null) =>
        new OfFunctions(maxNumberOfShards, entityIdExtractor, messageExtractor);

    public abstract string EntityId(object message);

    public virtual object EntityMessage(object message) => message;

    public virtual string ShardId(object message) => EntityId(message) is { } id ? ShardId(id, message) : null;

    public virtual string ShardId(string entityId, object messageHint = null) => (StableHash(entityId) % (uint)MaxNumberOfShards).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>FNV-1a over UTF-16 units: string.GetHashCode differs from process to process.</summary>
    private static uint StableHash(string text)
    {
        var hash = 2166136261u;
        foreach (var unit in text) hash = (hash ^ unit) * 16777619u;
        return hash;
    }

    private sealed class OfFunctions(int shards, Func<object, string> entityId, Func<object, object> entityMessage) : HashCodeMessageExtractor(shards)
    {
        public override string EntityId(object message) => entityId(message);

        public override object EntityMessage(object message) => entityMessage is null ? message : entityMessage(message);
    }
}

/// <summary>An extractor of the two delegates.</summary>
internal sealed class DelegateMessageExtractor(ExtractEntityId extractEntityId, ExtractShardId extractShardId) : IMessageExtractor
{
    public string EntityId(object message) => extractEntityId(message) is { HasValue: true } found ? found.Value.Item1 : null;

    public object EntityMessage(object message) => extractEntityId(message) is { HasValue: true } found ? found.Value.Item2 : null;

    public string ShardId(object message) => extractShardId(message);

    public string ShardId(string entityId, object messageHint = null) => extractShardId(messageHint ?? new ShardRegion.StartEntity(entityId));
}

/// <summary>A message for an entity, with the entity's id. Every region understands it, whatever its extractor does.</summary>
public sealed class ShardingEnvelope : IWrappedMessage, IClusterShardingSerializable, IEquatable<ShardingEnvelope>
{
    public ShardingEnvelope(string entityId, object message)
    {
        EntityId = entityId;
        Message = message;
    }

    public string EntityId { get; }

    public object Message { get; }

    public bool Equals(ShardingEnvelope other) => other is not null && EntityId == other.EntityId && Equals(Message, other.Message);

    public override bool Equals(object obj) => Equals(obj as ShardingEnvelope);

    public override int GetHashCode() => HashCode.Combine(EntityId, Message);

    public override string ToString() => $"ShardingEnvelope({EntityId}, {Message})";
}
