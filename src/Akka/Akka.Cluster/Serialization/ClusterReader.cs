#nullable disable
using System.Collections.Immutable;
using System.Text;
using Akka.Actor;
using Akka.Util;

namespace Akka.Cluster.Serialization;

/// <summary>Reads what <see cref="ClusterWriter"/> wrote. No count is believed that the bytes cannot hold.</summary>
/// <exception cref="FormatException">Thrown by all methods: it is malformed.</exception>
/// <exception cref="EndOfStreamException">Thrown by all methods: it is cut off.</exception>
internal sealed class ClusterReader : IDisposable
{
    private readonly MemoryStream _stream;
    private readonly BinaryReader _reader;
    private readonly List<string> _texts = [];
    private readonly List<UniqueAddress> _nodes = [];

    public ClusterReader(byte[] bytes)
    {
        _stream = new MemoryStream(bytes);
        _reader = new BinaryReader(_stream, Encoding.UTF8);
    }

    public void Dispose() => _reader.Dispose();

    public int ReadInt() => _reader.ReadInt32();

    public long ReadLong() => _reader.Read7BitEncodedInt64();

    public string ReadText()
    {
        var place = _reader.Read7BitEncodedInt();
        if (place != 0) return Known(_texts, place, "text");
        var text = _reader.ReadString();
        _texts.Add(text);
        return text;
    }

    public Address ReadAddress() => new(ReadText(), ReadText(), ReadText() is { Length: > 0 } host ? host : null, _reader.Read7BitEncodedInt());

    public UniqueAddress ReadNode()
    {
        var place = _reader.Read7BitEncodedInt();
        if (place != 0) return Known(_nodes, place, "node");
        var node = new UniqueAddress(ReadAddress(), _reader.ReadInt32());
        _nodes.Add(node);
        return node;
    }

    public AppVersion ReadVersion() => AppVersion.Create(ReadText());

    public ImmutableHashSet<string> ReadRoles() => [.. ReadMany(ReadText)];

    public ImmutableSortedDictionary<string, string> ReadSettings() =>
        ReadMany(() => KeyValuePair.Create(ReadText(), ReadText())).ToImmutableSortedDictionary(StringComparer.Ordinal);

    public VectorClock ReadClock() =>
        VectorClock.Create(ReadMany(() => KeyValuePair.Create(VectorClock.Node.FromHash(ReadText()), ReadLong())).ToImmutableSortedDictionary());

    /// <summary>A gossip that was appended as the last thing.</summary>
    public Gossip ReadAppendedGossip()
    {
        using var rest = new ClusterReader(_reader.ReadBytes((int)(_stream.Length - _stream.Position)));
        return rest.ReadGossip();
    }

    private Gossip ReadGossip() => new(
        [.. ReadMany(ReadMember)],
        [.. ReadMany(ReadNode)],
        ReadReachability(),
        ReadClock(),
        ReadMany(() => KeyValuePair.Create(ReadNode(), ReadLong())).ToImmutableDictionary());

    private static T Known<T>(List<T> known, int place, string what) =>
        place > 0 && place <= known.Count ? known[place - 1] : throw new FormatException($"A {what} refers to number {place} of {known.Count}");

    private Member ReadMember()
    {
        UniqueAddress node = ReadNode();
        var status = (MemberStatus)_reader.ReadByte();
        if (!Enum.IsDefined(status)) throw new FormatException($"A member's status is {(int)status}");
        return Member.Create(node, _reader.ReadInt32(), status, ReadRoles(), ReadVersion());
    }

    private Reachability ReadReachability()
    {
        List<ReachabilityRecord> records = ReadMany(() =>
        {
            UniqueAddress observer = ReadNode(), subject = ReadNode();
            var status = (ReachabilityStatus)_reader.ReadByte();
            if (!Enum.IsDefined(status)) throw new FormatException($"Reachability is {(int)status}");
            return new ReachabilityRecord(observer, subject, status, ReadLong());
        });
        return Reachability.Of(records, ReadMany(() => KeyValuePair.Create(ReadNode(), ReadLong())).ToImmutableDictionary());
    }

    private List<T> ReadMany<T>(Func<T> read)
    {
        var count = _reader.Read7BitEncodedInt();
        if (count < 0 || count > _stream.Length - _stream.Position) throw new FormatException($"{count} items in {_stream.Length - _stream.Position} bytes");
        List<T> items = new(count);
        for (var i = 0; i < count; i++) items.Add(read());
        return items;
    }
}
