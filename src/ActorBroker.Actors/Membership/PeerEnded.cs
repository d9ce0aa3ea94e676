using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Membership;

/// <summary>
/// A node's process has ended, or at least the incarnation of the node that was a member: published on the event stream of the actor system by whoever knows it.
/// The controller fences the broker at once; the downing provider looks for itself, and downs the member.
/// </summary>
/// <param name="Address">The node's address in the cluster, of which this actor system believes that a member is there.</param>
/// <param name="Node">The node's id; null when only the address is known.</param>
/// <param name="Reason">How it is known, for the log.</param>
public sealed record PeerEnded(Address Address, NodeId? Node, string Reason);
