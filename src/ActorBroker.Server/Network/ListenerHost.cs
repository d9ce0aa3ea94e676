using ActorBroker.Network;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Model.Options;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Server.Network;

/// <summary>
/// The node's listening sockets and their connections. <see cref="Bind"/> takes the ports, <see cref="Start"/> begins to serve (clients that connect
/// in between wait in the backlog), <see cref="StopAsync"/> lets requests in progress finish.
/// </summary>
public sealed class ListenerHost : IAsyncDisposable
{
    /// <summary>Small requests share receive buffers of this size; larger ones get memory of their own.</summary>
    private const int ReceiveBufferBytes = 64 * 1024;

    /// <summary>Free request memory that is kept; what was not needed between two sweeps goes back to the system.</summary>
    private const long RetainedBufferBytes = 64L * 1024 * 1024;

    private static readonly TimeSpan LongestSweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestSweepInterval = TimeSpan.FromMilliseconds(100);

    private readonly IReadOnlyList<ListenerOptions> _options;
    private readonly NetworkOptions _network;
    private readonly LimitOptions _limits;
    private readonly ILogger _logger;
    private readonly ConnectionLogger _connectionLogger;
    private readonly TimeProvider _time;
    private readonly BufferPool _buffers;
    private readonly NetworkMetrics _metrics = new();
    private readonly ConnectionServices _services;
    private readonly ConnectionRegistry _connections;
    private readonly List<Listener> _listeners = [];
    private readonly CancellationTokenSource _stopping = new();
    private ITimer? _sweepTimer;
    private Task _accepting = Task.CompletedTask;
    private Task? _stopped;

    /// <param name="listeners">Where to listen.</param>
    /// <param name="network">Socket settings.</param>
    /// <param name="limits">Connection and request limits.</param>
    /// <param name="handlers">The APIs that are served, on every listener.</param>
    /// <param name="loggers">For the category <c>ActorBroker.Network</c>.</param>
    /// <param name="time">For idle times; null for the system's.</param>
    /// <param name="buffers">Request memory, for tests with tiny or checked buffers; null for one as the limits say. Disposed with the host.</param>
    /// <param name="currentLimits">How many connections there may be, as it is now; null for what <paramref name="limits"/> say, for ever.</param>
    public ListenerHost(
        IReadOnlyList<ListenerOptions> listeners,
        NetworkOptions network,
        LimitOptions limits,
        HandlerTable handlers,
        ILoggerFactory loggers,
        TimeProvider? time = null,
        BufferPool? buffers = null,
        Func<LimitOptions>? currentLimits = null)
    {
        _options = listeners;
        _network = network;
        _limits = limits;
        _logger = loggers.CreateLogger(NetworkMetrics.MeterName);
        _time = time ?? TimeProvider.System;
        _connectionLogger = new ConnectionLogger(_logger, _time);
        _buffers = buffers ?? new BufferPool(ReceiveBufferBytes, limits.QueuedRequestMaxBytes, RetainedBufferBytes);
        _services = new ConnectionServices(
            handlers, _buffers, _metrics, _connectionLogger, _time, limits.RequestMaxBytes, limits.RequestsInFlightPerConnection);
        _connections = new ConnectionRegistry(currentLimits ?? (() => limits));
        _metrics.Observe(() => _connections.Count, _buffers);
    }

    /// <summary>The listeners with the addresses that they really have; after <see cref="Bind"/>.</summary>
    public IReadOnlyList<BoundListener> Listeners => [.. _listeners.Select(listener => listener.Bound)];

    /// <summary>Open connections.</summary>
    public int ConnectionCount => _connections.Count;

    /// <summary>Takes the ports.</summary>
    /// <exception cref="ListenerException">An address is not this machine's, or a port is in use: the message names the listener and what to do.</exception>
    public void Bind()
    {
        try
        {
            foreach (var options in _options)
            {
                _listeners.Add(new Listener(options, _network.ListenBacklog));
            }
        }
        catch
        {
            CloseListeners();
            throw;
        }
    }

    /// <summary>Begins to accept connections.</summary>
    public void Start()
    {
        if (_listeners.Count == 0)
        {
            Bind();
        }

        foreach (var listener in _listeners)
        {
            var bound = listener.Bound;
            NetworkLog.Listening(_logger, bound.Name, bound.Address, bound.AdvertisedHost, bound.AdvertisedPort);
        }

        _accepting = Task.WhenAll(_listeners.Select(AcceptAsync));
        var interval = SweepInterval();
        _sweepTimer = _time.CreateTimer(static state => ((ListenerHost)state!).Sweep(), this, interval, interval);
    }

    /// <summary>
    /// Tries every advertised address from here, and logs those that cannot be reached: clients would be told an address that leads nowhere.
    /// </summary>
    /// <returns>Whether all can be reached.</returns>
    public async Task<bool> CheckAdvertisedAsync()
    {
        if (!_network.CheckAdvertised)
        {
            return true;
        }

        var timeout = TimeSpan.FromMilliseconds(_network.CheckAdvertisedTimeoutMs);
        var problems = await Task.WhenAll(Listeners.Select(bound => AdvertisedCheck.FindProblemAsync(bound, timeout, _stopping.Token))).ConfigureAwait(false);
        for (var i = 0; i < problems.Length; i++)
        {
            if (problems[i] is { } problem)
            {
                var bound = _listeners[i].Bound;
                NetworkLog.AdvertisedUnreachable(_logger, bound.Name, bound.AdvertisedHost, bound.AdvertisedPort, problem);
            }
        }

        return problems.All(problem => problem is null);
    }

