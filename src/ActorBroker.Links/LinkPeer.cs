using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Model;
using ActorBroker.Model.Options;

namespace ActorBroker.Links;

/// <summary>The link from this node to another one: a thread that connects, receives what comes back, and connects again.</summary>
internal sealed class LinkPeer
{
    /// <summary>Attempts after a break until a refused address is taken for the end of its process: the listener of a process that ends may go before the process.</summary>
    private const int RefusedAttempts = 2;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    /// <summary>A node that restarts is back by then; nothing is said of it.</summary>
    private static readonly TimeSpan SilentFailures = TimeSpan.FromSeconds(3);

    private readonly NodeId node;
    private readonly HostPort address;
    private readonly LinkNetwork network;
    private readonly object gate = new();
    private volatile LinkConnection? connection;
    private LinkIncarnation? last;
    private bool hasEnded;
    private bool isRefused;
    private long? failingSince;
    private volatile bool isStopped;

    public LinkPeer(NodeId node, HostPort address, LinkNetwork network)
    {
        (this.node, this.address, this.network) = (node, address, network);
    }

    public HostPort Address => address;

    public LinkConnection? Connection => connection;

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"link-to-{node}" }.UnsafeStart();

    public void Stop(string reason)
    {
        lock (gate)
        {
            isStopped = true;
            Monitor.PulseAll(gate);
        }

        connection?.Close(reason);
    }

    private void Run()
    {
        var (pause, refused, wasUp) = (FirstPause, 0, false);
        while (!isStopped)
        {
            var attempt = TryConnect();
            if (attempt is { } up)
            {
                (pause, refused, wasUp) = (FirstPause, 0, true);
                Serve(up);
                continue;
            }

            if (isRefused && wasUp && ++refused >= RefusedAttempts)
            {
                wasUp = false;
                hasEnded = true;
                network.Tell(new LinkProcessEnded(node, IsReplaced: false, $"its link broke, and {address} refuses new connections"));
            }

            Pause(pause);
            pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
        }
    }

    private void Pause(TimeSpan pause)
    {
        lock (gate)
        {
            if (!isStopped)
            {
                Monitor.Wait(gate, pause);
            }
        }
    }

    private LinkConnection? TryConnect()
    {
        isRefused = false;
        Socket? socket = null;
        try
        {
            socket = Connect();
            return network.Open(socket, network.Handshake.Greet(socket, node));
        }
        catch (LinkRefusedException e)
        {
            network.TellRefused(node, $"the link to node {node} at {address} was refused: {e.Message}");
        }
        catch (LinkProtocolException e)
        {
            network.TellRefused(node, $"the link to node {node} at {address} is none: {e.Message}");
        }
        catch (SocketException e)
        {
            isRefused = e.SocketErrorCode == SocketError.ConnectionRefused;
            OnFailed(e.Message);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            OnFailed(e.Message);
        }

        socket?.Dispose();
        return null;
    }

    /// <summary>Nobody is there, or not yet: that is said when it lasts.</summary>
    private void OnFailed(string problem)
    {
        failingSince ??= Stopwatch.GetTimestamp();
        if (!isStopped && Stopwatch.GetElapsedTime(failingSince.Value) >= SilentFailures)
        {
            network.TellUnreachable(node, $"there is no link to node {node} at {address}: {problem}");
        }
    }

    /// <summary>
    /// Connects, and waits for it. Not by an asynchronous call: .NET takes a socket out of blocking mode for good with the first of those, and from then on each receive of this thread
    /// that has to wait would go through the poller, with an allocation and another thread in between.
    /// </summary>
    /// <exception cref="SocketException">Nobody accepts it in time.</exception>
    private Socket Connect()
    {
        var failure = new SocketException((int)SocketError.HostNotFound);
        foreach (var at in Dns.GetHostAddresses(address.Host))
        {
            var socket = new Socket(at.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var limit = new Timer(static socket => ((Socket)socket!).Dispose(), socket, ConnectLimit, Timeout.InfiniteTimeSpan);
            try
            {
                socket.Connect(at, address.Port);

                // Where nobody listens at a port of this machine, a connection to it may be given that port for its own end, and meet itself.
                if (!Equals(socket.LocalEndPoint, socket.RemoteEndPoint))
                {
                    return socket;
                }

                failure = new SocketException((int)SocketError.ConnectionRefused);
            }
            catch (SocketException e)
            {
                failure = e;
            }
            catch (ObjectDisposedException)
            {
                failure = new SocketException((int)SocketError.TimedOut);
            }

            socket.Dispose();
        }

        throw failure;
    }

    private void Serve(LinkConnection up)
    {
        lock (gate)
        {
            connection = up;
        }

        if (isStopped)
        {
            up.Close("the node is no peer any more");
        }

        if (last is { } before && before != up.Incarnation && !hasEnded)
        {
            network.Tell(new LinkProcessEnded(node, IsReplaced: true, $"another process answers at {address}"));
        }

        (last, hasEnded, failingSince) = (up.Incarnation, false, null);
        network.Tell(new LinkUp(node, up.Incarnation, $"the link to node {node} at {address} is there"));
        up.Run();
        connection = null;
        network.Forget(up);
        if (!isStopped)
        {
            network.Tell(new LinkBroken(node, $"the link to node {node} at {address} broke: {up.Problem}"));
        }
    }
}
