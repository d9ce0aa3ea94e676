using System.Net;
using System.Net.Sockets;
using ActorBroker.Model.Options;

namespace ActorBroker.Links.Tests;

/// <summary>Between a node and the address of another one: connections through it can be cut.</summary>
internal sealed class CutProxy : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> sockets = [];
    private readonly Lock gate = new();
    private int accepted;

    public CutProxy(HostPort target)
    {
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Address = new HostPort("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port);
        _ = AcceptAll(target);
    }

    public HostPort Address { get; }

    /// <summary>Connections so far.</summary>
    public int Accepted => Volatile.Read(ref accepted);

    public void Cut()
    {
        lock (gate)
        {
            sockets.ForEach(static socket => socket.Dispose());
            sockets.Clear();
        }
    }

    /// <summary>From here on the address refuses connections.</summary>
    public void Dispose()
    {
        listener.Dispose();
        Cut();
    }

    private async Task AcceptAll(HostPort target)
    {
        try
        {
            while (true)
            {
                var near = await listener.AcceptAsync();
                Interlocked.Increment(ref accepted);
                var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await far.ConnectAsync(IPAddress.Loopback, target.Port);
                lock (gate)
                {
                    sockets.AddRange([near, far]);
                }

                _ = Pump(near, far);
                _ = Pump(far, near);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over, or refuses connections.
        }
    }

    private static async Task Pump(Socket from, Socket to)
    {
        var bytes = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(bytes) is > 0 and var received)
            {
                for (var sent = 0; sent < received;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent..received));
                }
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was cut.
        }
    }
}
