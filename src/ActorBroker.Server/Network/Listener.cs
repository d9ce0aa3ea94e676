using System.Net;
using System.Net.Sockets;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Network;

/// <summary>An address that cannot be listened at; the message says why and what to do.</summary>
public sealed class ListenerException(string message, Exception cause) : Exception(message, cause);

/// <summary>A listener that has its port.</summary>
/// <param name="Name">Kafka's listener name.</param>
/// <param name="Address">What is listened at.</param>
/// <param name="AdvertisedHost">What clients are told.</param>
/// <param name="AdvertisedPort">What clients are told.</param>
public sealed record BoundListener(string Name, IPEndPoint Address, string AdvertisedHost, int AdvertisedPort);

/// <summary>One listening socket.</summary>
internal sealed class Listener
{
    public Listener(ListenerOptions options, int backlog)
    {
        Options = options;
        try
        {
            Socket = Listen(options, backlog);
        }
        catch (SocketException exception)
        {
            throw new ListenerException(Explain(options, exception), exception);
        }

        var address = (IPEndPoint)Socket.LocalEndPoint!;
        var host = options.AdvertisedHost ?? (IsWildcard(options.Host) ? Dns.GetHostName() : options.Host);
        Bound = new BoundListener(options.Name, address, host, options.AdvertisedPort ?? address.Port);
    }

    public ListenerOptions Options { get; }

    public Socket Socket { get; }

    public BoundListener Bound { get; }

    private static bool IsWildcard(string host) => host is "" or "0.0.0.0" or "::";

    private static Socket Listen(ListenerOptions options, int backlog)
    {
        var address = Resolve(options.Host);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            // The runtime sets SO_REUSEADDR itself on Unix, so that a restart need not wait for old connections. Setting ReuseAddress here would also
            // set SO_REUSEPORT, and two brokers could share the port.
            socket.Bind(new IPEndPoint(address, options.Port));
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static IPAddress Resolve(string host)
    {
        if (host.Length == 0)
        {
            return System.Net.Sockets.Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;
        }

        if (IPAddress.TryParse(host, out var address))
        {
            return address;
        }

        var addresses = Dns.GetHostAddresses(host);
        return addresses.FirstOrDefault(found => found.AddressFamily == AddressFamily.InterNetwork)
            ?? addresses.FirstOrDefault()
            ?? throw new SocketException((int)SocketError.HostNotFound);
    }

    private static string Explain(ListenerOptions options, SocketException exception)
    {
        var host = options.Host.Length == 0 ? "*" : options.Host;
        var where = $"listener {options.Name} cannot listen at {host}:{options.Port}";
        return exception.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"{where}: the port is in use by another process; stop that process, or give this listener another port (--listener HOST:PORT, Kafka: listeners)",
            SocketError.AddressNotAvailable =>
                $"{where}: this machine has no such address; listen at one of its own addresses or at all (empty host), and advertise the other one (Kafka: advertised.listeners)",
            SocketError.AccessDenied =>
                $"{where}: ports below 1024 need a privilege that this process does not have; choose a higher port",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                $"{where}: the name {host} has no address; correct the host of the listener (Kafka: listeners)",
            _ => $"{where}: {exception.Message}",
        };
    }
}
