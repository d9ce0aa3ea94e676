using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Network;

namespace ActorBroker.Links;

/// <summary>
/// This node's bulk connections: one to each other node, which carries its pushes and what is answered to them, and one from each. All partitions share them. They are kept up as long as the node is
/// a peer, so that the end of a process is noticed at once.
/// </summary>
public sealed class LinkNetwork : ILinks, IAsyncDisposable
{
    private const int Backlog = 128;
    private const long RetainedBytes = 16 << 20;
    private static readonly TimeSpan RefusalsAgain = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan OverflowsAgain = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(30);

    private readonly LinkOptions options;
    private readonly ILinkReceiver receiver;
    private readonly Socket listener;
    private readonly BufferPool pool;
    private readonly Lock peersGate = new();
    private readonly Lock inboundGate = new();
    private readonly ConcurrentDictionary<NodeId, LinkPeer> peers = new();
    private readonly ConcurrentDictionary<NodeId, LinkConnection> inbound = new();
    private readonly ConcurrentDictionary<LinkConnection, bool> open = new();
    private readonly ConcurrentDictionary<string, long> saidAt = new();
    private readonly SemaphoreSlim handshakes;
    private readonly Timer timer;
    private long trimmedAt = Stopwatch.GetTimestamp();
    private volatile bool isStopped;

