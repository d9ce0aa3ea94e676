using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using ActorBroker.Storage;
using Akka.Actor;

namespace ActorBroker.Actors.Streams;

/// <summary>What replicas of partitions with several replicas need of their node.</summary>
/// <param name="Streams">To the other nodes.</param>
/// <param name="Controller">Is asked with <see cref="ActorBroker.Metadata.AlterPartition"/>.</param>
/// <param name="Leader">What leaders go by.</param>
public sealed record ReplicationSettings(ReplicationStreams Streams, IActorRef Controller, LeaderSettings Leader)
{
    /// <summary>From the node's options.</summary>
    public static ReplicationSettings From(ReplicationOptions options, ReplicationStreams streams, IActorRef controller) => new(
        streams,
        controller,
        new LeaderSettings { LagTimeMaxMs = options.LagTimeMaxMs, WindowBytes = options.WindowBytes, ReadBytes = options.PushMaxBytes })
    {
        PushBytes = options.PushMaxBytes,
        CatchUp = options.CatchUpBytesPerSecond == 0 ? BandwidthLimit.None : new BandwidthLimit(options.CatchUpBytesPerSecond),
    };

    /// <summary>How often leaders look after their followers while there is something to look after.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a high watermark waits for records to travel with, before it is told alone: a message for each append would cost
    /// a follower as much as the append itself.</summary>
    public TimeSpan OffsetsInterval { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Largest push that is made of several appends, in bytes. One append is one push in any case.</summary>
    public int PushBytes { get; init; } = 1 << 20;

    /// <summary>Shared by all followers of the node's leaders that are not in sync.</summary>
    public BandwidthLimit CatchUp { get; init; } = BandwidthLimit.None;

    /// <summary>The region of this node's replicas, to which questions for replicas that do not run yet go; null outside a cluster.</summary>
    public IActorRef? Region { get; init; }

    /// <summary>The rates of throttled replicas; null where nobody sets any.</summary>
    public ReplicationThrottles? Throttles { get; init; }

    /// <summary>Longest wait for the controller's answer to a proposal.</summary>
    public TimeSpan ControllerTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Leaders that want a tick.</summary>
    internal ReplicationTicks Ticks { get; } = new();

    /// <summary>Leaders that have offsets to tell with which no records go.</summary>
    internal ReplicationTicks Offsets { get; } = new();
}
