using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Stories of strangers that throw bytes at a member's cluster port.</summary>
internal static class FrameScenarios
{
    private const int Target = 2;
    private const int ProofBytes = 32;
    private const int AllowedGrowthMiB = 96;
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("frames", "hostile bytes at a member's port disturb nobody", true, stage => Attack(stage, 3_000)),
        new("frames-many", "many more of them", false, stage => Attack(stage, 50_000)),
    ];

    private static string Attack(Stage stage, int connections)
    {
        var cluster = RuntimeScenarios.FormedCluster(stage, 3, withCuts: false);
        var before = cluster.AwaitOneSingleton(Patient);
        var target = cluster.EndPointOf(Target);
        var greeting = GenuineGreeting(cluster);
        Throw(target, greeting, stage.Random, connections / 10); // so that pools have grown
        var residentMiB = cluster[Target].ResidentMiB;
        var closed = Throw(target, greeting, stage.Random, connections);
        var grownMiB = cluster[Target].ResidentMiB - residentMiB;
        if (closed < connections)
        {
            throw new FaultException($"{connections - closed} of {connections} connections were left open");
        }

        if (grownMiB > AllowedGrowthMiB)
        {
            throw new FaultException($"{connections} connections made the node grow by {grownMiB:0} MiB");
        }

        RuntimeScenarios.JudgeWhole(cluster);
        var after = cluster.AwaitOneSingleton(Patient);
        return before == after && cluster.Log.Last(static e => e is { Kind: "member", Words: ["unreachable", ..] }) is null
            ? $"{connections} connections closed, {grownMiB:+0;-0} MiB, greeting of {greeting.Length} bytes mutated"
            : throw new FaultException("the cluster noticed it");
    }

    /// <summary>What a node sends first when it connects to somebody; it is let in on a fourth seed node, which is us.</summary>
    private static byte[] GenuineGreeting(RuntimeCluster cluster)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"akka.tcp://faults@127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var visitor = cluster.Start(4, $"akka.cluster.seed-nodes = [\"{address}\"]");
        using var socket = listener.AcceptSocket();
        var buffer = new byte[4096];
        var size = socket.Receive(buffer);
        visitor.Kill();
        return buffer[..size];
    }

    /// <summary>Opens connections one after the other and says something wrong on each; the result is how many were closed by the node.</summary>
    private static int Throw(IPEndPoint target, byte[] greeting, Random random, int connections)
    {
        var closed = 0;
        for (var i = 0; i < connections; i++)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000, NoDelay = true };
            socket.Connect(target);
            closed += IsClosedAfter(socket, Bytes(greeting, random, i % 5)) ? 1 : 0;
        }

        return closed;
    }

    private static byte[] Bytes(byte[] greeting, Random random, int kind)
    {
        byte[] bytes;
        switch (kind)
        {
            case 0: // anything
                bytes = new byte[random.Next(1, 2000)];
                random.NextBytes(bytes);
                return bytes;
            case 1: // a frame that claims to be huge
                bytes = new byte[64];
                random.NextBytes(bytes);
                BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next(1 << 20, int.MaxValue));
                return bytes;
            case 2: // a greeting with some bytes changed
                bytes = [.. greeting];
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    bytes[random.Next(bytes.Length)] ^= (byte)random.Next(1, 256);
                }

                return bytes;
            case 3: // a proof by somebody who has none
                bytes = new byte[4 + ProofBytes];
                random.NextBytes(bytes);
                BinaryPrimitives.WriteInt32LittleEndian(bytes, ProofBytes);
                return [.. greeting, .. bytes];
            default: // half a greeting
                return greeting[..random.Next(1, greeting.Length)];
        }
    }

    private static bool IsClosedAfter(Socket socket, byte[] bytes)
    {
        var buffer = new byte[4096];
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            while (socket.Receive(buffer) > 0)
            {
                // The answer to a greeting; then the end.
            }

            return true;
        }
        catch (SocketException error)
        {
            return error.SocketErrorCode != SocketError.TimedOut && error.SocketErrorCode != SocketError.WouldBlock;
        }
    }
}
