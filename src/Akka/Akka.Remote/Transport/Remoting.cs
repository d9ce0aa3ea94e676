#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Event;
using Akka.Serialization;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

/// <summary>The transport: TCP, two lanes to each system, a thread for each connection.</summary>
internal sealed class Remoting : RemoteTransport, IDisposable
{
    private readonly Associations _associations;
    private readonly ConcurrentDictionary<InboundConnection, bool> _inbound = new();
    private readonly RemotingMetrics _metrics;
    private readonly RecentNews _news = new();
    private Socket _listener;
    private ImmutableHashSet<Address> _addresses = [];
    private Address _address;
    private int _pendingHandshakes;
    private volatile bool _stopped;

    public Remoting(ExtendedActorSystem system, RemoteActorRefProvider provider)
        : base(system, provider)
    {
        Settings = provider.RemoteSettings;
        Lanes = new LaneSettings(system.Settings.Config);
        _associations = new Associations(this);
        Log = new BusLogging(system.EventStream, LogSource.FromString(nameof(Remoting), system), typeof(Remoting), system.Settings.LogFormatter);
        UseUntrustedMode = Settings.UntrustedMode;
        logRemoteLifeCycleEvents = !string.Equals(Settings.RemoteLifecycleEventsLogLevel, "off", StringComparison.OrdinalIgnoreCase);
        Uid = AddressUidExtension.Uid(system);
        _metrics = new RemotingMetrics(this);
    }

    public override ISet<Address> Addresses => _addresses;

    public override Address DefaultAddress => _address;

    public IEnumerable<Association> Associations => _associations;

    public IEnumerable<InboundConnection> Inbound => _inbound.Keys;

    public LaneSettings Lanes { get; }

    public RemoteSettings Settings { get; }

    public int Uid { get; }

    public override Address LocalAddressForRemote(Address remote) => _address;

    public override Task<bool> ManagementCommand(object cmd) => Task.FromResult(false);

    public override Task<bool> ManagementCommand(object cmd, CancellationToken cancellationToken) => Task.FromResult(false);

    public override void Quarantine(Address address, int? uid) => Quarantine(address, uid, "the program of this system wants it");

    internal override void Quarantine(Address address, int? uid, string reason) => _associations.OfOrNull(address)?.Quarantine(uid, reason);

    /// <summary>Binds the port. Connections are accepted after <see cref="Open"/>.</summary>
    /// <exception cref="RemoteTransportException">The host has no address, or the port cannot be had: its cause is a <see cref="SocketException"/>.</exception>
    public override void Start()
    {
        try
        {
            _listener = Listen();
        }
        catch (SocketException e)
        {
            Dispose();
            throw new RemoteTransportException($"Cannot listen on {Lanes.HostName}:{Lanes.Port} (akka.remote.dot-netty.tcp): {e.Message}", e);
        }

        var port = Lanes.PublicPort != 0 ? Lanes.PublicPort : ((IPEndPoint)_listener.LocalEndPoint).Port;
        _address = new Address("akka.tcp", System.Name, Lanes.PublicHostName, port);
        _addresses = [_address];
    }

    /// <summary>Accepts connections.</summary>
    public void Open()
    {
        new Thread(Accept) { IsBackground = true, Name = $"remoting accept {_address}" }.Start();
        Publish(new RemotingListenEvent([_address]));
    }

    public override void Send(object message, IActorRef sender, RemoteActorRef recipient)
    {
        if (_stopped)
        {
            Drop(message, sender, recipient, "remoting has stopped");
            return;
        }

        if (AssociationFor(recipient) is not { } association)
        {
            Drop(message, sender, recipient, $"{Lanes.MaxAssociations} systems are known already (akka.remote.lanes.max-associations)");
            return;
        }

        if (message is ISystemMessage system)
        {
            if (!association.TrySendSystem(system, recipient)) Send(message, sender, recipient);
            return;
        }

        if (association.IsQuarantined)
        {
            association.ProbeIfDue();
            Drop(message, sender, recipient, "the system is quarantined");
            return;
        }

        PayloadBuffer payload = PayloadBuffer.Rent(Lanes.ZeroCopyBytes);
        try
        {
            Serializer serializer = System.Serialization.FindSerializerFor(message);
            var manifest = NestedMessage.Manifest(serializer, message);
            Akka.Serialization.Serialization.WithTransport(System, (serializer, message, payload), static s => Serialize(s.serializer, s.message, s.payload));
            if (payload.Length > Lanes.MaxFrameBytes)
            {
                Log.Error("Message [{0}] to [{1}] has {2} bytes, more than maximum-frame-size = {3}: dropped", message.GetType(), recipient, payload.Length, Lanes.MaxFrameBytes);
                Drop(message, sender, recipient, "larger than maximum-frame-size");
                return;
            }

            recipient.OnControlLane ??= Lanes.IsControlPath(recipient.Path);
            OutboundLane lane = recipient.OnControlLane.Value || Lanes.IsControlType(message.GetType()) ? association.Control : association.Bulk;
            if (!lane.TrySend(recipient, sender, serializer.Identifier, manifest, payload, out var reason)) Drop(message, sender, recipient, reason);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Log.Error(e, "Could not serialize message [{0}] to [{1}]", message.GetType(), recipient);
            Drop(message, sender, recipient, "not serialisable");
        }
        finally
        {
            payload.Return();
        }
    }