    private LinkNetwork(LinkOptions options, ILinkReceiver receiver, Socket listener)
    {
        this.options = options;
        this.receiver = receiver;
        this.listener = listener;
        Handshake = new LinkHandshake(options);
        handshakes = new SemaphoreSlim(options.MaxHandshakes);
        pool = new BufferPool(LinkConnection.BufferBytes, long.MaxValue, RetainedBytes, options.PoisonsBuffers);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        timer = new Timer(static network => ((LinkNetwork)network!).Look(), this, options.KeepAlive / 2, options.KeepAlive / 2);
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>Receive buffers that somebody holds; soon after <see cref="DisposeAsync"/> and with all payload released there are none.</summary>
    public int BuffersInUse => pool.BuffersInUse;

    internal LinkHandshake Handshake { get; }

    /// <summary>Listens from here on. Nobody else of this machine can listen at the same address.</summary>
    /// <exception cref="SocketException">The address is taken, or not one of this machine.</exception>
    public static LinkNetwork Start(LinkOptions options, ILinkReceiver receiver)
    {
        var address = options.Listener.Host.Length == 0 ? IPAddress.Any : Dns.GetHostAddresses(options.Listener.Host)[0];
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, options.Listener.Port));
            listener.Listen(Backlog);
        }
        catch (SocketException)
        {
            listener.Dispose();
            throw;
        }

        var network = new LinkNetwork(options, receiver, listener);
        new Thread(network.Accept) { IsBackground = true, Name = "link-accept" }.UnsafeStart();
        return network;
    }

    /// <summary>From now on these are the other nodes: links to new ones are made, links to others end.</summary>
    public void SetPeers(IReadOnlyDictionary<NodeId, HostPort> addresses)
    {
        lock (peersGate)
        {
            foreach (var (node, peer) in peers)
            {
                if (!addresses.TryGetValue(node, out var address) || address != peer.Address)
                {
                    peers.TryRemove(node, out _);
                    peer.Stop("the node is no peer any more, or is somewhere else");
                }
            }

            foreach (var (node, address) in addresses)
            {
                if (node != options.Node && !isStopped && !peers.ContainsKey(node))
                {
                    var peer = new LinkPeer(node, address, this);
                    peers[node] = peer;
                    peer.Start();
                }
            }
        }
    }

    /// <inheritdoc/>
    public bool Send(NodeId node, LinkMessage message)
    {
        var connection = message is MessageToLeader or RepairAnswer ? inbound.GetValueOrDefault(node) ?? Outbound(node) : Outbound(node);
        if (connection is null)
        {
            (message as PushMessage)?.Payload?.Dispose();
            LinkMetrics.Dropped();
            return false;
        }

        if (connection.Send(message))
        {
            return true;
        }

        LinkMetrics.Dropped();
        if (!connection.IsClosed && IsNews($"overflow {node}", OverflowsAgain))
        {
            Tell(new LinkOverflowed(node, $"messages for node {node} are dropped: more than {options.QueueBytes} bytes wait for it"));
        }

        return false;
    }

    /// <inheritdoc/>
    public bool HasRoom(NodeId node) => Outbound(node) is { HasRoom: true };

    /// <summary>Ends all links.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (peersGate)
        {
            isStopped = true;
        }

        SetPeers(new Dictionary<NodeId, HostPort>());
        listener.Dispose();
        foreach (var connection in open.Keys)
        {
            connection.Close("this node stops");
        }

        await timer.DisposeAsync().ConfigureAwait(false);
        pool.Dispose();
    }

    internal void Tell(LinkNews news)
    {
        if (news is LinkBroken)
        {
            LinkMetrics.Broken();
        }

        if (!isStopped)
        {
            receiver.OnNews(news);
        }
    }

    /// <summary>Once a minute for each reason.</summary>
    internal void TellRefused(NodeId node, string reason)
    {
        LinkMetrics.Refused();
        if (IsNews(reason, RefusalsAgain))
        {
            Tell(new LinkRefused(node, reason));
        }
    }

    /// <summary>Once a minute for each node.</summary>
    internal void TellUnreachable(NodeId node, string reason)
    {
        if (IsNews($"unreachable {node}", RefusalsAgain))
        {
            Tell(new LinkUnreachable(node, reason));
        }
    }

    internal LinkConnection Open(Socket socket, LinkIdentity peer)
    {
        var connection = new LinkConnection(socket, options, peer, pool, receiver);
        open[connection] = true;
        if (isStopped)
        {
            connection.Close("this node stops");
        }

        return connection;
    }

    internal void Forget(LinkConnection connection) => open.TryRemove(connection, out _);

    private LinkConnection? Outbound(NodeId node) => peers.GetValueOrDefault(node)?.Connection;

    private void Accept()
    {
        while (!isStopped)
        {
            try
            {
                var socket = listener.Accept();
                if (handshakes.Wait(0))
                {
                    new Thread(() => Serve(socket)) { IsBackground = true, Name = "link-from" }.UnsafeStart();
                }
                else
                {
                    socket.Dispose();
                    TellRefused(NodeId.None, $"connections to the link port are closed: {options.MaxHandshakes} others have not said yet who they are");
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (!isStopped)
                {
                    // No file descriptor left, or a connection that ended before it was accepted.
                    Thread.Sleep(1);
                }
            }
        }
    }

    private void Serve(Socket socket)
    {
        var from = "";
        LinkConnection? connection = null;
        try
        {
            from = socket.RemoteEndPoint?.ToString() ?? "";
            socket.NoDelay = true;
            connection = Open(socket, Handshake.Answer(socket, ProblemOf));
        }
        catch (LinkRefusedException e)
        {
            TellRefused(e.Node, $"a link from {Who(e.Node, from)} was refused: {e.Message}");
        }
        catch (LinkProtocolException e)
        {
            TellRefused(NodeId.None, $"a link from {Who(NodeId.None, from)} was refused: {e.Message}");
        }
        catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
        {
            // It went away, or said nothing.
        }
        finally
        {
            handshakes.Release();
        }

        if (connection is null)
        {
            socket.Dispose();
            return;
        }

        Take(connection);
    }

    private void Take(LinkConnection connection)
    {
        LinkConnection? before;
        lock (inboundGate)
        {
            before = inbound.GetValueOrDefault(connection.Peer);
            inbound[connection.Peer] = connection;
        }

        if (before is not null && before.Incarnation != connection.Incarnation)
        {
            Tell(new LinkProcessEnded(connection.Peer, IsReplaced: true, $"another process of node {connection.Peer} has connected"));
        }

        if (before is not null)
        {
            // What came over the earlier connection goes first, or messages would change their order.
            before.Close("the node has connected again");
            before.AwaitEnd();
        }

        connection.Run();
        inbound.TryRemove(new KeyValuePair<NodeId, LinkConnection>(connection.Peer, connection));
        Forget(connection);
        if (!isStopped && !inbound.ContainsKey(connection.Peer))
        {
            Tell(new LinkBroken(connection.Peer, $"the link from node {connection.Peer} broke: {connection.Problem}"));
        }
    }

    /// <summary>Why a node that has proved who it is is not wanted; null if it is.</summary>
    private string? ProblemOf(LinkIdentity peer) =>
        inbound.GetValueOrDefault(peer.Node) is { } there && there.Incarnation != peer.Incarnation && there.Incarnation.StartedAtMs > peer.Incarnation.StartedAtMs
            ? $"a later process of node {peer.Node} is connected: this one has been replaced"
            : null;

    private static string Who(NodeId node, string from) => node == NodeId.None ? from.Contains(':') ? from[..from.LastIndexOf(':')] : from : $"node {node}";

    /// <summary>Whether this was not said lately.</summary>
    private bool IsNews(string what, TimeSpan again)
    {
        const int remembered = 1_000;
        if (saidAt.TryGetValue(what, out var at) && Stopwatch.GetElapsedTime(at) < again)
        {
            return false;
        }

        if (saidAt.Count >= remembered)
        {
            saidAt.Clear();
        }

        saidAt[what] = Stopwatch.GetTimestamp();
        return true;
    }

    private void Look()
    {
        foreach (var connection in open.Keys)
        {
            connection.Look();
        }

        if (Stopwatch.GetElapsedTime(trimmedAt) >= TrimInterval)
        {
            trimmedAt = Stopwatch.GetTimestamp();
            pool.Trim();
        }
    }
}
