#nullable disable
using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Dispatch.SysMsg;

namespace Akka.Remote.Transport;

/// <summary>
/// System messages on the wire. Frame: length, type, sequence number, length and path of the recipient, kind, flags, length and
/// path of the watchee or actor, path of the watcher, number of the barrier on the bulk lane that it must not overtake (zero for none).
/// </summary>
internal static class SystemMessageCodec
{
    public const int SequenceAt = 5;

    /// <exception cref="SerializationException">It is none of the messages that travel.</exception>
    public static byte[] Write(ISystemMessage message, RemoteActorRef recipient, Akka.Serialization.Information own, long barrier)
    {
        (byte Kind, byte Flags, IActorRef First, IActorRef Second) parts = message switch
        {
            Watch watch => (1, 0, watch.Watchee, watch.Watcher),
            Unwatch unwatch => (2, 0, unwatch.Watchee, unwatch.Watcher),
            DeathWatchNotification died => (3, (byte)((died.ExistenceConfirmed ? 1 : 0) | (died.AddressTerminated ? 2 : 0)), died.Actor, null),
            Terminate => (4, 0, null, null),
            Suspend => (5, 0, null, null),
            Resume => (6, 0, null, null),
            _ => throw new SerializationException($"[{message}] is not sent to other systems"),
        };
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(0);
        writer.Write(FrameType.System);
        writer.Write(0L);
        writer.Write(recipient.Serialized);
        writer.Write(parts.Kind);
        writer.Write(parts.Flags);
        writer.Write(Path(parts.First, own.Address));
        writer.Write(Path(parts.Second, own.Address));
        writer.Write(barrier);
        writer.Flush();
        byte[] frame = stream.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        return frame;
    }

    public static void Number(byte[] frame, long sequence) => BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(SequenceAt), sequence);

    /// <summary>Reads what follows the sequence number.</summary>
    /// <exception cref="SerializationException">It is malformed.</exception>
    public static (IInternalActorRef Recipient, SystemMessage Message, long Barrier) Read(byte[] body, RemoteActorRefProvider provider)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(body));
            IInternalActorRef recipient = Resolve(reader.ReadString(), provider);
            var kind = reader.ReadByte();
            var flags = reader.ReadByte();
            var first = reader.ReadString();
            var second = reader.ReadString();
            SystemMessage message = kind switch
            {
                1 => new Watch(Resolve(first, provider), Resolve(second, provider)),
                2 => new Unwatch(Resolve(first, provider), Resolve(second, provider)),
                3 => new DeathWatchNotification(Resolve(first, provider), (flags & 1) != 0, (flags & 2) != 0),
                4 => new Terminate(),
                5 => new Suspend(),
                6 => new Resume(null),
                _ => throw new SerializationException($"Unknown system message {kind}"),
            };
            return (recipient, message, reader.ReadInt64());
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw new SerializationException("A system message is malformed", e);
        }
    }

    private static string Path(IActorRef actor, Address own) => actor is null ? "" : actor.Path.ToSerializationFormatWithAddress(own);

    private static IInternalActorRef Resolve(string path, RemoteActorRefProvider provider) => (IInternalActorRef)provider.ResolveActorRef(path);
}