    public override async Task Shutdown()
    {
        if (_stopped) return;
        _stopped = true;
        _listener.Dispose();
        await Task.Factory.StartNew(
            () => Parallel.ForEach(
                _associations.SelectMany(static a => new[] { a.Control, a.Bulk }),
                new ParallelOptions { MaxDegreeOfParallelism = 32 },
                lane => lane.Stop(Settings.FlushWait)),
            TaskCreationOptions.LongRunning).ConfigureAwait(false);
        foreach (InboundConnection connection in _inbound.Keys) connection.Close("shut down");
        Dispose();
        Publish(new RemotingShutdownEvent());
    }

    public void Dispose()
    {
        _listener?.Dispose();
        _metrics.Dispose();
    }

    /// <exception cref="RefusedException">Too many systems are known.</exception>
    public Association AssociationOf(Address address) =>
        _associations.OfOrNull(address) ?? throw new RefusedException(RefusalCode.Limit, $"{Lanes.MaxAssociations} systems are known already");

    /// <summary>Whether somebody at an address has accepted a connection and has not said yet whether it wants this system.</summary>
    public bool IsGreeting(Address address) => _associations.Known(address) is { } known && (known.Control.IsGreeting || known.Bulk.IsGreeting);

    /// <summary>Whether something waits for the first attempt to connect to an address, of which nothing is known yet.</summary>
    public bool IsFirstAttempt(Address address) => _associations.Known(address) is { } known && (known.Control.IsFirstAttempt || known.Bulk.IsFirstAttempt);

