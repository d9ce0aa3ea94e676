using System.Net.Sockets;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Remoting;

public sealed class GuardedTransportTests : IAsyncLifetime
{
    private const string Refused = "was refused";

    private readonly int port = FreePorts.One();
    private readonly List<ActorSystem> systems = [];
    private LogLines log = null!;

    public Task InitializeAsync()
    {
        var node = Keep(GuardedSystem.Start(port));
        log = new LogLines(node);
        GuardedSystem.Answer(node);
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => Task.WhenAll(systems.Select(system => system.Terminate()));

    [Fact]
    public async Task Nodes_with_the_same_cookie_speak()
    {
        await GuardedSystem.Speaks(Keep(GuardedSystem.Start(FreePorts.One(), node: 2)), port);

        Assert.Empty(await log.With(Refused));
    }

    [Fact]
    public async Task An_empty_cookie_is_one_as_well()
    {
        var open = FreePorts.One();
        GuardedSystem.Answer(Keep(GuardedSystem.Start(open, cookie: "")));

        await GuardedSystem.Speaks(Keep(GuardedSystem.Start(FreePorts.One(), cookie: "", node: 2)), open);
    }

    [Theory]
    [InlineData("theirs")]
    [InlineData("")]
    public async Task Another_cookie_is_refused_and_both_say_so_once(string cookie)
    {
        var stranger = Keep(GuardedSystem.Start(FreePorts.One(), cookie, node: 2));
        var its = new LogLines(stranger);

        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<AskTimeoutException>(() => GuardedSystem.Ask(stranger, port, TimeSpan.FromMilliseconds(300)));
        }

        await log.Says("node 2 does not have the same cookie as node 1");
        await its.Says("node 1 does not have the same cookie as node 2");
        Assert.Single(await log.With(Refused));
        Assert.Single(await its.With(Refused));
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused_with_both_ids()
    {
        var stranger = Keep(GuardedSystem.Start(FreePorts.One(), clusterId: "another", node: 2));
        var its = new LogLines(stranger);

        await Assert.ThrowsAsync<AskTimeoutException>(() => GuardedSystem.Ask(stranger, port, TimeSpan.FromSeconds(1)));

        await log.Says("node 2 has data of cluster another, but this is cluster cluster-of-tests");
        await its.Says("this node has data of cluster another, but this is cluster cluster-of-tests");
    }

    [Fact]
    public async Task Genuine_Akka_without_the_handshake_is_refused()
    {
        var stranger = Keep(GuardedSystem.StartGenuine(FreePorts.One()));

        await Assert.ThrowsAsync<AskTimeoutException>(() => GuardedSystem.Ask(stranger, port, TimeSpan.FromSeconds(1)));

        await log.Says("does not speak as a node of a cluster");
    }

    [Fact]
    public async Task A_node_that_dials_genuine_Akka_does_not_speak_to_it()
    {
        var open = FreePorts.One();
        GuardedSystem.Answer(Keep(GuardedSystem.StartGenuine(open)));
        var node = Keep(GuardedSystem.Start(FreePorts.One(), node: 2));

        await Assert.ThrowsAsync<AskTimeoutException>(() => GuardedSystem.Ask(node, open, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Who_says_nothing_is_sent_away_and_takes_no_seat_of_others()
    {
        var silent = new List<Socket>();
        try
        {
            for (var i = 0; i < 12; i++)
            {
                silent.Add(Connected());
            }

            await GuardedSystem.Speaks(Keep(GuardedSystem.Start(FreePorts.One(), node: 2)), port);
            foreach (var socket in silent)
            {
                await AwaitClosed(socket);
            }

            await log.Says("did not finish the handshake");
        }
        finally
        {
            silent.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Who_leaves_when_it_is_refused_takes_no_seat_any_longer()
    {
        for (var i = 0; i < 100; i++)
        {
            using var socket = Connected();
            await socket.SendAsync(Frames.Of([1, 2, 3]));

            Assert.Equal([0xff, 1], await Frames.Receive(socket));
        }
    }

    [Fact]
    public async Task A_greeting_that_comes_byte_by_byte_is_understood()
    {
        using var socket = Connected();
        foreach (var part in Frames.Of(Frames.Hello("cluster-of-tests")))
        {
            await socket.SendAsync(new[] { part });
        }

        var answer = await Frames.Receive(socket);

        Assert.True(answer.AsSpan().StartsWith("ABKC"u8));
    }

    [Fact]
    public async Task A_proof_of_one_connection_is_of_no_use_in_another()
    {
        using var socket = Connected();
        await socket.SendAsync(Frames.Of(Frames.Hello("cluster-of-tests")));
        var hello = await Frames.Receive(socket);
        await socket.SendAsync(Frames.Of(hello[..32]));

        Assert.Equal([0xff, 4], await Frames.Receive(socket));
        await AwaitClosed(socket);
    }

    [Fact]
    public async Task Mutated_frames_disturb_nobody()
    {
        const int frames = 100_000;
        var random = new Random(4711);
        var hello = Frames.Hello("cluster-of-tests");
        var friend = Keep(GuardedSystem.Start(FreePorts.One(), node: 2));
        await GuardedSystem.Speaks(friend, port);

        // A connection bears one wrong frame only: on each, that is the last of many sent at once.
        for (var sent = 0; sent < frames; sent += 50)
        {
            using var socket = Connected();
            try
            {
                var all = Enumerable.Range(0, 50).SelectMany(_ => Frames.Mutated(hello, random)).ToArray();
                await socket.SendAsync(all);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // Closed before it had said all.
            }
        }

        await GuardedSystem.Speaks(friend, port);
        Assert.Equal(0, Answering.Strange);
    }

    private ActorSystem Keep(ActorSystem system)
    {
        systems.Add(system);
        return system;
    }

    private Socket Connected()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        socket.Connect("127.0.0.1", port);
        return socket;
    }

    private static async Task AwaitClosed(Socket socket)
    {
        using var limit = new CancellationTokenSource(Eventually.Deadline);
        try
        {
            while (await socket.ReceiveAsync(new byte[1024], limit.Token) > 0)
            {
                // What it was told before.
            }
        }
        catch (SocketException)
        {
            // Reset: closed as well.
        }
    }
}
