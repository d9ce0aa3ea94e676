using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>A connection of a node that says, and reads, only what the test wants.</summary>
internal sealed class RawPeer : IDisposable
{
    private RawPeer(Socket socket)
    {
        Socket = socket;
    }

    public Socket Socket { get; }

    /// <summary>Connects and says nothing yet.</summary>
    public static RawPeer Connect(TestNode to)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Loopback, to.Links.Port);
        return new RawPeer(socket);
    }

    /// <summary>Connects as a node that is welcome.</summary>
    public static RawPeer Enter(TestNode to, LinkOptions options)
    {
        var peer = Connect(to);
        peer.Greet(options, to.Id);
        return peer;
    }

    public void Greet(LinkOptions options, NodeId expected)
    {
        new LinkHandshake(options).Greet(Socket, expected);
        Socket.ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds;
    }

    public static RawPeer Take(Socket accepted) => new(accepted);

    public void Answer(LinkOptions options)
    {
        new LinkHandshake(options).Answer(Socket, static _ => null);
        Socket.ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds;
    }

    public static byte[] Frame(LinkMessage message)
    {
        var kind = LinkCodec.KindOf(message);
        var payload = LinkCodec.PayloadOf(message);
        var frame = new byte[5 + LinkCodec.FieldBytes(kind) + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
        frame[4] = kind;
        LinkCodec.WriteFields(message, frame.AsSpan(5, frame.Length - 5 - payload.Length));
        payload.CopyTo(frame.AsMemory(frame.Length - payload.Length));
        return frame;
    }

    public void Send(params byte[][] frames) => Sockets.SendAll(Socket, [.. frames.Select(static frame => new ArraySegment<byte>(frame))]);

    public void SendFrame(char kind, byte[] body)
    {
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + body.Length);
        frame[4] = (byte)kind;
        body.CopyTo(frame, 5);
        Send(frame);
    }

    /// <summary>Says hello as docs/formats/links.md has it.</summary>
    public void SendHello(LinkOptions options, int wanted, short version = 1)
    {
        var cluster = Encoding.UTF8.GetBytes(options.ClusterId);
        var hello = new byte[58 + cluster.Length];
        "ALNK"u8.CopyTo(hello);
        BinaryPrimitives.WriteInt16LittleEndian(hello.AsSpan(4), version);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(6), wanted);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(10), options.Node.Value);
        BinaryPrimitives.WriteInt64LittleEndian(hello.AsSpan(14), options.Incarnation.StartedAtMs);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(38), options.CreditBytes);
        cluster.CopyTo(hello, 58);
        SendFrame('H', hello);
    }

    /// <summary>Kind and body of the next frame, whatever it is.</summary>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    public byte[] ReadFrame()
    {
        Socket.ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds;
        var length = new byte[4];
        if (!Fill(length))
        {
            throw new EndOfStreamException();
        }

        var frame = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        return Fill(frame) ? frame : throw new EndOfStreamException();
    }

    /// <summary>Why the other end refuses; it says nothing else.</summary>
    public string ReadRefusal()
    {
        var frame = ReadFrame();
        Assert.Equal((byte)'X', frame[0]);
        return Encoding.UTF8.GetString(frame, 1, frame.Length - 1);
    }

    /// <summary>The next frame that is a message; null at the end of the connection.</summary>
    public LinkMessage? Read()
    {
        while (true)
        {
            var head = new byte[5];
            if (!Fill(head))
            {
                return null;
            }

            var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(head) - 1];
            if (!Fill(body))
            {
                return null;
            }

            if (head[4] is not OutgoingFrames.CreditKind and not OutgoingFrames.KeepAliveKind)
            {
                return LinkCodec.Read(head[4], body);
            }
        }
    }

    /// <summary>Whether the other end closes the connection, whatever it says before.</summary>
    public bool IsClosedByPeer()
    {
        Socket.ReceiveTimeout = (int)Eventually.Deadline.TotalMilliseconds;
        var some = new byte[64 * 1024];
        try
        {
            while (Socket.Receive(some) > 0)
            {
            }

            return true;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionReset;
        }
    }

    public void Dispose() => Socket.Dispose();

    private bool Fill(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int received;
            try
            {
                received = Socket.Receive(bytes);
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
            {
                return false;
            }

            if (received == 0)
            {
                return false;
            }

            bytes = bytes[received..];
        }

        return true;
    }
}
