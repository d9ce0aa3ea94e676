#nullable disable
using System.Collections.Immutable;
using System.Text;
using Akka.Actor;

namespace Akka.Cluster.Serialization;

/// <summary>
/// Writes parts of the cluster's messages. Numbers are variable-length (seven bits a byte, low ones first) where small ones are usual. A text, and an incarnation of a node, is
/// written once in a message: a number of zero introduces a new one, others refer to it by one more than its place.
/// </summary>
internal sealed class ClusterWriter : IDisposable
{
    private readonly MemoryStream _stream = new();
    private readonly BinaryWriter _writer;
    private readonly Dictionary<string, int> _texts = [];
    private readonly Dictionary<UniqueAddress, int> _nodes = [];

    public ClusterWriter() => _writer = new BinaryWriter(_stream, Encoding.UTF8);

    public void Dispose() => _writer.Dispose();

    public byte[] ToArray()
    {
        _writer.Flush();
        return _stream.ToArray();
    }

    /// <summary>Adds what another writer wrote. It is read by a reader of its own, up to the end.</summary>
    public void Append(byte[] bytes) => _writer.Write(bytes);

    public void Write(int value) => _writer.Write(value);

    public void Write(long value) => _writer.Write7BitEncodedInt64(value);

    public void Write(string text)
    {
        if (!WroteAgain(_texts, text)) _writer.Write(text);
    }

    public void Write(Address address)
    {
        Write(address.Protocol);
        Write(address.System);
        Write(address.Host ?? "");
        _writer.Write7BitEncodedInt(address.Port ?? 0);
    }

    public void Write(UniqueAddress node)
    {
        if (WroteAgain(_nodes, node)) return;
        Write(node.Address);
        _writer.Write(node.Uid);
    }

    /// <summary>Writes, and goes on with this writer.</summary>
    public ClusterWriter With(Address address)
    {
        Write(address);
        return this;
    }

    /// <inheritdoc cref="With(Address)"/>
    public ClusterWriter With(UniqueAddress node)
    {
        Write(node);
        return this;
    }

    public void Write(ImmutableHashSet<string> roles)
    {
        _writer.Write7BitEncodedInt(roles.Count);
        foreach (var role in roles) Write(role);
    }

    public void Write(ImmutableSortedDictionary<string, string> settings)
    {
        _writer.Write7BitEncodedInt(settings.Count);
        foreach ((var key, var value) in settings)
        {
            Write(key);
            Write(value);
        }
    }

    public void Write(VectorClock clock)
    {
        _writer.Write7BitEncodedInt(clock.Versions.Count);
        foreach ((VectorClock.Node node, var count) in clock.Versions)
        {
            Write(node.ToString());
            Write(count);
        }
    }

    public void Write(Gossip gossip)
    {
        _writer.Write7BitEncodedInt(gossip.Members.Count);
        foreach (Member member in gossip.Members) Write(member);
        _writer.Write7BitEncodedInt(gossip.Seen.Count);
        foreach (UniqueAddress node in gossip.Seen) Write(node);
        Write(gossip.Reachability);
        Write(gossip.Version);
        _writer.Write7BitEncodedInt(gossip.Tombstones.Count);
        foreach ((UniqueAddress node, var atMs) in gossip.Tombstones)
        {
            Write(node);
            Write(atMs);
        }
    }

    /// <summary>Writes the place of what was written before, or zero: then it follows.</summary>
    private bool WroteAgain<T>(Dictionary<T, int> known, T item)
    {
        var isKnown = known.TryGetValue(item, out var place);
        if (!isKnown) known[item] = known.Count;
        _writer.Write7BitEncodedInt(isKnown ? place + 1 : 0);
        return isKnown;
    }

    private void Write(Member member)
    {
        Write(member.UniqueAddress);
        _writer.Write((byte)member.Status);
        _writer.Write(member.UpNumber);
        Write(member.Roles);
        Write(member.AppVersion.Version);
    }

    private void Write(Reachability reachability)
    {
        ReachabilityRecord[] records = [.. reachability.Records];
        _writer.Write7BitEncodedInt(records.Length);
        foreach (ReachabilityRecord record in records)
        {
            Write(record.Observer);
            Write(record.Subject);
            _writer.Write((byte)record.Status);
            Write(record.Version);
        }

        _writer.Write7BitEncodedInt(reachability.Versions.Count);
        foreach ((UniqueAddress observer, var version) in reachability.Versions)
        {
            Write(observer);
            Write(version);
        }
    }
}
