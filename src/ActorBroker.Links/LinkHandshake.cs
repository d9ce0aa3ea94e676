using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Model;

namespace ActorBroker.Links;

/// <summary>Who is at the other end of a connection, as it has proved.</summary>
/// <param name="CreditBytes">Payload that it takes at first.</param>
internal readonly record struct LinkIdentity(NodeId Node, LinkIncarnation Incarnation, int CreditBytes);

/// <summary>One end does not accept the other.</summary>
/// <param name="node">As far as it is known.</param>
internal sealed class LinkRefusedException(NodeId node, string reason) : IOException(reason)
{
    public NodeId Node => node;
}

/// <summary>
/// What both ends say before anything else. The one that connects says hello with a nonce, the other answers with a nonce of its own and its proof, an HMAC of all that was
/// said, keyed with the cookie; then the first proves the same. Whoever does not accept the other says why, in a frame of its own, and closes. Nothing else is read before.
/// </summary>
internal sealed class LinkHandshake(LinkOptions options)
{
    private const uint Magic = 0x4B4E4C41; // "ALNK"
    private const short Version = 1;
    private const int NonceBytes = 16;
    private const int ProofBytes = 32;
    private const int MaxFrame = 1024;
    private const int HelloBytes = 4 + 2 + 4 + IdentityBytes;
    private const int IdentityBytes = 4 + 8 + 16 + 4 + NonceBytes;
    private const byte HelloKind = (byte)'H';
    private const byte ChallengeKind = (byte)'C';
    private const byte ProofKind = (byte)'V';
    private const byte AcceptedKind = (byte)'O';
    private const byte RefusalKind = (byte)'X';

    /// <summary>On a connection that this node made.</summary>
    /// <exception cref="LinkRefusedException">One end does not accept the other.</exception>
    /// <exception cref="IOException">The connection ended, or the other end said nothing in time.</exception>
    public LinkIdentity Greet(Socket socket, NodeId expected)
    {
        var wire = new Wire(socket, options.HandshakeLimit, expected);
        var hello = Hello(expected);
        wire.Write(HelloKind, hello);
        var challenge = wire.Read(ChallengeKind, IdentityBytes + ProofBytes, IdentityBytes + ProofBytes);
        var identity = challenge.AsSpan(0, IdentityBytes);
        var peer = ReadIdentity(identity);
        if (peer.Node != expected)
        {
            throw wire.Refuse($"node {peer.Node} is at the address of node {expected}");
        }

        if (!IsProof("server", hello, identity, challenge.AsSpan(IdentityBytes)))
        {
            throw wire.Refuse("its cookie is another one: give all nodes the same actorbroker.cluster.cookie");
        }

        wire.Write(ProofKind, Proof("client", hello, identity));
        wire.Read(AcceptedKind, 0, 0);
        return peer;
    }

    /// <summary>On a connection that was accepted.</summary>
    /// <param name="problem">Says why this node does not want it, or null.</param>
    /// <exception cref="LinkRefusedException">One end does not accept the other.</exception>
    /// <exception cref="IOException">The connection ended, or the other end said nothing in time.</exception>
    public LinkIdentity Answer(Socket socket, Func<LinkIdentity, string?> problem)
    {
        var wire = new Wire(socket, options.HandshakeLimit, NodeId.None);
        var hello = wire.Read(HelloKind, HelloBytes, HelloBytes + 255);
        var peer = ReadHello(wire, hello);
        var own = new byte[IdentityBytes];
        WriteIdentity(own);
        wire.Write(ChallengeKind, [.. own, .. Proof("server", hello, own)]);
        if (!IsProof("client", hello, own, wire.Read(ProofKind, ProofBytes, ProofBytes)))
        {
            throw wire.Refuse("its cookie is another one: give all nodes the same actorbroker.cluster.cookie");
        }

        if (problem(peer) is { } reason)
        {
            throw wire.Refuse(reason);
        }

        wire.Write(AcceptedKind, []);
        return peer;
    }

