#nullable disable
using Akka.Actor;

namespace AkkaExtensions.Remoting;

/// <summary>
/// The process of another system is known to have ended: its connections broke and nobody listens at its address, or another incarnation does.
/// Published on the event stream. Whoever can answer for an address, for example a firewall that refuses connections, can make this wrong.
/// </summary>
/// <param name="Address">Where it was.</param>
/// <param name="Uid">The incarnation that has ended.</param>
/// <param name="Reason">How it is known.</param>
public sealed record PeerProcessEnded(Address Address, int Uid, string Reason);

/// <summary>A system of which <see cref="PeerProcessEnded"/> was published accepted a connection under the same uid.</summary>
public sealed record PeerAnswered(Address Address, int Uid);
