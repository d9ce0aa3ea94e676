using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Akka.Remote.Transport;

namespace Akka.Remote.Tests;

public sealed class ConnectionTests
{
    [Fact]
    public async Task A_wrong_cookie_is_refused_with_a_reason_on_both_sides()
    {
        await using var left = Node.Start("left", "akka.remote.lanes.cookie = one");
        await using var right = Node.Start("right", "akka.remote.lanes.cookie = two");
        Channel<object> here = Errors(left);
        Channel<object> there = Errors(right);

        left.System.ActorSelection($"{right.Address}/user/echo").Tell("hello");

        Assert.Contains("cookie", ((AssociationErrorEvent)await TalkingTests.Next(here)).Cause.Message);
        Assert.Contains("cookie", ((AssociationErrorEvent)await TalkingTests.Next(there)).Cause.Message);
    }

    [Fact]
    public async Task The_same_cookie_lets_systems_talk()
    {
        await using var left = Node.Start("left", "akka.remote.lanes.cookie = one");
        await using var right = Node.Start("right", "akka.remote.lanes.cookie = one");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");

        IActorRef echo = await left.Find(right, "/user/echo");

        Assert.Equal("hello", await echo.Ask<string>("hello", Node.Patience));
    }

    [Fact]
    public async Task Without_a_connection_the_queue_is_bounded_and_the_rest_is_dropped()
    {
        await using var left = Node.Start("left", "akka.remote.lanes.bulk.queue-bytes = 100kB");
        Channel<object> dropped = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(dropped.Writer))), typeof(Dropped));
        IActorRef nowhere = ((ExtendedActorSystem)left.System).Provider.ResolveActorRef("akka.tcp://right@127.0.0.1:1/user/x");

        for (var i = 0; i < 100; i++) nowhere.Tell(new string('x', 10_000), ActorRefs.NoSender);

        Assert.Contains("full", ((Dropped)await TalkingTests.Next(dropped)).Reason);
        Assert.True(left.Transport.AssociationOf(nowhere.Path.Address).Bulk.QueuedBytes <= 100_000);
    }

    [Fact]
    public async Task A_slow_receiver_blocks_the_sender_within_the_bounds_while_heartbeats_stay_fast()
    {
        const int Payload = 64 * 1024;
        const string Bounds = "akka.remote.lanes.bulk { queue-bytes = 512KiB, receive-window-bytes = 1MiB, send-timeout = 60s }";
        await using var left = Node.Start("left", Bounds);
        await using var right = Node.Start("right", Bounds);
        var held = Channel.CreateUnbounded<object>();
        right.System.ActorOf(Props.Create(() => new Collector(held.Writer)), "slow");
        IActorRef slow = await left.Find(right, "/user/slow");
        byte[] bytes = new byte[Payload];
        var sent = 0;
        using var stop = new CancellationTokenSource();
        var sender = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                slow.Tell(new Blob(bytes), ActorRefs.NoSender);
                Interlocked.Increment(ref sent);
            }
        });
        sender.Start();
        OutboundLane bulk = left.Transport.AssociationOf(right.Address).Bulk;

        // Nothing is released: the sender must come to rest at the bounds.
        Assert.True(SpinWait.SpinUntil(() => bulk.QueuedBytes > 384 * 1024, Node.Patience));
        var watcher = ((ExtendedActorSystem)left.System).Provider.ResolveActorRef($"{right.Address}/system/remote-watcher");
        for (var i = 0; i < 20; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await watcher.Ask<RemoteWatcher.HeartbeatRsp>(RemoteWatcher.Heartbeat.Instance, Node.Patience);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        }

        Assert.True(bulk.QueuedBytes <= 512 * 1024 + Payload);
        Assert.True(right.Transport.Inbound.Sum(static c => c.HeldBytes) <= 1024 * 1024 + 512 * 1024);

        // Once the receiver lets go, the rest comes.
        stop.Cancel();
        for (var i = 0; i < Volatile.Read(ref sent) || sender.IsAlive; i++) ((Blob)await TalkingTests.Next(held)).Dispose();
        sender.Join();
    }

    [Fact]
    public async Task Random_bytes_close_the_connection_and_harm_nothing()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        var random = new Random(11);

        for (var i = 0; i < 100; i++)
        {
            byte[] bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            if (i % 2 == 0) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(0, Math.Min(4, bytes.Length)).Length == 4 ? bytes : bytes = new byte[4], random.Next(1, 4096));
            using var socket = Connect(right);
            socket.Send(bytes);
            socket.Shutdown(SocketShutdown.Send);
            DrainUntilClosed(socket);
        }

        Assert.Equal("alive", await echo.Ask<string>("alive", Node.Patience));
    }

    [Fact]
    public async Task Fuzzed_frames_after_a_proper_handshake_close_the_connection_with_a_reason()
    {
        await using var right = Node.Start("right");
        Channel<object> errors = Errors(right);
        var random = new Random(13);
        for (var i = 0; i < 200; i++)
        {
            using var socket = Connect(right);
            using var stream = new NetworkStream(socket, ownsSocket: false);
            Handshake.AsClient(stream, (Lane)(i % 2), new Address("akka.tcp", "left", "127.0.0.1", 9), 1000 + i, right.Address, []);
            byte[] body = new byte[random.Next(1, 300)];
            random.NextBytes(body);
            body[0] = (byte)random.Next(1, 8);
            byte[] frame = new byte[4 + body.Length];
            BinaryPrimitives.WriteInt32LittleEndian(frame, i % 7 == 0 ? random.Next(int.MinValue, int.MaxValue) : body.Length);
            body.CopyTo(frame, 4);
            try
            {
                socket.Send(frame);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // Closed while we were writing.
            }

            DrainUntilClosed(socket);
        }

        Assert.False(string.IsNullOrEmpty(((AssociationErrorEvent)await TalkingTests.Next(errors)).Cause.Message));
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        await using var left = Node.Start("left");
        IActorRef echo = await left.Find(right, "/user/echo");
        Assert.Equal("alive", await echo.Ask<string>("alive", Node.Patience));
    }

    [Fact]
    public void The_reason_of_a_closed_connection_is_short_one_line_and_never_empty()
    {
        Assert.Equal("a frame of 0 bytes", CloseFrame.Read(CloseFrame.Write("a frame of 0 bytes").AsSpan(5)));
        Assert.Equal(CloseFrame.MaxCharacters, CloseFrame.Read(new byte[1 << 20].Select(static _ => (byte)'x').ToArray()).Length);
        Assert.Equal("one two", CloseFrame.Read("one\ntwo"u8));
        Assert.Equal("no reason was given", CloseFrame.Read([]));
        Assert.Equal("no reason was given", CloseFrame.Read("\0\r\n"u8));
        Assert.Equal("no reason was given", CloseFrame.Read(CloseFrame.Write("").AsSpan(5)));
    }

    [Fact]
    public void A_refusal_without_a_reason_says_so()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        using var client = new TcpClient("127.0.0.1", port);
        using TcpClient server = listener.AcceptTcpClient();
        server.GetStream().Write([3, 0, 0, 0, 0, (byte)RefusalCode.Cookie, 0]);

        var refused = Assert.Throws<RefusedException>(() => Handshake.AsClient(
            client.GetStream(), Lane.Control, new Address("akka.tcp", "left", "127.0.0.1", 9), 1, new Address("akka.tcp", "right", "127.0.0.1", port), []));

        Assert.Equal((RefusalCode.Cookie, "no reason was given"), (refused.Code, refused.Message));
    }

    [Fact]
    public async Task The_systems_that_are_known_are_bounded_and_forgotten_ones_make_room()
    {
        await using var left = Node.Start("left", "akka.remote { handshake-timeout = 300ms, lanes.max-associations = 8 }");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        Channel<object> dropped = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(dropped.Writer))), typeof(Dropped));

        for (var port = 1; port <= 100; port++) left.Transport.Provider.ResolveActorRef($"akka.tcp://nobody@127.0.0.1:{port}/user/x").Tell("hello", ActorRefs.NoSender);

        Assert.Contains("max-associations", ((Dropped)await TalkingTests.Next(dropped)).Reason);
        Assert.InRange(left.Transport.Associations.Count(), 1, 8);
        var echo = left.Transport.Provider.ResolveActorRef($"{right.Address}/user/echo");
        using var limit = new CancellationTokenSource(Node.Patience);
        while (await Asked(echo) != "hello") Assert.False(limit.IsCancellationRequested, "nothing was forgotten");
        Assert.InRange(left.Transport.Associations.Count(), 1, 8);
    }

    [Fact]
    public async Task System_messages_survive_broken_connections()
    {
        await using var left = Node.Start("left");
        await using var right = Node.Start("right");
        IActorRef local = right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");

        for (var i = 0; i < 20; i++)
        {
            left.Transport.AssociationOf(right.Address).Control.Break("test");
            using var unwatched = new CancellationTokenSource();
            Task<bool> watch = echo.WatchAsync(unwatched.Token);
            await unwatched.CancelAsync();
            await watch;
        }

        Task<bool> died = echo.WatchAsync();
        left.Transport.AssociationOf(right.Address).Control.Break("test");
        right.System.Stop(local);
        Assert.True(await died.WaitAsync(Node.Patience));
    }

    [Fact]
    public async Task Too_many_unacknowledged_system_messages_quarantine_the_peer()
    {
        await using var left = Node.Start("left", "akka.remote { system-message-buffer-size = 10, watch-failure-detector.acceptable-heartbeat-pause = 60s }");
        await using var right = Node.Start("right");
        right.System.ActorOf(Props.Create(() => new Echo()), "echo");
        IActorRef echo = await left.Find(right, "/user/echo");
        var quarantined = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(quarantined.Writer))), typeof(QuarantinedEvent));
        await right.Transport.Shutdown();

        for (var i = 0; i < 20; i++) ((IInternalActorRef)left.Transport.Provider.ResolveActorRef($"{right.Address}/user/echo{i}")).Stop();

        Assert.Equal(right.Address, ((QuarantinedEvent)await TalkingTests.Next(quarantined)).Address);
        var dropped = Channel.CreateUnbounded<object>();
        left.System.EventStream.Subscribe(left.System.ActorOf(Props.Create(() => new Collector(dropped.Writer))), typeof(Dropped));
        echo.Tell("to the dead letters", ActorRefs.NoSender);
        Assert.Contains("quarantined", ((Dropped)await TalkingTests.Next(dropped)).Reason);
    }

    private static async Task<string?> Asked(IActorRef echo)
    {
        try
        {
            return await echo.Ask<string>("hello", TimeSpan.FromMilliseconds(200));
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }

    internal static Channel<object> Errors(Node node)
    {
        var errors = Channel.CreateUnbounded<object>();
        node.System.EventStream.Subscribe(node.System.ActorOf(Props.Create(() => new Collector(errors.Writer))), typeof(AssociationErrorEvent));
        return errors;
    }

    internal static Socket Connect(Node node)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000 };
        socket.Connect("127.0.0.1", node.Address.Port!.Value);
        return socket;
    }

    private static void DrainUntilClosed(Socket socket)
    {
        byte[] bytes = new byte[1024];
        try
        {
            while (socket.Receive(bytes) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // Closed with our bytes unread.
        }
    }
}