    public void Configure(Socket socket)
    {
        socket.NoDelay = Lanes.NoDelay;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, Lanes.KeepAlive);
        if (Lanes.SendBufferBytes > 0) socket.SendBufferSize = Lanes.SendBufferBytes;
        if (Lanes.ReceiveBufferBytes > 0) socket.ReceiveBufferSize = Lanes.ReceiveBufferBytes;
    }

    /// <summary>Whether a peer may connect; null if it may.</summary>
    public RefusedException Judge(Peer peer, Address wanted)
    {
        if (!_addresses.Contains(wanted)) return new RefusedException(RefusalCode.Address, $"[{wanted}] is wanted, this is [{_address}]");
        if (_inbound.Count > Lanes.MaxConnections) return new RefusedException(RefusalCode.Limit, $"{Lanes.MaxConnections} connections are open already");
        if (!_associations.HasRoomFor(peer.Address)) return new RefusedException(RefusalCode.Limit, $"{Lanes.MaxAssociations} systems are known already");
        return _associations.Known(peer.Address)?.IsQuarantinedUid(peer.Uid) == true
            ? new RefusedException(RefusalCode.Quarantined, $"[{peer.Address}] with uid [{peer.Uid}] is quarantined by [{_address}]")
            : null;
    }

    public void Greeted(InboundConnection connection) => Interlocked.Decrement(ref _pendingHandshakes);

    public void InboundFailed(InboundConnection connection, Socket socket, Exception cause)
    {
        object peer = connection.Peer?.Address ?? (object)"an unknown system";
        if (_news.IsNew($"{peer} {cause.Message}")) Log.Warning("Connection from [{0}] closed: {1}", peer, cause.Message);
        Publish(new AssociationErrorEvent(cause, _address, connection.Peer?.Address, inbound: true, LogLevel.WarningLevel));
    }

    public void InboundClosed(InboundConnection connection, string reason)
    {
        if (connection.Peer is null) Interlocked.Decrement(ref _pendingHandshakes);
        _inbound.TryRemove(connection, out _);
        _metrics.Add(connection);
        if (connection.Peer is not { } peer || _stopped) return;

        // A process that ends closes both directions: the other one is looked at without waiting for the next write.
        _associations.Known(peer.Address)?.CheckPeer();
        LogLifecycle("Connection from [{0}], {1} lane, closed: {2}", peer.Address, peer.Lane, reason);
        Publish(new DisassociatedEvent(_address, peer.Address, inbound: true));
    }

    public void CloseInbound(Address address, int uid, string reason)
    {
        foreach (InboundConnection connection in _inbound.Keys)
            if (connection.Peer is { } peer && peer.Uid == uid && peer.Address.Equals(address)) connection.Close(reason);
    }

    /// <summary>A connection of a lane out failed or broke.</summary>
    public void ConnectionFailed(Association association, Lane lane, bool wasConnected, string reason, Exception cause, int lostFrames)
    {
        if (_stopped) return;
        var refused = cause as RefusedException;
        Address remote = association.RemoteAddress;
        var isNews = _news.IsNew($"{remote} {reason}");
        if (refused is not null && isNews) Log.Warning("[{0}] refused a connection, or was refused: {1}", remote, reason);
        if (refused is null) LogLifecycle("Connection to [{0}], {1} lane, {2}", remote, lane, (wasConnected ? "broke: " : "failed: ") + reason);
        if (lostFrames > 0 && isNews) Log.Info("{0} messages to [{1}] were lost with their connection: {2}", lostFrames, remote, reason);
        if (refused is { Code: RefusalCode.Quarantined }) Publish(new ThisActorSystemQuarantinedEvent(_address, remote));
        if (wasConnected) Publish(new DisassociatedEvent(_address, remote, inbound: false));
        else Publish(new AssociationErrorEvent(refused ?? new RemoteTransportException(reason, cause), _address, remote, inbound: false, refused is null ? LogLevel.DebugLevel : LogLevel.WarningLevel), isNews);
    }

    public void Publish(RemotingLifecycleEvent happened, bool isNews = true)
    {
        System.EventStream.Publish(happened);
        if (isNews && logRemoteLifeCycleEvents && Log.IsEnabled(happened.LogLevel())) Log.Log(happened.LogLevel(), null, "{0}", happened);
    }

    private Socket Listen()
    {
        IPAddress bind = Resolve(Lanes.HostName);
        var listener = new Socket(bind.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (bind.Equals(IPAddress.IPv6Any)) listener.DualMode = true;

            // The runtime sets SO_REUSEADDR itself on Unix, so that a restart need not wait for old connections. Setting ReuseAddress here would also
            // set SO_REUSEPORT, and two systems could share the port.
            listener.Bind(new IPEndPoint(bind, Lanes.Port));
            listener.Listen(Lanes.Backlog);
            return listener;
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    private static IPAddress Resolve(string host)
    {
        if (host.Length == 0) return IPAddress.Any;
        if (IPAddress.TryParse(host, out IPAddress address)) return address;
        return Dns.GetHostAddresses(host) is [var first, ..] ? first : throw new SocketException((int)SocketError.HostNotFound);
    }

    private static bool Serialize(Serializer serializer, object message, PayloadBuffer payload)
    {
        if (serializer is IPayloadSerializer direct) direct.Write(message, payload);
        else payload.WritePayload(serializer.ToBinary(message));
        return true;
    }

    /// <summary>The link to a recipient's system, kept in its reference; null if there are too many.</summary>
    private Association AssociationFor(RemoteActorRef recipient)
    {
        if (recipient.Association is not { IsForgotten: false }) recipient.Association = _associations.OfOrNull(recipient.Path.Address);
        return recipient.Association;
    }

    private void LogLifecycle(string format, object first, object second, object third)
    {
        if (logRemoteLifeCycleEvents) Log.Debug(format, first, second, third);
    }

    private void Drop(object message, IActorRef sender, IActorRef recipient, string reason)
    {
        if (message is IDeadLetterSuppression) return;
        System.EventStream.Publish(new Dropped(message, reason, sender ?? System.DeadLetters, recipient));
    }

    private void Accept()
    {
        while (!_stopped)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                if (_stopped) return;
                Log.Warning("Accepting a connection failed: {0}", e.Message);
                Thread.Sleep(Settings.BackoffPeriod);
                continue;
            }

            if (Interlocked.Increment(ref _pendingHandshakes) > Lanes.MaxPendingHandshakes)
            {
                Interlocked.Decrement(ref _pendingHandshakes);
                socket.Dispose();
                continue;
            }

            Configure(socket);
            var connection = new InboundConnection(this, socket);
            _inbound[connection] = true;
            connection.Start();
        }
    }
}
