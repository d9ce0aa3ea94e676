using System.Text;
using ActorBroker.Model;
using Akka.Actor.Setup;

namespace ActorBroker.Actors.Remoting;

/// <summary>Who this node is to others, and the secret that all nodes of its cluster share. Not among the settings, which may be logged.</summary>
/// <param name="cookie">The shared secret; empty for none, which keeps out nodes of other clusters by mistake only.</param>
/// <exception cref="ArgumentException">The cluster id has no sensible length.</exception>
public sealed class PeerSetup(NodeId node, string clusterId, string cookie) : Setup
{
    /// <summary>The longest cluster id, in bytes of UTF-8.</summary>
    public const int MaxClusterIdBytes = 100;

    private readonly byte[] key = Encoding.UTF8.GetBytes(cookie);

    public NodeId Node { get; } = node;

    public string ClusterId { get; } = Encoding.UTF8.GetByteCount(clusterId) is > 0 and <= MaxClusterIdBytes
        ? clusterId
        : throw new ArgumentException($"a cluster id has 1 to {MaxClusterIdBytes} bytes", nameof(clusterId));

    /// <summary>The key of the proofs.</summary>
    internal ReadOnlySpan<byte> Key => key;
}
