using System.Buffers.Binary;
using System.Text;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>Frames of Akka.NET's protocol, which are Protobuf: its control messages, and messages to actors.</summary>
internal static class AkkaFrames
{
    private const int AssociateCommand = 1;

    /// <summary>Commands that end an association, with and without a reason, and the heartbeat between.</summary>
    private static readonly byte[] OtherCommands = [2, 3, 4, 5];

    /// <summary>Who sends it says which actor system he is.</summary>
    public static byte[] Associate(string host, int port, long uid)
    {
        byte[] origin = [.. Text(1, "actorbroker"), .. Text(2, host), .. Number(3, (ulong)port), .. Text(4, "akka.tcp")];
        byte[] info = [.. Bytes(1, origin), .. Fixed(2, uid)];
        return Command([.. Number(1, AssociateCommand), .. Bytes(2, info)]);
    }

    public static IEnumerable<byte[]> Commands() => OtherCommands.Select(command => Command(Number(1, command)));

    /// <summary>A message to an actor.</summary>
    /// <param name="recipient">Its whole path.</param>
    /// <param name="serializer">The number of who is to read the payload.</param>
    public static byte[] Message(string recipient, string sender, int serializer, string manifest, ReadOnlySpan<byte> payload, long sequence)
    {
        byte[] message = [.. Bytes(1, payload), .. Number(2, (ulong)serializer), .. Text(3, manifest)];
        byte[] envelope = [.. Bytes(1, Text(1, recipient)), .. Bytes(2, message), .. Bytes(4, Text(1, sender)), .. Fixed(5, sequence)];
        return NodeFrames.Of(Bytes(1, Bytes(2, envelope)));
    }

    /// <summary>A message to whoever is at a path below a root: what Akka.NET puts around it.</summary>
    public static byte[] Selection(IEnumerable<string> path, int serializer, ReadOnlySpan<byte> payload)
    {
        byte[] inner = [.. Bytes(1, payload), .. Number(2, (ulong)serializer)];
        return [.. Bytes(1, inner), .. path.SelectMany(name => Bytes(3, [.. Number(1, 1), .. Text(2, name)]))];
    }

    public static byte[] Acknowledgement(long upTo) => NodeFrames.Of(Bytes(1, Bytes(1, Fixed(1, upTo))));

    private static byte[] Command(byte[] instruction) => NodeFrames.Of(Bytes(2, instruction));

    private static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    private static byte[] Bytes(int field, ReadOnlySpan<byte> bytes) => [(byte)((field << 3) | 2), .. Variable((ulong)bytes.Length), .. bytes];

    private static byte[] Number(int field, ulong number) => [(byte)(field << 3), .. Variable(number)];

    private static byte[] Fixed(int field, long number)
    {
        var bytes = new byte[9];
        bytes[0] = (byte)((field << 3) | 1);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(1), number);
        return bytes;
    }

    private static List<byte> Variable(ulong number)
    {
        List<byte> bytes = [];
        for (; number >= 0x80; number >>= 7)
        {
            bytes.Add((byte)(number | 0x80));
        }

        bytes.Add((byte)number);
        return bytes;
    }
}