    /// <summary>
    /// Stops accepting, starts no further requests, and waits until those in progress are answered; after <paramref name="timeout"/> the rest is cut.
    /// </summary>
    public Task StopAsync(TimeSpan timeout)
    {
        lock (_listeners)
        {
            return _stopped ??= StopOnceAsync(timeout);
        }
    }

    /// <summary>Stops without waiting for requests in progress, also when <see cref="StopAsync"/> is still waiting for them.</summary>
    public async ValueTask DisposeAsync()
    {
        var stopped = StopAsync(TimeSpan.Zero);
        CutConnections();
        await stopped.ConfigureAwait(false);
        _buffers.Dispose();
        _metrics.Dispose();
        _stopping.Dispose();
    }

    private async Task StopOnceAsync(TimeSpan timeout)
    {
        // Up to the first await everything happens before the caller goes on.
        _stopping.Cancel();
        CloseListeners();
        DrainConnections();
        await _accepting.ConfigureAwait(false);
        DrainConnections();
        if (_sweepTimer is not null)
        {
            await _sweepTimer.DisposeAsync().ConfigureAwait(false);
        }

        var allGone = _connections.WhenEmptyAsync();
        if (!allGone.IsCompleted && timeout > TimeSpan.Zero)
        {
            await Task.WhenAny(allGone, Task.Delay(timeout, _time)).ConfigureAwait(false);
        }

        if (CutConnections() is var cut and > 0 && timeout > TimeSpan.Zero)
        {
            NetworkLog.ConnectionsCut(_logger, cut, timeout.TotalSeconds);
        }

        await allGone.ConfigureAwait(false);
        _connectionLogger.Sweep(isLast: true);
    }

    private void DrainConnections()
    {
        foreach (var connection in _connections.Snapshot())
        {
            connection.Drain();
        }
    }

    private int CutConnections()
    {
        var left = _connections.Snapshot();
        foreach (var connection in left)
        {
            connection.Close("the node stopped");
        }

        return left.Count;
    }

    private void CloseListeners()
    {
        foreach (var listener in _listeners)
        {
            listener.Socket.Dispose();
        }
    }

    private async Task AcceptAsync(Listener listener)
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await listener.Socket.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception exception) when (_stopping.IsCancellationRequested && exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException exception)
            {
                // Out of file descriptors, for example: the same would happen at once again.
                NetworkLog.AcceptFailed(_logger, listener.Bound.Name, exception.Message);
                await Task.Delay(ShortestSweepInterval, _time).ConfigureAwait(false);
                continue;
            }

            try
            {
                Serve(listener, socket);
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                // The client is already gone.
                socket.Dispose();
            }
        }
    }

    private void Serve(Listener listener, Socket socket)
    {
        var remote = (IPEndPoint)socket.RemoteEndPoint!;
        if (remote.Address.IsIPv4MappedToIPv6)
        {
            remote = new IPEndPoint(remote.Address.MapToIPv4(), remote.Port);
        }

        if (!_connections.TryAdmit(remote.Address, out var limit, out var setting))
        {
            _metrics.Refused();
            NetworkLog.Refused(_connectionLogger, listener.Bound.Name, remote.Address, limit, setting);
            socket.Dispose();
            return;
        }

        try
        {
            Configure(socket);
            var info = new ConnectionInfo(_connections.NextId(), listener.Options, remote, _stopping.Token);
            var connection = new KafkaConnection(_services, new SocketTransport(socket), info);
            _connections.Add(connection);
            _metrics.Accepted();
            _ = RunAsync(connection);
        }
        catch
        {
            _connections.Dismiss(remote.Address);
            throw;
        }
    }

    private async Task RunAsync(KafkaConnection connection)
    {
        await connection.RunAsync().ConfigureAwait(false);
        _connections.Remove(connection);
        _connections.Dismiss(connection.Info.Remote.Address);
        _metrics.Closed();
    }

    private void Configure(Socket socket)
    {
        socket.NoDelay = true;
        if (_network.SocketReceiveBufferBytes > 0)
        {
            socket.ReceiveBufferSize = _network.SocketReceiveBufferBytes;
        }

        if (_network.SocketSendBufferBytes > 0)
        {
            socket.SendBufferSize = _network.SocketSendBufferBytes;
        }
    }

    /// <summary>One coarse timer for all connections: an idle one is closed up to an eighth of the limit late.</summary>
    private TimeSpan SweepInterval()
    {
        if (_limits.ConnectionsMaxIdleMs < 0)
        {
            return LongestSweepInterval;
        }

        var eighth = TimeSpan.FromMilliseconds(_limits.ConnectionsMaxIdleMs / 8.0);
        return eighth < ShortestSweepInterval ? ShortestSweepInterval : eighth < LongestSweepInterval ? eighth : LongestSweepInterval;
    }

    private void Sweep()
    {
        if (_limits.ConnectionsMaxIdleMs >= 0)
        {
            var limit = TimeSpan.FromMilliseconds(_limits.ConnectionsMaxIdleMs);
            foreach (var connection in _connections.Snapshot())
            {
                connection.CloseIfIdle(limit);
            }
        }

        _connectionLogger.Sweep();
        _buffers.Trim();
    }
}
