using ActorBroker.Actors.Hosting;
using ActorBroker.Actors.Streams;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using Akka.Actor;

namespace ActorBroker.Actors.Partitions;

/// <summary>What the replicas of a node share.</summary>
/// <param name="ConfigOf">A topic's settings over the broker's defaults, in an image.</param>
/// <param name="MaintenanceInterval">How often retention and rolling by time are looked at (<c>log.retention.check.interval.ms</c>).</param>
public sealed record ReplicaSettings(
    NodeId NodeId, Func<ClusterImage, string, TopicConfig> ConfigOf, TimeSpan MaintenanceInterval, TimeProvider Time)
{
    /// <summary>This process's registration: replicas are taken up when the image has it, since an earlier process's leadership is not this one's. Null:
    /// at once.</summary>
    public Guid? Incarnation { get; init; }

    /// <summary>How long a log remembers a producer that writes nothing, milliseconds (<c>producer.id.expiration.ms</c>).</summary>
    public long ProducerIdExpirationMs { get; init; } = 24L * 60 * 60 * 1000;

    /// <summary>How often forgotten producers are looked for (<c>producer.id.expiration.check.interval.ms</c>).</summary>
    public TimeSpan ProducerExpiryInterval { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Null on a node without others: each of its partitions has one replica.</summary>
    public ReplicationSettings? Replication { get; init; }

    /// <summary>The region of this node's replicas; null on a node in no cluster, whose replica manager hosts them itself.</summary>
    public IActorRef? Region { get; init; }

    /// <summary>How replicas that throw are started again.</summary>
    public ReplicaRestarts Restarts { get; init; } = ReplicaRestarts.Default;

    /// <summary>How long an entity that nobody gave a task waits for it: a message may come before the image that says so, or long after the topic is gone.</summary>
    public TimeSpan TaskTimeout { get; init; } = TimeSpan.FromSeconds(10);

    public long NowMs() => Time.GetUtcNow().ToUnixTimeMilliseconds();
}
