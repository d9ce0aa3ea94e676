using System.Net;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Network;

/// <summary>Who is at the other end of a connection, for handlers and logs.</summary>
/// <param name="id">Counts the connections of this process.</param>
/// <param name="listener">Where the client came in; answers with addresses give the advertised ones of the same listener name.</param>
/// <param name="remote">The client's address.</param>
/// <param name="stopping">The node takes no more requests: see <see cref="Stopping"/>.</param>
public sealed class ConnectionInfo(long id, ListenerOptions listener, IPEndPoint remote, CancellationToken stopping)
{
    private volatile bool _isClosed;

    public long Id { get; } = id;

    public ListenerOptions Listener { get; } = listener;

    public IPEndPoint Remote { get; } = remote;

    /// <summary>What the client calls itself in ApiVersions (KIP-511); null before, or from older clients.</summary>
    public string? ClientSoftwareName { get; set; }

    /// <inheritdoc cref="ClientSoftwareName"/>
    public string? ClientSoftwareVersion { get; set; }

    /// <summary>Whether answers have nobody to go to any more; a parked request may be given up then (it must still be completed).</summary>
    public bool IsClosed => _isClosed;

    /// <summary>Requests that wait for something to happen are to be answered as things are, since the node stops.</summary>
    public CancellationToken Stopping { get; } = stopping;

    internal void MarkClosed() => _isClosed = true;

    public override string ToString() => $"{Remote} (listener {Listener.Name}, connection {Id})";
}
