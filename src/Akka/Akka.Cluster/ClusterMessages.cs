#nullable disable
using System.Collections.Immutable;
using Akka.Actor;

namespace Akka.Cluster;

/// <summary>What the program asks for. Leave and Down also travel, to a member that can do it.</summary>
internal static class ClusterUserAction
{
    public sealed record JoinTo(Address Address);

    public sealed record JoinSeedNodes(ImmutableList<Address> SeedNodes);

    public sealed record Leave(Address Address) : IClusterMessage;

    public sealed record Down(Address Address) : IClusterMessage;
}

/// <summary>Adds a subscriber of events.</summary>
internal sealed record Subscription(IActorRef Subscriber, ClusterEvent.SubscriptionInitialStateMode Mode, ImmutableArray<Type> To);

/// <summary>Removes one; from all events if the type is null.</summary>
internal sealed record EndSubscription(IActorRef Subscriber, Type To);

internal sealed record SendCurrentState(IActorRef Receiver);

/// <summary>Runs code when this node gets a status.</summary>
internal sealed record AddStatusListener(MemberStatus Status, Action Callback);
