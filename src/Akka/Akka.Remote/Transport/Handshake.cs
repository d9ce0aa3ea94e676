#nullable disable
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Akka.Actor;

namespace Akka.Remote.Transport;

internal enum RefusalCode : byte
{
    Version = 1,
    Address = 2,
    Cookie = 3,
    Quarantined = 4,
    Limit = 5,
    Malformed = 6,

    /// <summary>This side ignores the peer; never sent.</summary>
    IgnoredHere = 7,
}

/// <summary>A connection was refused, here or there.</summary>
internal sealed class RefusedException : RemoteTransportException
{
    public RefusedException(RefusalCode code, string reason)
        : base(reason) => Code = code;

    public RefusalCode Code { get; }
}

/// <summary>What a connection is about, known after the handshake.</summary>
internal sealed record Peer(Address Address, int Uid, Lane Lane);

/// <summary>
/// The first frames of a connection. Client: magic, version, lane, its address and uid, whom it wants, a nonce. Server: its uid and
/// a nonce. Client: an HMAC of all that with the cookie. Server: an HMAC of its own. Who connects proves the cookie first, so a
/// stranger learns nothing from asking. Each answer may be a refusal with its reason instead.
/// </summary>
internal static class Handshake
{
    public const ushort Version = 1;
    private const uint Magic = 0x31524241;
    private const int NonceBytes = 32;
    private const int MaxBytes = 4096;
    private const byte Go = 1;
    private const byte Refused = 0;

    /// <summary>Runs the connecting side; the server's uid.</summary>
    /// <exception cref="RefusedException">Either side does not want the other.</exception>
    public static int AsClient(Stream stream, Lane lane, Address own, int ownUid, Address wanted, byte[] cookie)
    {
        byte[] nonce = RandomNumberGenerator.GetBytes(NonceBytes);
        byte[] hello = Write(w =>
        {
            w.Write(Magic);
            w.Write(Version);
            w.Write((byte)lane);
            w.Write(own.ToString());
            w.Write(ownUid);
            w.Write(wanted.ToString());
            w.Write(nonce);
        });
        Send(stream, hello);
        byte[] challenge = ReceiveFirstAnswer(stream, wanted);
        if (challenge.Length != 1 + 4 + NonceBytes) throw Malformed("challenge");
        var serverUid = BinaryPrimitives.ReadInt32LittleEndian(challenge.AsSpan(1));
        Send(stream, [Go, .. Proof("client", cookie, hello, challenge)]);
        byte[] result = ReceiveAnswer(stream);
        if (!CryptographicOperations.FixedTimeEquals(result.AsSpan(1), Proof("server", cookie, hello, challenge)))
            throw new RefusedException(RefusalCode.Cookie, $"[{wanted}] does not have the same cookie");
        return serverUid;
    }

    /// <summary>Runs the accepting side.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="ownUid">Uid of this system.</param>
    /// <param name="cookie">The shared secret.</param>
    /// <param name="judge">Gives a refusal of a peer that says who it is and whom it wants; null to go on.</param>
    /// <exception cref="RefusedException">The peer was refused, and told so.</exception>
    public static Peer AsServer(Stream stream, int ownUid, byte[] cookie, Func<Peer, Address, RefusedException> judge)
    {
        byte[] hello = Receive(stream);
        (Peer peer, Address wanted) = ReadHello(stream, hello);
        if (judge(peer, wanted) is { } refusal) throw Refuse(stream, refusal);
        byte[] challenge = new byte[1 + 4 + NonceBytes];
        challenge[0] = Go;
        BinaryPrimitives.WriteInt32LittleEndian(challenge.AsSpan(1), ownUid);
        RandomNumberGenerator.Fill(challenge.AsSpan(5));
        Send(stream, challenge);
        byte[] proof = Receive(stream);
        if (!CryptographicOperations.FixedTimeEquals(proof.AsSpan(Math.Min(1, proof.Length)), Proof("client", cookie, hello, challenge)))
            throw Refuse(stream, new RefusedException(RefusalCode.Cookie, $"[{peer.Address}] does not have the same cookie as [{wanted}]"));
        Send(stream, [Go, .. Proof("server", cookie, hello, challenge)]);
        return peer;
    }

    private static (Peer Peer, Address Wanted) ReadHello(Stream stream, byte[] hello)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(hello));
            if (reader.ReadUInt32() != Magic) throw Malformed("greeting");
            var version = reader.ReadUInt16();
            if (version != Version) throw Refuse(stream, new RefusedException(RefusalCode.Version, $"protocol version {version} is wanted, this system speaks {Version}"));
            var lane = (Lane)reader.ReadByte();
            if (lane > Lane.Bulk || !Address.TryParse(reader.ReadString(), out Address from) || !from.HasGlobalScope || from.Port is null) throw Malformed("greeting");
            var uid = reader.ReadInt32();
            if (!Address.TryParse(reader.ReadString(), out Address wanted) || reader.ReadBytes(NonceBytes).Length != NonceBytes) throw Malformed("greeting");
            return (new Peer(from, uid, lane), wanted);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw Malformed("greeting");
        }
    }

    private static byte[] Proof(string role, byte[] cookie, byte[] hello, byte[] challenge) =>
        HMACSHA256.HashData(cookie, (byte[])[.. Encoding.UTF8.GetBytes(role), .. hello, .. challenge]);

    private static RefusedException Malformed(string what) => new(RefusalCode.Malformed, $"the {what} is malformed");

    private static RefusedException Refuse(Stream stream, RefusedException refusal)
    {
        Send(stream, Write(w =>
        {
            w.Write(Refused);
            w.Write((byte)refusal.Code);
            w.Write(refusal.Message);
        }));
        return refusal;
    }

    /// <summary>Who expects TLS closes at the first bytes that are none, without a word.</summary>
    private static byte[] ReceiveFirstAnswer(Stream stream, Address wanted)
    {
        try
        {
            return ReceiveAnswer(stream);
        }
        catch (IOException e)
        {
            throw new IOException($"[{wanted}] closed the connection at the greeting. If it has TLS (akka.remote.dot-netty.tcp.enable-ssl), this system needs it too. {e.Message}", e);
        }
    }

    private static byte[] ReceiveAnswer(Stream stream)
    {
        byte[] answer = Receive(stream);
        if (answer.Length > 0 && answer[0] == Go) return answer;
        using var reader = new BinaryReader(new MemoryStream(answer));
        try
        {
            reader.ReadByte();
            throw new RefusedException((RefusalCode)reader.ReadByte(), CloseFrame.Tidy(reader.ReadString()));
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            throw Malformed("answer");
        }
    }

    private static byte[] Write(Action<BinaryWriter> write)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static void Send(Stream stream, byte[] bytes)
    {
        byte[] frame = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, bytes.Length);
        bytes.CopyTo(frame, 4);
        stream.Write(frame);
        stream.Flush();
    }

    private static byte[] Receive(Stream stream)
    {
        Span<byte> head = stackalloc byte[4];
        stream.ReadExactly(head);
        var length = BinaryPrimitives.ReadInt32LittleEndian(head);
        if (length is < 1 or > MaxBytes) throw Malformed("handshake");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
