using System.Net;
using System.Net.Sockets;
using ActorBroker.Harness;
using ActorBroker.Model.Options;

namespace ActorBroker.Links.Tests;

/// <summary>Where such a node is connected to.</summary>
internal sealed class RawListener : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public RawListener()
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Address = new HostPort("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port);
    }

    public HostPort Address { get; }

    public async Task<RawPeer> Accept() => RawPeer.Take(await listener.AcceptAsync().WaitAsync(Eventually.Deadline));

    /// <summary>Accepts, and answers as a node that is welcome.</summary>
    public async Task<RawPeer> Welcome(LinkOptions options)
    {
        var peer = await Accept();
        peer.Answer(options);
        return peer;
    }

    public void Dispose() => listener.Dispose();
}
