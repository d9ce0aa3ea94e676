using System.Globalization;

namespace ActorBroker.Client;

/// <summary>Where a node listens. Nodes that are known only from the bootstrap list have negative ids.</summary>
public sealed record BrokerAddress(int NodeId, string Host, int Port, string? Rack = null)
{
    /// <summary>Reads <c>host:port</c>, <c>[ipv6]:port</c> or <c>host</c> (port 9092).</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    internal static BrokerAddress Parse(string text, int nodeId)
    {
        var bracket = text.LastIndexOf(']');
        var colon = text.LastIndexOf(':');
        var hasPort = colon > bracket && (bracket >= 0 || text.IndexOf(':', StringComparison.Ordinal) == colon);
        var host = (hasPort ? text[..colon] : text).Trim('[', ']');
        var port = 9092;
        if (host.Length == 0
            || (hasPort && !int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port))
            || port is < 1 or > 65535)
        {
            throw new FormatException($"'{text}' is not host:port");
        }

        return new BrokerAddress(nodeId, host, port);
    }

    public override string ToString() =>
        (Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}") + (NodeId >= 0 ? $" (id {NodeId})" : "");
}
