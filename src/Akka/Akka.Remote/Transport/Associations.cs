#nullable disable
using System.Collections;
using System.Collections.Concurrent;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>The links with all systems that are known. Peers name addresses, so there is a limit: at it, those that nothing is lost with are forgotten.</summary>
internal sealed class Associations : IEnumerable<Association>
{
    private readonly ConcurrentDictionary<Address, Association> _known = new();
    private readonly Lock _gate = new();
    private readonly Remoting _remoting;

    public Associations(Remoting remoting) => _remoting = remoting;

    /// <summary>The link with an address if there is one; else null.</summary>
    public Association Known(Address address) => _known.GetValueOrDefault(address);

    /// <summary>The link with an address, made if there is none; null at the limit.</summary>
    public Association OfOrNull(Address address)
    {
        if (_known.TryGetValue(address, out Association known)) return known;
        lock (_gate)
        {
            if (_known.TryGetValue(address, out known)) return known;
            return MakeRoom() ? _known[address] = new Association(_remoting, address) : null;
        }
    }

    /// <summary>Whether there is, or could be, a link with an address.</summary>
    public bool HasRoomFor(Address address)
    {
        if (_known.ContainsKey(address)) return true;
        lock (_gate) return MakeRoom();
    }

    public IEnumerator<Association> GetEnumerator() => _known.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool MakeRoom()
    {
        if (_known.Count < _remoting.Lanes.MaxAssociations) return true;
        HashSet<Address> connected = [.. _remoting.Inbound.Select(static connection => connection.Peer?.Address).OfType<Address>()];
        foreach (Association association in _known.Values)
            if (!connected.Contains(association.RemoteAddress) && association.TryForget()) _known.TryRemove(association.RemoteAddress, out _);
        return _known.Count < _remoting.Lanes.MaxAssociations;
    }
}
