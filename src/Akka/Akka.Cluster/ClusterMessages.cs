#nullable disable
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster;

/// <summary>What the program asks for.</summary>
internal static class ClusterUserAction
{
    public sealed record JoinTo(Address Address);

    public sealed record JoinSeedNodes(ImmutableList<Address> SeedNodes);

    public sealed record Leave(Address Address);

    public sealed record Down(Address Address);

    /// <summary>Downs members together.</summary>
    public sealed record DownNodes(ImmutableHashSet<UniqueAddress> Nodes);

    /// <summary>The tasks of the phase cluster-exiting are done.</summary>
    public sealed record ExitingCompleted;
}

/// <summary>What nodes tell each other.</summary>
internal static class ClusterWire
{
    /// <summary>Asks whether there is a cluster that would take a node with these settings.</summary>
    public sealed record InitJoin(ImmutableSortedDictionary<string, string> Settings) : IClusterMessage;

    /// <summary>There is: join by this address.</summary>
    public sealed record InitJoinAck(Address Address) : IClusterMessage;

    /// <summary>This node has no cluster.</summary>
    public sealed record InitJoinNack(Address Address) : IClusterMessage;

    public sealed record Join(UniqueAddress Node, ImmutableHashSet<string> Roles, AppVersion AppVersion, ImmutableSortedDictionary<string, string> Settings) : IClusterMessage;

    /// <summary>The node cannot join, and why.</summary>
    public sealed record JoinRefused(Address Address, string Reason) : IClusterMessage;

    /// <summary>The node is a member now.</summary>
    public sealed record Welcome(UniqueAddress From, Gossip Gossip) : IClusterMessage;

    public sealed record GossipEnvelope(UniqueAddress From, UniqueAddress To, Gossip Gossip) : IClusterMessage
    {
        /// <summary>When it was made or received, in milliseconds of this process.</summary>
        public long AtMs { get; } = Environment.TickCount64;
    }

    /// <summary>Which version the sender has, and a digest of who has seen it.</summary>
    public sealed record GossipStatus(UniqueAddress From, VectorClock Version, int SeenDigest) : IClusterMessage;

    /// <summary>A leaving node is done and may be removed.</summary>
    public sealed record ExitingConfirmed(UniqueAddress Node) : IClusterMessage;

    public sealed record Heartbeat(Address From, long SequenceNr) : IClusterMessage;

    public sealed record HeartbeatRsp(UniqueAddress From, long SequenceNr) : IClusterMessage;
}

/// <summary>Adds a subscriber of events.</summary>
internal sealed record Subscription(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode, ImmutableArray<Type> To);

/// <summary>Removes one; from all events if the type is null.</summary>
internal sealed record EndSubscription(IActorRef Subscriber, Type To);

internal sealed record SendCurrentState(IActorRef Receiver);

/// <summary>Runs code when this node gets a status.</summary>
internal sealed record AddStatusListener(MemberStatus Status, Action Callback);

/// <summary>The membership is another one.</summary>
internal sealed record StateChanged(MembershipState State);
