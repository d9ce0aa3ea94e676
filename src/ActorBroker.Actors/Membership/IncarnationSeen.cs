using Akka.Cluster;

namespace ActorBroker.Actors.Membership;

/// <summary>
/// A node has spoken, and this is who it is now: a member with the same address and another uid has ended. Published on the event stream. Only one process can listen
/// at an address, so that this needs no further proof.
/// </summary>
public sealed record IncarnationSeen(UniqueAddress Node);
