#nullable disable
using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Remote.Transport;
using Akka.Serialization;

namespace Akka.Remote.Serialization;

/// <summary>The runtime's own messages that users see.</summary>
public sealed class MiscMessageSerializer : SerializerWithStringManifest
{
    public MiscMessageSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override string Manifest(object obj) => obj switch
    {
        Identify => "ID",
        ActorIdentity => "AID",
        PoisonPill => "PP",
        Kill => "K",
        Status.Success => "SS",
        Status.Failure => "SF",
        RemoteWatcher.Heartbeat => "RWHB",
        RemoteWatcher.HeartbeatRsp => "RWHR",
        _ => throw new ArgumentException($"Cannot serialize object of type [{obj?.GetType()}]", nameof(obj)),
    };

    public override byte[] ToBinary(object obj)
    {
        switch (obj)
        {
            case Identify identify:
                return NestedMessage.Write(system, identify.MessageId);
            case ActorIdentity identity:
                var subject = Encoding.UTF8.GetBytes(identity.Subject is null ? "" : Akka.Serialization.Serialization.SerializedActorPath(identity.Subject));
                byte[] length = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(length, subject.Length);
                return [.. length, .. subject, .. NestedMessage.Write(system, identity.MessageId)];
            case Status.Success success:
                return NestedMessage.Write(system, success.Status);
            case Status.Failure failure:
                return Encoding.UTF8.GetBytes(failure.Cause is null ? "" : $"{failure.Cause.GetType().Name}: {failure.Cause.Message}");
            case RemoteWatcher.HeartbeatRsp response:
                return BitConverter.GetBytes(response.AddressUid);
            case PoisonPill or Kill or RemoteWatcher.Heartbeat:
                return [];
            default:
                throw new ArgumentException($"Cannot serialize object of type [{obj?.GetType()}]", nameof(obj));
        }
    }

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "ID" => new Identify(NestedMessage.Read(system, bytes)),
        "AID" => ReadIdentity(bytes),
        "PP" => PoisonPill.Instance,
        "K" => Kill.Instance,
        "SS" => new Status.Success(NestedMessage.Read(system, bytes)),
        "SF" => new Status.Failure(bytes.Length == 0 ? null : new RemoteFailureException(Encoding.UTF8.GetString(bytes))),
        "RWHB" => RemoteWatcher.Heartbeat.Instance,
        "RWHR" when bytes.Length == 4 => new RemoteWatcher.HeartbeatRsp(BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        _ => throw new SerializationException($"Unknown manifest [{manifest}], or {bytes.Length} bytes do not fit it"),
    };

    private ActorIdentity ReadIdentity(byte[] bytes)
    {
        var length = bytes.Length >= 4 ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : -1;
        if (length < 0 || length > bytes.Length - 4) throw new SerializationException("An identity is cut off");
        IActorRef subject = length == 0 ? null : system.Provider.ResolveActorRef(Encoding.UTF8.GetString(bytes, 4, length));
        return new ActorIdentity(NestedMessage.Read(system, bytes[(4 + length)..]), subject);
    }
}

/// <summary>A failure in another system: exceptions do not travel as objects, because a type name from outside constructs nothing.</summary>
internal sealed class RemoteFailureException : AkkaException
{
    public RemoteFailureException(string message)
        : base(message)
    {
    }
}
