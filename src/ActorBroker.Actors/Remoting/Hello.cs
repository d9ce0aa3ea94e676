using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Model;

namespace ActorBroker.Actors.Remoting;

/// <summary>
/// The first frame of each side of a connection: <c>"ABKC", version int8, role int8, node int32, nonce 32 bytes, cluster id length int8, cluster id</c>.
/// </summary>
internal sealed record Hello(byte Version, bool IsDialler, NodeId Node, string ClusterId, byte[] Bytes)
{
    /// <summary>The handshake that this code speaks.</summary>
    public const byte OurVersion = 1;

    private const int VersionAt = 4;
    private const int RoleAt = 5;
    private const int NodeAt = 6;
    private const int NonceAt = 10;
    private const int NonceBytes = 32;
    private const int LengthAt = NonceAt + NonceBytes;
    private const int IdAt = LengthAt + 1;

    private static ReadOnlySpan<byte> Magic => "ABKC"u8;

    /// <summary>With a fresh nonce.</summary>
    public static Hello Of(PeerSetup peer, bool isDialler)
    {
        var id = Encoding.UTF8.GetBytes(peer.ClusterId);
        var bytes = new byte[IdAt + id.Length];
        Magic.CopyTo(bytes);
        bytes[VersionAt] = OurVersion;
        bytes[RoleAt] = isDialler ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(NodeAt), peer.Node.Value);
        RandomNumberGenerator.Fill(bytes.AsSpan(NonceAt, NonceBytes));
        bytes[LengthAt] = (byte)id.Length;
        id.CopyTo(bytes, IdAt);
        return new Hello(OurVersion, isDialler, peer.Node, peer.ClusterId, bytes);
    }

    /// <summary>False when the bytes are no greeting. Of another version only the version is believed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Hello? hello)
    {
        hello = null;
        if (bytes.Length < IdAt || bytes.Length > IdAt + PeerSetup.MaxClusterIdBytes || !bytes.StartsWith(Magic))
        {
            return false;
        }

        var isOurs = bytes[VersionAt] == OurVersion;
        if (isOurs && (bytes[RoleAt] > 1 || bytes[LengthAt] != bytes.Length - IdAt))
        {
            return false;
        }

        hello = new Hello(
            bytes[VersionAt],
            bytes[RoleAt] == 1,
            new NodeId(BinaryPrimitives.ReadInt32BigEndian(bytes[NodeAt..])),
            isOurs ? PrintedManifest.Of(Encoding.UTF8.GetString(bytes[IdAt..])) : "",
            bytes.ToArray());
        return true;
    }

    /// <summary>What only who has the key can say to both greetings; different for the two sides, so that none can be sent back.</summary>
    public static byte[] Proof(PeerSetup peer, bool ofDialler, Hello dialler, Hello listener)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, peer.Key);
        hmac.AppendData(ofDialler ? "dialler"u8 : "listener"u8);
        hmac.AppendData(dialler.Bytes);
        hmac.AppendData(listener.Bytes);
        return hmac.GetHashAndReset();
    }
}
