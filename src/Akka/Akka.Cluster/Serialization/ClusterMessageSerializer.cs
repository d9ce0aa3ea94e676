#nullable disable
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Cluster.Serialization;

/// <summary>The messages between the cluster's nodes, in a form of our own: see <see cref="ClusterWriter"/>.</summary>
public class ClusterMessageSerializer : SerializerWithStringManifest
{
    public ClusterMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    private sealed record Written(Gossip Gossip, byte[] Bytes);

    /// <summary>The form of the gossip that was written last: news go to many.</summary>
    private Written _last;

    public override string Manifest(object o) => o switch
    {
        ClusterWire.InitJoin => "IJ",
        ClusterWire.InitJoinAck => "IJA",
        ClusterWire.InitJoinNack => "IJN",
        ClusterWire.Join => "J",
        ClusterWire.JoinRefused => "JR",
        ClusterWire.Welcome => "W",
        ClusterWire.GossipEnvelope => "GE",
        ClusterWire.GossipStatus => "GS",
        ClusterWire.ExitingConfirmed => "EC",
        ClusterWire.Heartbeat => "HB",
        ClusterWire.HeartbeatRsp => "HBR",
        _ => throw Unknown(o),
    };

    public override byte[] ToBinary(object obj)
    {
        using var writer = new ClusterWriter();
        switch (obj)
        {
            case ClusterWire.InitJoin asked:
                writer.Write(asked.Settings);
                break;
            case ClusterWire.InitJoinAck ack:
                writer.Write(ack.Address);
                break;
            case ClusterWire.InitJoinNack nack:
                writer.Write(nack.Address);
                break;
            case ClusterWire.Join join:
                writer.Write(join.Node);
                writer.Write(join.Roles);
                writer.Write(join.AppVersion.Version);
                writer.Write(join.Settings);
                break;
            case ClusterWire.JoinRefused refused:
                writer.Write(refused.Address);
                writer.Write(refused.Reason);
                break;
            case ClusterWire.Welcome welcome:
                writer.Write(welcome.From);
                writer.Append(BytesOf(welcome.Gossip));
                break;
            case ClusterWire.GossipEnvelope envelope:
                writer.Write(envelope.From);
                writer.Write(envelope.To);
                writer.Append(BytesOf(envelope.Gossip));
                break;
            case ClusterWire.GossipStatus status:
                writer.Write(status.From);
                writer.Write(status.Version);
                writer.Write(status.SeenDigest);
                break;
            case ClusterWire.ExitingConfirmed confirmed:
                writer.Write(confirmed.Node);
                break;
            case ClusterWire.Heartbeat heartbeat:
                writer.Write(heartbeat.From);
                writer.Write(heartbeat.SequenceNr);
                break;
            case ClusterWire.HeartbeatRsp response:
                writer.Write(response.From);
                writer.Write(response.SequenceNr);
                break;
            default:
                throw Unknown(obj);
        }

        return writer.ToArray();
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        try
        {
            using var reader = new ClusterReader(bytes);
            return manifest switch
            {
                "IJ" => new ClusterWire.InitJoin(reader.ReadSettings()),
                "IJA" => new ClusterWire.InitJoinAck(reader.ReadAddress()),
                "IJN" => new ClusterWire.InitJoinNack(reader.ReadAddress()),
                "J" => new ClusterWire.Join(reader.ReadNode(), reader.ReadRoles(), reader.ReadVersion(), reader.ReadSettings()),
                "JR" => new ClusterWire.JoinRefused(reader.ReadAddress(), reader.ReadText()),
                "W" => new ClusterWire.Welcome(reader.ReadNode(), reader.ReadAppendedGossip()),
                "GE" => new ClusterWire.GossipEnvelope(reader.ReadNode(), reader.ReadNode(), reader.ReadAppendedGossip()),
                "GS" => new ClusterWire.GossipStatus(reader.ReadNode(), reader.ReadClock(), reader.ReadInt()),
                "EC" => new ClusterWire.ExitingConfirmed(reader.ReadNode()),
                "HB" => new ClusterWire.Heartbeat(reader.ReadAddress(), reader.ReadLong()),
                "HBR" => new ClusterWire.HeartbeatRsp(reader.ReadNode(), reader.ReadLong()),
                _ => throw new SerializationException($"Unknown manifest [{manifest}] in a message of the cluster"),
            };
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new SerializationException($"A message of the cluster with manifest [{manifest}] and {bytes.Length} bytes is malformed", e);
        }
    }

    private byte[] BytesOf(Gossip gossip)
    {
        if (_last is { } last && ReferenceEquals(last.Gossip, gossip)) return last.Bytes;
        using var writer = new ClusterWriter();
        writer.Write(gossip);
        byte[] bytes = writer.ToArray();
        _last = new Written(gossip, bytes);
        return bytes;
    }

    private static ArgumentException Unknown(object o) => new($"Cannot serialize object of type [{o?.GetType()}]: it is no message between the cluster's nodes");
}
