using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Remote.Transport;

namespace Akka.Remote.Tests;

/// <summary>Frames that a system really sent, of every kind, come again with something changed.</summary>
public sealed class MutatedFramesTests
{
    private const int Rounds = 600;
    private const long AllowedGrowthBytes = 32 << 20;

    [Fact]
    public async Task Mutated_frames_close_the_connection_with_a_reason_or_do_no_harm()
    {
        using var relay = new Relay();
        var port = FreePorts.One();
        await using var right = Node.Start("right", $"akka.remote {{ dot-netty.tcp {{ port = {port}, public-port = {relay.Port} }}, lanes.max-associations = 64 }}");
        relay.PassTo(port);
        IReadOnlyList<(Lane Lane, List<byte[]> Frames)> recorded = await Record(relay, right);
        byte[] kinds = [.. recorded.SelectMany(static c => c.Frames).Select(static frame => frame[4]).Distinct().Order()];
        Assert.Equal([FrameType.Message, FrameType.System, FrameType.Ack, FrameType.ResetTable, FrameType.Barrier], kinds);
        Assert.Equal(2, recorded.Select(static c => c.Lane).Distinct().Count());

        Channel<object> errors = ConnectionTests.Errors(right);
        var random = new Random(17);
        var before = 0L;
        for (var round = 0; round < Rounds; round++)
        {
            if (round == Rounds / 10) before = GC.GetTotalMemory(forceFullCollection: true);
            (Lane lane, List<byte[]> frames) = recorded[random.Next(recorded.Count)];
            var answer = Send(port, right.Address, lane, round, Mutation.Of([.. frames, CloseFrame.Write("the end")], random));
            if (answer.Length > 4 && answer[4] == FrameType.Close) Assert.InRange(BinaryPrimitives.ReadInt32LittleEndian(answer), 2, 1 + (CloseFrame.MaxCharacters * 3));
        }

        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, AllowedGrowthBytes);
        Assert.InRange(right.Transport.Associations.Count(), 1, 64);
        var closed = 0;
        for (; errors.Reader.TryRead(out object? error); closed++) Assert.InRange(((AssociationErrorEvent)error).Cause.Message.Length, 1, 5000);
        Assert.InRange(closed, Rounds / 4, int.MaxValue);
        await IsWhole(right);
    }

    /// <summary>Lets another system send all that there is, and gives what it sent.</summary>
    private static async Task<IReadOnlyList<(Lane Lane, List<byte[]> Frames)>> Record(Relay relay, Node right)
    {
        await using var left = Node.Start("left", "akka.remote.lanes.max-table-entries = 8");
        IActorRef victim = right.System.ActorOf(Props.Create(() => new Echo()), "victim");
        IActorRef echo = right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef remote = await left.Find(right, "/user/victim");
        IActorRef own = left.System.ActorOf(Props.Create(() => new Echo()), "own");
        Task<bool> victimDied = remote.WatchAsync();
        await remote.Ask<string>("text", Node.Patience);
        await remote.Ask<IActorRef>(own, Node.Patience);
        for (var i = 0; i < 12; i++) remote.Tell(i, left.System.ActorOf(Props.Create(() => new Echo()), $"sender-{i}"));
        remote.Tell(new Blob(new byte[10_000]), ActorRefs.NoSender);
        left.System.ActorSelection($"{right.Address}/user/vic*").Tell("all");

        // What left's actor sent before its end, its end, and the acknowledgement of the watch.
        Task<bool> ownDied = (await right.Find(left, "/user/own")).WatchAsync();
        await remote.Ask<string>("between", Node.Patience);
        left.System.Stop(own);
        Assert.True(await ownDied.WaitAsync(Node.Patience));
        remote.Tell(new Status.Failure(new InvalidOperationException("failed")), own);
        remote.Tell(PoisonPill.Instance, ActorRefs.NoSender);
        Assert.True(await victimDied.WaitAsync(Node.Patience));
        right.System.Stop(echo);
        return relay.Recorded();
    }

    /// <summary>Sends frames after a proper handshake as one of some systems, and gives what came back until the connection was closed.</summary>
    private static byte[] Send(int port, Address to, Lane lane, int round, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)Node.Patience.TotalMilliseconds };
        socket.Connect("127.0.0.1", port);
        using var stream = new NetworkStream(socket, ownsSocket: false);
        Handshake.AsClient(stream, lane, new Address("akka.tcp", "stranger", "127.0.0.1", 1 + (round % 20)), 1000 + round, to, []);
        using var answer = new MemoryStream();
        byte[] buffer = new byte[4096];
        try
        {
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            for (int read; (read = socket.Receive(buffer)) > 0;) answer.Write(buffer, 0, read);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // Closed with our bytes unread.
        }

        return answer.ToArray();
    }

    /// <summary>The system talks, watches, and is watched.</summary>
    private static async Task IsWhole(Node right)
    {
        IActorRef local = right.System.ActorOf(Props.Create(() => new Echo()), "after");
        await using var fresh = Node.Start("fresh");
        IActorRef own = fresh.System.ActorOf(Props.Create(() => new Echo()), "own");
        IActorRef after = await fresh.Find(right, "/user/after");
        Assert.Equal("alive", await after.Ask<string>("alive", Node.Patience));
        Task<bool> watched = after.WatchAsync();
        Task<bool> watches = (await right.Find(fresh, "/user/own")).WatchAsync();
        fresh.System.Stop(own);
        right.System.Stop(local);
        Assert.True(await watched.WaitAsync(Node.Patience));
        Assert.True(await watches.WaitAsync(Node.Patience));
    }

    /// <summary>Changes of a stream of frames.</summary>
    private static class Mutation
    {
        public static byte[] Of(List<byte[]> frames, Random random)
        {
            frames = [.. frames.Select(static frame => (byte[])frame.Clone())];
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var at = random.Next(frames.Count);
                byte[] frame = frames[at];
                switch (random.Next(7))
                {
                    case 0: // one frame is lost
                        if (frames.Count > 1) frames.RemoveAt(at);
                        break;
                    case 1: // comes twice
                        frames.Insert(at, frame);
                        break;
                    case 2: // comes out of order
                        (frames[at], frames[^1]) = (frames[^1], frame);
                        break;
                    case 3: // has another length than it says
                        BinaryPrimitives.WriteInt32LittleEndian(frame, random.Next(2) == 0 ? random.Next() - (1 << 30) : frame.Length - 4 + random.Next(-8, 8));
                        break;
                    case 4: // ends too early
                        frames[at] = Sized(frame[..random.Next(5, frame.Length + 1)]);
                        break;
                    case 5: // goes on too long
                        frames[at] = Sized([.. frame, .. new byte[random.Next(1, 100)]]);
                        break;
                    default: // says something else
                        Flip(frame, random);
                        break;
                }
            }

            return [.. frames.SelectMany(static frame => frame)];
        }

        private static byte[] Sized(byte[] frame)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length - 4);
            return frame;
        }

        /// <summary>Changes bytes; never those of a host, whose name would be looked up.</summary>
        private static void Flip(byte[] frame, Random random)
        {
            for (var flips = random.Next(1, 4); flips > 0; flips--)
            {
                var at = random.Next(4, frame.Length);
                var host = frame.AsSpan(Math.Max(0, at - 12), Math.Min(frame.Length, at + 12) - Math.Max(0, at - 12)).IndexOf("127.0.0.1"u8);
                if (host < 0) frame[at] = (byte)random.Next(256);
            }
        }
    }
}
