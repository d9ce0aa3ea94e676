#nullable disable
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>The messages between the cluster's nodes, in a form of our own: see <see cref="ClusterWriter"/>.</summary>
public class ClusterMessageSerializer : SerializerWithStringManifest
{
    private readonly Dictionary<Type, Form> _byType;
    private readonly Dictionary<string, Form> _byManifest;

    /// <summary>The form of the gossip that was written last: news go to many.</summary>
    private (Gossip Gossip, byte[] Bytes)? _last;

    public ClusterMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
        Form[] forms =
        [
            Of("IJ", static (to, m) => to.Write(m.Settings), static from => new ClusterWire.InitJoin(from.ReadSettings())),
            Of("IJA", static (to, m) => to.Write(m.Address), static from => new ClusterWire.InitJoinAck(from.ReadAddress())),
            Of("IJN", static (to, m) => to.Write(m.Address), static from => new ClusterWire.InitJoinNack(from.ReadAddress())),
            Of("J", WriteJoin, static from => new ClusterWire.Join(from.ReadNode(), from.ReadRoles(), from.ReadVersion(), from.ReadSettings())),
            Of("JR", static (to, m) => to.With(m.Address).Write(m.Reason), static from => new ClusterWire.JoinRefused(from.ReadAddress(), from.ReadText())),
            Of("W", (to, m) => to.With(m.From).Append(BytesOf(m.Gossip)), static from => new ClusterWire.Welcome(from.ReadNode(), from.ReadAppendedGossip())),
            Of("GE", (to, m) => to.With(m.From).With(m.To).Append(BytesOf(m.Gossip)), static from => new ClusterWire.GossipEnvelope(from.ReadNode(), from.ReadNode(), from.ReadAppendedGossip())),
            Of("GS", WriteStatus, static from => new ClusterWire.GossipStatus(from.ReadNode(), from.ReadClock(), from.ReadInt())),
            Of("EC", static (to, m) => to.Write(m.Node), static from => new ClusterWire.ExitingConfirmed(from.ReadNode())),
            Of("HB", static (to, m) => to.With(m.From).Write(m.SequenceNr), static from => new ClusterWire.Heartbeat(from.ReadAddress(), from.ReadLong())),
            Of("HBR", static (to, m) => to.With(m.From).Write(m.SequenceNr), static from => new ClusterWire.HeartbeatRsp(from.ReadNode(), from.ReadLong())),
        ];
        _byType = forms.ToDictionary(static form => form.Type);
        _byManifest = forms.ToDictionary(static form => form.Manifest);
    }

    public override string Manifest(object o) => FormOf(o).Manifest;

    public override byte[] ToBinary(object obj)
    {
        Form form = FormOf(obj);
        using var writer = new ClusterWriter();
        form.Write(writer, obj);
        return writer.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!_byManifest.TryGetValue(manifest, out Form form)) throw new SerializationException($"Unknown manifest [{manifest}] in a message of the cluster");
        try
        {
            using var reader = new ClusterReader(bytes);
            return form.Read(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new SerializationException($"A message of the cluster with manifest [{manifest}] and {bytes.Length} bytes is malformed", e);
        }
    }

    private static Form Of<T>(string manifest, Action<ClusterWriter, T> write, Func<ClusterReader, T> read) =>
        new(typeof(T), manifest, (to, message) => write(to, (T)message), from => read(from));

    private static void WriteJoin(ClusterWriter to, ClusterWire.Join join)
    {
        to.Write(join.Node);
        to.Write(join.Roles);
        to.Write(join.AppVersion.Version);
        to.Write(join.Settings);
    }

    private static void WriteStatus(ClusterWriter to, ClusterWire.GossipStatus status)
    {
        to.Write(status.From);
        to.Write(status.Version);
        to.Write(status.SeenDigest);
    }

    private Form FormOf(object message) => message is not null && _byType.TryGetValue(message.GetType(), out Form form)
        ? form
        : throw new ArgumentException($"Cannot serialize object of type [{message?.GetType()}]: it is no message between the cluster's nodes");

    private byte[] BytesOf(Gossip gossip)
    {
        lock (_byType)
        {
            if (_last is { } last && ReferenceEquals(last.Gossip, gossip)) return last.Bytes;
            using var writer = new ClusterWriter();
            writer.Write(gossip);
            byte[] bytes = writer.ToArray();
            _last = (gossip, bytes);
            return bytes;
        }
    }

    /// <summary>How one kind of message is named, written and read.</summary>
    private sealed record Form(Type Type, string Manifest, Action<ClusterWriter, object> Write, Func<ClusterReader, object> Read);
}