    private byte[] Hello(NodeId expected)
    {
        var cluster = Encoding.UTF8.GetBytes(options.ClusterId);
        var hello = new byte[HelloBytes + cluster.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, Magic);
        BinaryPrimitives.WriteInt16LittleEndian(hello.AsSpan(4), Version);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(6), expected.Value);
        WriteIdentity(hello.AsSpan(10));
        cluster.CopyTo(hello, HelloBytes);
        return hello;
    }

    private LinkIdentity ReadHello(Wire wire, byte[] hello)
    {
        if (BinaryPrimitives.ReadUInt32LittleEndian(hello) != Magic)
        {
            throw wire.Refuse("it does not speak the protocol of links");
        }

        var version = BinaryPrimitives.ReadInt16LittleEndian(hello.AsSpan(4));
        var wanted = new NodeId(BinaryPrimitives.ReadInt32LittleEndian(hello.AsSpan(6)));
        var peer = ReadIdentity(hello.AsSpan(10));
        wire.Peer = peer.Node;
        var cluster = Encoding.UTF8.GetString(hello, HelloBytes, hello.Length - HelloBytes);
        if (version != Version)
        {
            throw wire.Refuse($"it speaks version {version} of the protocol of links, and this node version {Version}");
        }

        if (cluster != options.ClusterId)
        {
            throw wire.Refuse($"it is of the cluster '{cluster}', and this node of '{options.ClusterId}'");
        }

        if (wanted != options.Node)
        {
            throw wire.Refuse($"it looks for node {wanted}, and this is node {options.Node}");
        }

        return peer.Node == options.Node ? throw wire.Refuse($"another process says that it is node {options.Node}, which is this one") : peer;
    }

    private void WriteIdentity(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32LittleEndian(bytes, options.Node.Value);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[4..], options.Incarnation.StartedAtMs);
        options.Incarnation.Id.TryWriteBytes(bytes[12..]);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], options.CreditBytes);
        RandomNumberGenerator.Fill(bytes.Slice(32, NonceBytes));
    }

    private static LinkIdentity ReadIdentity(ReadOnlySpan<byte> bytes) => new(
        new NodeId(BinaryPrimitives.ReadInt32LittleEndian(bytes)),
        new LinkIncarnation(BinaryPrimitives.ReadInt64LittleEndian(bytes[4..]), new Guid(bytes.Slice(12, 16))),
        Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(bytes[28..])));

    private byte[] Proof(string role, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> identity) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(options.Cookie), (byte[])[.. Encoding.ASCII.GetBytes(role), .. hello, .. identity]);

    private bool IsProof(string role, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> identity, ReadOnlySpan<byte> proof) =>
        CryptographicOperations.FixedTimeEquals(Proof(role, hello, identity), proof);

    /// <summary>Frames of the handshake on a blocking socket, all of them within one limit of time.</summary>
    private sealed class Wire(Socket socket, TimeSpan limit, NodeId peer)
    {
        private readonly long began = Stopwatch.GetTimestamp();

        public NodeId Peer { get; set; } = peer;

        public void Write(byte kind, ReadOnlySpan<byte> body)
        {
            var frame = new byte[5 + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(frame, 1 + body.Length);
            frame[4] = kind;
            body.CopyTo(frame.AsSpan(5));
            socket.SendTimeout = LeftMs();
            Sockets.SendAll(socket, frame);
        }

        public byte[] Read(byte kind, int least, int most)
        {
            var head = new byte[5];
            Fill(head);
            var length = BinaryPrimitives.ReadInt32LittleEndian(head) - 1;
            if (length is < 0 or > MaxFrame)
            {
                throw new LinkProtocolException("it does not speak the protocol of links");
            }

            var body = new byte[length];
            Fill(body);
            if (head[4] == RefusalKind)
            {
                throw new LinkRefusedException(Peer, $"the other end refuses it: {Encoding.UTF8.GetString(body)}");
            }

            return head[4] == kind && length >= least && length <= most ? body : throw Refuse("it does not speak the protocol of links");
        }

        /// <summary>Tells the other end; it may hear it or not.</summary>
        public LinkRefusedException Refuse(string reason)
        {
            try
            {
                Write(RefusalKind, Encoding.UTF8.GetBytes(reason));
            }
            catch (Exception e) when (e is SocketException or IOException or ObjectDisposedException)
            {
                // It has gone already.
            }

            return new LinkRefusedException(Peer, reason);
        }

        private void Fill(Span<byte> bytes)
        {
            while (!bytes.IsEmpty)
            {
                socket.ReceiveTimeout = LeftMs();
                var received = socket.Receive(bytes);
                if (received == 0)
                {
                    throw new IOException("the connection ended in the handshake");
                }

                bytes = bytes[received..];
            }
        }

        private int LeftMs()
        {
            var left = (int)(limit - Stopwatch.GetElapsedTime(began)).TotalMilliseconds;
            return left > 0 ? left : throw new IOException($"the handshake took longer than {limit.TotalSeconds} s");
        }
    }
}
