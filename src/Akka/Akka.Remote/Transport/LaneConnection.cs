#nullable disable
using System.Net;
using System.Net.Sockets;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>One connection of a lane out. The lane's thread opens it, one thread at a time writes it; anybody may close it.</summary>
internal sealed class LaneConnection : IDisposable
{
    private readonly Remoting _remoting;
    private readonly Address _remote;
    private readonly IPAddress _address;
    private readonly Socket _socket;
    private Stream _tls;
    private volatile bool _isGreeting;
    private volatile bool _isLate;

    /// <exception cref="RemoteTransportException">The host has no address.</exception>
    public LaneConnection(Remoting remoting, Address remote)
    {
        _remoting = remoting;
        _remote = remote;
        _address = Dns.GetHostAddresses(remote.Host).FirstOrDefault() ?? throw new RemoteTransportException($"host [{remote.Host}] has no address");
        _socket = new Socket(_address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }

    /// <summary>True from when somebody has accepted the connection until it is known, and published, whether it wants this system.</summary>
    public bool IsGreeting => _isGreeting;

    /// <summary>All who ask for it have been told what came of the greeting.</summary>
    public void EndGreeting() => _isGreeting = false;

    /// <summary>Connects and greets; the peer's uid.</summary>
    /// <exception cref="TimeoutException">It took longer than connection-timeout or handshake-timeout.</exception>
    /// <exception cref="RefusedException">Either side does not want the other.</exception>
    /// <exception cref="SocketException">There is no connection.</exception>
    public int Open(Lane lane)
    {
        LaneSettings settings = _remoting.Lanes;
        TimeSpan limit = settings.ConnectionTimeout < settings.HandshakeTimeout ? settings.ConnectionTimeout : settings.HandshakeTimeout;

        // The socket stays in blocking mode, so a timer is what ends a connection attempt or handshake that hangs.
        using var timer = new Timer(static s => ((LaneConnection)s).GiveUp(), this, limit, Timeout.InfiniteTimeSpan);
        try
        {
            _socket.Connect(_address, _remote.Port.Value);
            _isGreeting = true;
            _remoting.Configure(_socket);
            Stream stream = new NetworkStream(_socket, ownsSocket: false);
            if (settings.Tls is { } tls) stream = tls.Client(stream, _remote.Host);
            var uid = Handshake.AsClient(stream, lane, _remoting.DefaultAddress, _remoting.Uid, _remote, settings.Cookie);
            if (settings.Tls is not null) _tls = stream;
            return uid;
        }
        catch (Exception e) when (_isLate)
        {
            throw new TimeoutException($"[{_remote}] did not {(_isGreeting ? "answer the greeting" : "accept a connection")} within {limit}", e);
        }
    }

    /// <summary>Whether <see cref="SendNow"/> may be tried: TLS can only wait.</summary>
    public bool CanSendNow => _tls is null && PromptSend.IsSupported;

    /// <summary>Writes what is left of a batch, and waits for the peer to take it.</summary>
    public void Send(FrameBatch batch)
    {
        if (_tls is null) batch.Send(_socket);
        else batch.Send(_tls);
    }

    /// <summary>Writes what the socket takes now; true when that was the rest of the batch. Errors show in the next <see cref="Send"/>.</summary>
    /// <exception cref="ObjectDisposedException">The connection was closed.</exception>
    public bool SendNow(FrameBatch batch) => batch.SendNow(_socket);

    /// <summary>True if <see cref="ThrowIfPeerClosed"/> is to have a look.</summary>
    public bool HasPeerSpoken => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>The peer never writes after the handshake: anything to read is its end, or its reason for it.</summary>
    /// <exception cref="RemoteTransportException">It has closed the connection.</exception>
    public void ThrowIfPeerClosed()
    {
        if (!HasPeerSpoken) return;
        if (_tls is not null && _socket.Available > 0) return;
        var reason = "the peer closed the connection";
        if (_socket.Available > 5)
        {
            byte[] bytes = new byte[Math.Min(_socket.Available, 4096)];
            var read = _socket.Receive(bytes);
            if (read > 5 && bytes[4] == FrameType.Close) reason = CloseFrame.Read(bytes.AsSpan(5, read - 5));
        }

        throw new RemoteTransportException(reason);
    }

    /// <summary>Closes the socket. TLS says goodbye on it only in order: see <see cref="End"/>.</summary>
    public void Dispose() => _socket.Dispose();

    /// <summary>Closes in order, when nothing is being written.</summary>
    public void End()
    {
        _tls?.Dispose();
        Dispose();
    }

    private void GiveUp()
    {
        _isLate = true;
        Dispose();
    }
}
