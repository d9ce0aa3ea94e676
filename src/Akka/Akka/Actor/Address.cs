#nullable disable
using System.Globalization;
using Akka.Util;

namespace Akka.Actor;

/// <summary>Where an actor system is: protocol and system name, and host and port if it can be reached from elsewhere.</summary>
public sealed class Address : ISurrogated, ICloneable, IComparable, IComparable<Address>, IEquatable<Address>
{
    /// <summary>Stands for every system.</summary>
    public static readonly Address AllSystems = new("akka", "all-systems");

    /// <summary>Orders by protocol, system, host and port.</summary>
    public static readonly IComparer<Address> Comparer = Comparer<Address>.Create(static (a, b) => a.CompareTo(b));

    private readonly int _hash;
    private string _text;

    /// <param name="protocol">For example "akka" or "akka.tcp".</param>
    /// <param name="system">Name of the actor system.</param>
    /// <param name="host">Host name or address; null for a system that is only local.</param>
    /// <param name="port">Port, null if there is no host.</param>
    public Address(string protocol, string system, string host = null, int? port = null)
    {
        Protocol = protocol;
        System = system;
        Host = host?.ToLowerInvariant();
        Port = port;
        _hash = HashCode.Combine(Protocol, System, Host, Port);
    }

    /// <summary>True if the address says where the system can be reached.</summary>
    public bool HasGlobalScope => !string.IsNullOrEmpty(Host);

    /// <summary>True if the address has meaning only inside its own process.</summary>
    public bool HasLocalScope => string.IsNullOrEmpty(Host);

    /// <summary>Host in lower case, or null.</summary>
    public string Host { get; }

    /// <summary>Port, or null.</summary>
    public int? Port { get; }

    /// <summary>Protocol, for example "akka.tcp".</summary>
    public string Protocol { get; }

    /// <summary>Name of the actor system.</summary>
    public string System { get; }

    public static bool operator ==(Address left, Address right) => Equals(left, right);

    public static bool operator !=(Address left, Address right) => !Equals(left, right);

    /// <summary>Parses "protocol://system[@host:port]".</summary>
    /// <exception cref="UriFormatException">It is not an address.</exception>
    public static Address Parse(string address) =>
        TryParse(address, out Address parsed) ? parsed : throw new UriFormatException($"Not an address: [{address}]");

    /// <summary>Parses an address or the address part of an actor path.</summary>
    public static bool TryParse(string path, out Address address) => TryParse(path.AsSpan(), out address, out _);

    /// <summary>Parses an address and gives what follows it, beginning with a slash.</summary>
    public static bool TryParse(string path, out Address address, out string absolutUri)
    {
        var parsed = TryParse(path.AsSpan(), out address, out ReadOnlySpan<char> rest);
        absolutUri = parsed ? rest.ToString() : null;
        return parsed;
    }

    /// <summary>Parses an address or the address part of an actor path.</summary>
    public static bool TryParse(ReadOnlySpan<char> span, out Address address) => TryParse(span, out address, out _);

    /// <summary>Parses an address and gives what follows it, beginning with a slash ("/" if nothing follows).</summary>
    public static bool TryParse(ReadOnlySpan<char> span, out Address address, out ReadOnlySpan<char> absolutUri)
    {
        address = null;
        absolutUri = default;
        var colon = span.IndexOf(':');
        if (colon <= 0 || !span[colon..].StartsWith("://")) return false;
        ReadOnlySpan<char> protocol = span[..colon];
        if (!protocol.StartsWith("akka", StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> rest = span[(colon + 3)..];
        var slash = rest.IndexOf('/');
        ReadOnlySpan<char> authority = slash < 0 ? rest : rest[..slash];
        absolutUri = slash < 0 ? "/" : rest[slash..];
        if (authority.IsEmpty) return false;

        var at = authority.IndexOf('@');
        if (at < 0)
        {
            address = new Address(protocol.ToString(), authority.ToString());
            return true;
        }

        ReadOnlySpan<char> hostPort = authority[(at + 1)..];
        var portColon = hostPort.LastIndexOf(':');
        if (at == 0 || hostPort.IsEmpty) return false;
        if (portColon < 0 || hostPort[^1] == ']')
        {
            address = new Address(protocol.ToString(), authority[..at].ToString(), hostPort.ToString());
            return true;
        }

        if (portColon == 0 || !int.TryParse(hostPort[(portColon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > 65535)
            return false;
        address = new Address(protocol.ToString(), authority[..at].ToString(), hostPort[..portColon].ToString(), port);
        return true;
    }

    public object Clone() => new Address(Protocol, System, Host, Port);

    public int CompareTo(Address other)
    {
        if (other is null) return 1;
        var byPart = string.CompareOrdinal(Protocol, other.Protocol);
        if (byPart == 0) byPart = string.CompareOrdinal(System, other.System);
        if (byPart == 0) byPart = string.CompareOrdinal(Host ?? "", other.Host ?? "");
        return byPart != 0 ? byPart : (Port ?? 0).CompareTo(other.Port ?? 0);
    }

    int IComparable.CompareTo(object obj) => obj switch
    {
        null => 1,
        Address other => CompareTo(other),
        _ => throw new ArgumentException($"Not an address: [{obj}]", nameof(obj)),
    };

    public bool Equals(Address other) =>
        other is not null && (ReferenceEquals(this, other)
            || (_hash == other._hash && Port == other.Port && Host == other.Host && System == other.System && Protocol == other.Protocol));

    public override bool Equals(object obj) => obj is Address other && Equals(other);

    public override int GetHashCode() => _hash;

    /// <summary>"system[@host:port]".</summary>
    public string HostPort() => ToString()[(Protocol.Length + 3)..];

    public override string ToString() => _text ??= Host is null
        ? $"{Protocol}://{System}"
        : Port is null ? $"{Protocol}://{System}@{Host}" : $"{Protocol}://{System}@{Host}:{Port.Value.ToString(CultureInfo.InvariantCulture)}";

    public ISurrogate ToSurrogate(ActorSystem system) => new AddressSurrogate { Protocol = Protocol, System = System, Host = Host, Port = Port };

    /// <summary>The address with another host.</summary>
    public Address WithHost(string host = null) => new(Protocol, System, host, Port);

    /// <summary>The address with another port.</summary>
    public Address WithPort(int? port = null) => new(Protocol, System, Host, port);

    /// <summary>The address with another protocol.</summary>
    public Address WithProtocol(string protocol) => new(protocol, System, Host, Port);

    /// <summary>The address with another system name.</summary>
    public Address WithSystem(string system) => new(Protocol, system, Host, Port);

    /// <summary>What a serialiser writes for an address.</summary>
    public sealed class AddressSurrogate : ISurrogate
    {
        public string Host { get; set; }

        public int? Port { get; set; }

        public string Protocol { get; set; }

        public string System { get; set; }

        public ISurrogated FromSurrogate(ActorSystem system) => new Address(Protocol, System, Host, Port);
    }
}
