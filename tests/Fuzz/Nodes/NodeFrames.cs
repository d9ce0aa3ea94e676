using System.Buffers.Binary;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>Frames between nodes: a size in little-endian order, and so many bytes.</summary>
internal static class NodeFrames
{
    private const int MaxBytes = 1 << 20;

    public static byte[] Of(ReadOnlySpan<byte> content)
    {
        var frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        content.CopyTo(frame.AsSpan(4));
        return frame;
    }

    /// <summary>The next frame's content.</summary>
    /// <exception cref="IOException">The connection ended, or no frame came in time.</exception>
    public static byte[] Receive(WireConnection connection)
    {
        var size = BinaryPrimitives.ReadInt32LittleEndian(Exactly(connection, 4));
        return size is >= 0 and <= MaxBytes ? Exactly(connection, size) : throw new IOException($"a frame says that it has {size} bytes");
    }

    private static byte[] Exactly(WireConnection connection, int count)
    {
        var bytes = new byte[count];
        for (var at = 0; at < count;)
        {
            var more = connection.ReceiveSome(bytes.AsSpan(at));
            at += more > 0 ? more : throw new IOException("the node closed the connection");
        }

        return bytes;
    }
}
