using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using ActorBroker.Harness;

namespace ActorBroker.Fuzz.Nodes;

/// <summary>The cluster port: the handshake of nodes, then Akka.NET's protocol. Written from the formats, not with the broker's code, so that it notices a change of them.</summary>
internal sealed class ClusterProtocol : INodeProtocol
{
    private const int NonceAt = 10;
    private const int NonceBytes = 32;
    private const int MessagesOfEach = 3;

    /// <summary>Nobody is there; few, since a node remembers for a while whom it could not reach.</summary>
    private const string StrangeHost = "127.0.0.9";

    private static readonly string[] Recipients =
    [
        "/", "/user", "/user/bootstrap", "/user/node", "/user/node/journal", "/user/node/replicas", "/user/controller", "/user/log", "/system/cluster/core/daemon",
        "/system/cluster/heartbeatReceiver", "/system/remote-watcher", "/system/sharding/replica-1", "/system/ddataReplicator", "/system/actorbroker.controller.journal",
        "/remote/akka.tcp/other@host:1/user/x", "/temp/$a", "/user/../system", "",
    ];

    /// <summary>Akka.NET's own, those that the broker replaces by refusing ones, and the broker's.</summary>
    private static readonly int[] Serializers = [-1, 0, 1, 2, 3, 4, 5, 6, 9, 11, 12, 13, 14, 16, 17, 20, 22, 36, 4500, 4510, 4511, 7101, 7102, int.MaxValue];

    private static readonly string[] Manifests =
        ["", "A", "Q", "ID", "AID", "AR", "RWHB", "STS", "STF", "PP", "K", "W", "U", "D", "C", "S", "GS", "I", "System.Object", "System.Diagnostics.Process, System.Diagnostics.Process", "ß漢\n"];

    private readonly NodeSecrets secrets;

    public ClusterProtocol(NodeSecrets secrets, Random random)
    {
        this.secrets = secrets;
        var hello = Hello(random);
        var elsewhere = (byte[])hello.Clone();
        elsewhere[^1] ^= 1;
        var listener = (byte[])hello.Clone();
        listener[5] = 0;
        Greetings = [NodeFrames.Of(hello), NodeFrames.Of(hello), NodeFrames.Of(elsewhere), NodeFrames.Of(listener), NodeFrames.Of(Some(random, NonceBytes)), NodeFrames.Of([0xff, 4]), Opening(random)];
        Messages = [.. AkkaFrames.Commands(), AkkaFrames.Acknowledgement(random.NextInt64()), Opening(random), .. Enumerable.Range(0, MessagesOfEach).SelectMany(_ => ToActors(random))];
    }

    public IReadOnlyList<byte[]> Greetings { get; }

    public IReadOnlyList<byte[]> Messages { get; }

    public bool Enter(WireConnection connection)
    {
        var own = Hello(Random.Shared);
        connection.SendRaw(NodeFrames.Of(own));
        var theirs = NodeFrames.Receive(connection);
        if (theirs.Length < NonceAt + NonceBytes)
        {
            return false;
        }

        connection.SendRaw(NodeFrames.Of(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secrets.Cookie), (byte[])[.. "dialler"u8, .. own, .. theirs])));
        return NodeFrames.Receive(connection).AsSpan().SequenceEqual(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secrets.Cookie), (byte[])[.. "listener"u8, .. own, .. theirs]));
    }

    public byte[] Opening(Random random) => AkkaFrames.Associate(StrangeHost, random.Next(1, 16), random.Next());

    private byte[] Hello(Random random)
    {
        var id = Encoding.UTF8.GetBytes(secrets.ClusterId);
        byte[] hello = [.. "ABKC"u8, 1, 1, 0, 0, 0, 0, .. Some(random, NonceBytes), (byte)id.Length, .. id];
        BinaryPrimitives.WriteInt32BigEndian(hello.AsSpan(6), 99);
        return hello;
    }

    /// <summary>Messages to each actor that others look for, for serialisers of all kinds.</summary>
    private IEnumerable<byte[]> ToActors(Random random)
    {
        foreach (var recipient in Recipients)
        {
            foreach (var serializer in Serializers)
            {
                var payload = Some(random, random.Next(120));
                var sender = $"akka.tcp://actorbroker@{StrangeHost}:{random.Next(1, 16)}/temp/${random.Next(99)}";
                if (random.Next(4) == 0)
                {
                    // Within a message to a selection, as a node asks another for its actors.
                    yield return AkkaFrames.Message($"akka.tcp://actorbroker@127.0.0.1:{secrets.Port}/", sender, 6, "", AkkaFrames.Selection(recipient.Split('/'), serializer, payload), -1);
                    continue;
                }

                yield return AkkaFrames.Message(
                    $"akka.tcp://actorbroker@127.0.0.1:{secrets.Port}{recipient}", sender, serializer, Manifests[random.Next(Manifests.Length)], payload, random.Next(3) == 0 ? random.Next(20) : -1);
            }
        }
    }

    private static byte[] Some(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
