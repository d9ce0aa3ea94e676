#nullable disable
using Akka.Actor;
using Akka.Configuration;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

internal enum Lane : byte
{
    /// <summary>System messages, heartbeats and what is bound to it: small, never blocks a sender.</summary>
    Control = 0,

    /// <summary>Everything else.</summary>
    Bulk = 1,
}

/// <summary>What akka.remote.dot-netty.tcp and akka.remote.lanes say.</summary>
internal sealed class LaneSettings
{
    private readonly Type[] _controlTypes;
    private readonly string[][] _controlPaths;
    private readonly System.Collections.Concurrent.ConcurrentDictionary<Type, bool> _controlTypeCache = new();

    public LaneSettings(Config config)
    {
        Config tcp = config.GetConfig("akka.remote.dot-netty.tcp");
        Config lanes = config.GetConfig("akka.remote.lanes");
        HostName = tcp.GetString("hostname", "");
        Port = tcp.GetInt("port");
        PublicHostName = tcp.GetString("public-hostname", "") is { Length: > 0 } publicName ? publicName : HostName.Length > 0 && HostName != "0.0.0.0" ? HostName : System.Net.Dns.GetHostName();
        PublicPort = tcp.GetInt("public-port");
        ConnectionTimeout = tcp.GetTimeSpan("connection-timeout");
        SendBufferBytes = (int)tcp.GetByteSize("send-buffer-size", 0);
        ReceiveBufferBytes = (int)tcp.GetByteSize("receive-buffer-size", 0);
        MaxFrameBytes = (int)tcp.GetByteSize("maximum-frame-size", 128000);
        Backlog = tcp.GetInt("backlog");
        NoDelay = tcp.GetBoolean("tcp-nodelay");
        KeepAlive = tcp.GetBoolean("tcp-keepalive");
        Tls = tcp.GetBoolean("enable-ssl") ? new TlsFiles(tcp.GetConfig("ssl"), lanes.GetConfig("tls")) : null;
        Cookie = System.Text.Encoding.UTF8.GetBytes(lanes.GetString("cookie", ""));
        MaxPendingHandshakes = lanes.GetInt("max-pending-handshakes");
        MaxConnections = lanes.GetInt("max-connections");
        MaxAssociations = lanes.GetInt("max-associations");
        MaxTableEntries = lanes.GetInt("max-table-entries");
        ControlQueueBytes = lanes.GetByteSize("control.queue-bytes", 0).Value;
        BulkQueueBytes = lanes.GetByteSize("bulk.queue-bytes", 0).Value;
        BulkSendTimeout = lanes.GetTimeSpan("bulk.send-timeout");
        ReceiveWindowBytes = lanes.GetByteSize("bulk.receive-window-bytes", 0).Value;
        ReceiverMailboxLimit = lanes.GetInt("bulk.receiver-mailbox-limit");
        ReceiverPause = lanes.GetTimeSpan("bulk.receiver-pause");
        ZeroCopyBytes = (int)lanes.GetByteSize("zero-copy-bytes", 0);
        HandshakeTimeout = config.GetTimeSpan("akka.remote.handshake-timeout");
        _controlTypes = [.. lanes.GetStringList("control.types").Select(static name => Type.GetType(name, throwOnError: false)
            ?? throw new ConfigurationException($"akka.remote.lanes.control.types: type [{name}] cannot be loaded."))];
        _controlPaths = [.. lanes.GetStringList("control.paths").Select(static path => path.Split('/', StringSplitOptions.RemoveEmptyEntries))];
    }

    public int Backlog { get; }

    public long BulkQueueBytes { get; }

    public TimeSpan BulkSendTimeout { get; }

    public TimeSpan ConnectionTimeout { get; }

    public long ControlQueueBytes { get; }

    public byte[] Cookie { get; }

    public TimeSpan HandshakeTimeout { get; }

    public string HostName { get; }

    public bool KeepAlive { get; }

    public int MaxAssociations { get; }

    public int MaxConnections { get; }

    /// <summary>Largest message, in bytes of its serialised form.</summary>
    public int MaxFrameBytes { get; }

    public int MaxPendingHandshakes { get; }

    public int MaxTableEntries { get; }

    public bool NoDelay { get; }

    public int Port { get; }

    public string PublicHostName { get; }

    public int PublicPort { get; }

    public int ReceiveBufferBytes { get; }

    public long ReceiveWindowBytes { get; }

    public int ReceiverMailboxLimit { get; }

    public TimeSpan ReceiverPause { get; }

    public int SendBufferBytes { get; }

    public TlsFiles Tls { get; }

    public int ZeroCopyBytes { get; }

    /// <summary>Whether all messages to a path use the control lane.</summary>
    public bool IsControlPath(ActorPath path)
    {
        IReadOnlyList<string> elements = path.Elements;
        foreach (var control in _controlPaths)
        {
            var i = 0;
            while (i < control.Length && i < elements.Count && control[i] == elements[i]) i++;
            if (i == control.Length) return true;
        }

        return false;
    }

    /// <summary>Whether messages of a type use the control lane.</summary>
    public bool IsControlType(Type type) =>
        _controlTypeCache.TryGetValue(type, out var control) ? control : _controlTypeCache[type] =
            typeof(IControlMessage).IsAssignableFrom(type) || Array.Exists(_controlTypes, t => t.IsAssignableFrom(type));
}
