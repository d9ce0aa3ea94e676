using System.Buffers.Binary;
using System.Net.Sockets;
using ActorBroker.Actors.Remoting;
using ActorBroker.Model;

namespace ActorBroker.Actors.Tests.Remoting;

/// <summary>Frames of the cluster port: a length in little-endian order before each.</summary>
internal static class Frames
{
    /// <summary>A node's greeting when it dials.</summary>
    public static byte[] Hello(string clusterId) => new Handshake(new PeerSetup(new NodeId(2), clusterId, "ours"), isDialler: true).First!;

    public static byte[] Of(byte[] content)
    {
        var frame = new byte[content.Length + 4];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        content.CopyTo(frame, 4);
        return frame;
    }

    /// <summary>The next frame's content.</summary>
    public static async Task<byte[]> Receive(Socket socket)
    {
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        var length = BinaryPrimitives.ReadInt32LittleEndian(await Exactly(socket, 4, limit.Token));
        return await Exactly(socket, length, limit.Token);
    }

    /// <summary>The frame with something wrong about it.</summary>
    public static byte[] Mutated(byte[] content, Random random)
    {
        var bytes = Of(content);
        switch (random.Next(5))
        {
            case 0:
                random.NextBytes(bytes.AsSpan(4));
                break;
            case 1:
                bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                break;
            case 2:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next(int.MinValue, int.MaxValue));
                break;
            case 3:
                return bytes[..random.Next(1, bytes.Length)];
            default:
                return [.. bytes, .. bytes];
        }

        return bytes;
    }

    private static async Task<byte[]> Exactly(Socket socket, int count, CancellationToken limit)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var more = await socket.ReceiveAsync(bytes.AsMemory(at), limit);
            at += more > 0 ? more : throw new EndOfStreamException();
        }

        return bytes;
    }
}
