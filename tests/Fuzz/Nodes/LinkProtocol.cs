using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>The port of links, over which nodes push batches: frames of a size, a kind and a body, at first those of the handshake. Written from the formats.</summary>
internal sealed class LinkProtocol : INodeProtocol
{
    private const uint Magic = 0x4B4E4C41;
    private const short Version = 1;
    private const int StrangeNode = 99;
    private const int CreditBytes = 1 << 20;
    private const int NonceBytes = 16;
    private const int IdentityBytes = 32 + NonceBytes;
    private const int ProofBytes = 32;
    private const int MessagesOfEach = 20;
    private static readonly byte[] Kinds = [.. "PAFSTRQWCKHVOX"u8];

    private readonly NodeSecrets secrets;

    public LinkProtocol(NodeSecrets secrets, Random random)
    {
        this.secrets = secrets;
        var hello = Hello(secrets.Node, random);
        Greetings =
        [
            Frame('H', hello), Frame('H', hello), Frame('H', Hello(secrets.Node + 1, random)), Frame('C', Some(random, IdentityBytes + ProofBytes)),
            Frame('V', Some(random, ProofBytes)), Frame('O', []), Frame('X', "no"u8), Frame('K', []),
        ];
        Messages = [.. Kinds.SelectMany(kind => Enumerable.Range(0, MessagesOfEach).Select(_ => Frame((char)kind, Some(random, random.Next(200)))))];
    }

    public IReadOnlyList<byte[]> Greetings { get; }

    public IReadOnlyList<byte[]> Messages { get; }

    public bool Enter(WireConnection connection)
    {
        var hello = Hello(secrets.Node, Random.Shared);
        connection.SendRaw(Frame('H', hello));
        var challenge = NodeFrames.Receive(connection);
        if (challenge.Length != 1 + IdentityBytes + ProofBytes || challenge[0] != 'C')
        {
            return false;
        }

        connection.SendRaw(Frame('V', HMACSHA256.HashData(Encoding.UTF8.GetBytes(secrets.Cookie), (byte[])[.. "client"u8, .. hello, .. challenge.AsSpan(1, IdentityBytes)])));
        return NodeFrames.Receive(connection) is [(byte)'O'];
    }

    public byte[] Opening(Random random) => [];

    private byte[] Hello(int wanted, Random random)
    {
        var hello = new byte[10 + IdentityBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(hello, Magic);
        BinaryPrimitives.WriteInt16LittleEndian(hello.AsSpan(4), Version);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(6), wanted);
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(10), StrangeNode);
        random.NextBytes(hello.AsSpan(22, 16)); // of the incarnation, which began at time 0
        BinaryPrimitives.WriteInt32LittleEndian(hello.AsSpan(38), CreditBytes);
        random.NextBytes(hello.AsSpan(42, NonceBytes));
        return [.. hello, .. Encoding.UTF8.GetBytes(secrets.ClusterId)];
    }

    private static byte[] Frame(char kind, ReadOnlySpan<byte> body) => NodeFrames.Of([(byte)kind, .. body]);

    private static byte[] Some(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
