using ActorBroker.Model.Options;

namespace ActorBroker.Configuration;

/// <summary>Listeners in Kafka's notation, <c>NAME://host:port</c>.</summary>
internal static class ListenerParser
{
    private static readonly string[] LaterProtocols = ["SSL", "SASL_PLAINTEXT", "SASL_SSL"];

    public static IReadOnlyList<ListenerOptions> Read(SettingsReader settings)
    {
        var listeners = Addresses(settings, "listeners", minPort: 0);
        var advertised = Addresses(settings, "advertised-listeners", minPort: 1);
        var protocols = Protocols(settings);
        if (settings.List("listeners").Count == 0)
            settings.Add("listeners", "expected at least one listener, such as PLAINTEXT://127.0.0.1:9092.");

        foreach (var address in advertised)
        {
            if (listeners.TrueForAll(listener => listener.Name != address.Name))
                settings.Add("advertised-listeners", $"there is no listener {address.Name}; add it to listeners, or remove it here.");
            if (address.Host is "" or "0.0.0.0" or "::")
                settings.Add("advertised-listeners", $"{address.Name} advertises all interfaces, to which no client can connect; give the name or address by which clients reach this machine.");
        }

        var result = new List<ListenerOptions>(listeners.Count);
        foreach (var (name, host, port) in listeners)
        {
            if (!protocols.Contains(name))
                settings.Add("listeners", $"the listener {name} has no security protocol; add {name}:PLAINTEXT to {SettingKey.Root}.listener-security-protocols (Kafka: listener.security.protocol.map).");
            if (result.Exists(other => other.Name == name))
                settings.Add("listeners", $"two listeners are called {name}.");
            if (port != 0 && result.Exists(other => other.Host == host && other.Port == port))
                settings.Add("listeners", $"two listeners have the address {host}:{port}.");
            var reached = advertised.Find(address => address.Name == name);
            result.Add(new ListenerOptions { Name = name, Protocol = SecurityProtocol.Plaintext, Host = host, Port = port, AdvertisedHost = reached?.Host, AdvertisedPort = reached?.Port });
        }

        return result;
    }

    private static List<Address> Addresses(SettingsReader settings, string key, int minPort)
    {
        var addresses = new List<Address>();
        foreach (var text in settings.List(key))
        {
            if (Parse(text) is { } address && address.Port >= minPort)
                addresses.Add(address);
            else
                settings.Add(key, $"expected NAME://host:port with a port from {minPort} to 65535, found \"{text}\".");
        }

        return addresses;
    }

    private static Address? Parse(string text)
    {
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (scheme <= 0 || colon < scheme + 3 || !ushort.TryParse(text.AsSpan(colon + 1), out var port))
            return null;
        var host = text[(scheme + 3)..colon];
        if (host.StartsWith('[') != host.EndsWith(']') || (host.Contains(':') && !host.StartsWith('[')))
            return null;
        return new Address(text[..scheme].ToUpperInvariant(), host.Trim('[', ']'), port);
    }

    /// <summary>The names of listeners whose protocol is there.</summary>
    private static HashSet<string> Protocols(SettingsReader settings)
    {
        const string Key = "listener-security-protocols";
        var protocols = new HashSet<string>();
        foreach (var entry in settings.List(Key))
        {
            var parts = entry.Split(':', StringSplitOptions.TrimEntries);
            if (parts.Length != 2 || parts[0].Length == 0)
                settings.Add(Key, $"expected NAME:PROTOCOL, found \"{entry}\".");
            else if (parts[1].Equals("PLAINTEXT", StringComparison.OrdinalIgnoreCase))
                protocols.Add(parts[0].ToUpperInvariant());
            else if (!LaterProtocols.Contains(parts[1], StringComparer.OrdinalIgnoreCase))
                settings.Add(Key, $"expected the protocol PLAINTEXT, found \"{entry}\".");
        }

        return protocols;
    }

    /// <summary>A class, because generic code over a struct is compiled at each start.</summary>
    private sealed record Address(string Name, string Host, int Port);
}
