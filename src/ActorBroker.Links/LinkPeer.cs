using System.Diagnostics;
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
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            Sockets.Connect(socket, address.Host, address.Port, ConnectLimit);
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
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            isRefused = e is SocketException { SocketErrorCode: SocketError.ConnectionRefused };
            OnFailed(e is ObjectDisposedException ? $"nobody accepted it within {ConnectLimit.TotalSeconds} s" : e.Message);
        }

        socket.Dispose();
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
