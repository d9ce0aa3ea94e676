using System.Buffers.Binary;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Remote.Transport;
using AkkaExtensions.Dispatch;

namespace Akka.Remote.Tests;

/// <summary>Senders write messages that come alone, the lane's thread the others, and what the socket does not take.</summary>
public sealed class LaneTests
{
    private const string Bounds = "akka.remote.lanes.bulk { queue-bytes = 64MiB, receive-window-bytes = 256KiB }";

    [Theory]
    [InlineData("")]
    [InlineData("akka.remote.lanes.zero-copy-bytes = 1MiB")]
    public async Task Messages_that_come_alone_and_in_bursts_stay_in_order(string hocon)
    {
        await using var left = Node.Start("left", hocon);
        await using var right = Node.Start("right");
        Channel<object> received = Collect(right);
        IActorRef target = await left.Find(right, "/user/target");
        OutboundLane bulk = left.Transport.AssociationOf(right.Address).Bulk;
        int[] sizes = [8, 200, 20_000, 150_000];

        const int Each = 400;
        var senders = Enumerable.Range(0, 2).Select(sender => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                if (i % 8 == 0) SpinWait.SpinUntil(() => bulk.QueuedBytes == 0, Node.Patience);
                target.Tell(Numbered(sender, i, sizes[i % sizes.Length]), ActorRefs.NoSender);
            }
        })).ToArray();
        foreach (var sender in senders) sender.Start();

        int[] next = [0, 0];
        for (var i = 0; i < 2 * Each; i++)
        {
            var (sender, number) = Check(await TalkingTests.Next(received));
            Assert.Equal(next[sender]++, number);
        }
    }

    [Fact]
    public async Task A_full_socket_keeps_no_sender_waiting_and_loses_nothing()
    {
        await using var left = Node.Start("left", Bounds);
        await using var right = Node.Start("right", Bounds);
        Channel<object> received = Collect(right);
        IActorRef target = await left.Find(right, "/user/target");
        OutboundLane bulk = left.Transport.AssociationOf(right.Address).Bulk;

        // The receiver keeps what it gets, so its side is not read any more, and nobody but the lane's thread may wait for that.
        var sent = 0;
        for (; bulk.QueuedBytes < 4 * 1024 * 1024; sent++) target.Tell(Numbered(0, sent, 60_000), ActorRefs.NoSender);

        for (var i = 0; i < sent; i++) Assert.Equal((0, i), Check(await TalkingTests.Next(received)));
    }

    [Fact]
    public async Task A_full_queue_keeps_no_reader_waiting_that_lets_actors_have_their_turns()
    {
        const string Small = "akka.remote.lanes.bulk { queue-bytes = 1MiB, receive-window-bytes = 256KiB }";
        await using var left = Node.Start("left", Small + """

            nearby { type = Dispatcher, executor = "AkkaExtensions.Dispatch.NearbyExecutor, Akka" }
            """);
        await using var right = Node.Start("right", Small);
        Channel<object> received = Collect(right);
        IActorRef target = await left.Find(right, "/user/target");
        OutboundLane bulk = left.Transport.AssociationOf(right.Address).Bulk;
        IActorRef sender = left.System.ActorOf(Props.Create(() => new Flood(target)).WithDispatcher("nearby"), "flood");

        // 60 MB: far more than the queue and the buffers of both sockets take (36 MiB by the defaults of a newer Linux), while nobody reads at the other side.
        const int Messages = 1000;
        var queued = 0L;
        var reader = new Thread(() =>
        {
            var turns = new NearbyTurns();
            turns.Begin();
            sender.Tell(Messages);
            turns.TakeAll();
            queued = bulk.QueuedBytes;
        });
        reader.Start();

        Assert.True(reader.Join(Node.Patience / 2));
        Assert.True(queued > 1024 * 1024, $"{queued} bytes wait");
        for (var i = 0; i < Messages; i++) Assert.Equal((0, i), Check(await TalkingTests.Next(received)));
    }

    private sealed class Flood(IActorRef target) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            for (var i = 0; i < (int)message; i++) target.Tell(Numbered(0, i, 60_000), ActorRefs.NoSender);
        }
    }

    private static Channel<object> Collect(Node node)
    {
        var received = Channel.CreateUnbounded<object>();
        node.System.ActorOf(Props.Create(() => new Collector(received.Writer)), "target");
        return received;
    }

    private static Blob Numbered(int sender, int number, int size)
    {
        byte[] bytes = new byte[size];
        bytes.AsSpan().Fill((byte)number);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, sender);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), number);
        return new Blob(bytes);
    }

    private static (int Sender, int Number) Check(object message)
    {
        var blob = (Blob)message;
        ReadOnlySpan<byte> bytes = blob.Bytes.Span;
        var number = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        Assert.True(bytes[8..].IndexOfAnyExcept((byte)number) < 0);
        var sender = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        blob.Dispose();
        return (sender, number);
    }
}
