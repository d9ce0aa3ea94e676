using System.Collections.Concurrent;
using ActorBroker.Harness;
using ActorBroker.Model;
using ActorBroker.Model.Options;

namespace ActorBroker.Links.Tests;

/// <summary>One end of links in a test.</summary>
internal sealed record TestNode(NodeId Id, LinkNetwork Links, TestReceiver Receiver)
{
    public HostPort Address => new("127.0.0.1", Links.Port);

    /// <summary>These are the other nodes from here on.</summary>
    public void SetPeers(params (NodeId Id, HostPort Address)[] peers) => Links.SetPeers(peers.ToDictionary(static peer => peer.Id, static peer => peer.Address));

    public Task Hears<T>(int times = 1)
        where T : LinkNews =>
        Eventually.Holds(() => Receiver.Heard<T>().Count >= times, $"node {Id} hears {typeof(T).Name} {times} times", () => string.Join("; ", Receiver.News));

    /// <summary>Has a message that is told from all others by its sender come through.</summary>
    public Task Gets(int sender, int count) =>
        Eventually.Holds(() => Receiver.Numbers(sender).Count >= count, $"node {Id} gets {count} messages of {sender}", () => $"{Receiver.Messages.Count} came; {string.Join("; ", Receiver.News)}");
}

/// <summary>The nodes of one test on loopback. At its end no node may hold a receive buffer, and every payload must have been given back once.</summary>
internal sealed class TestNodes : IAsyncDisposable
{
    public const string ClusterId = "links-test";
    public const string Cookie = "a secret";

    private readonly List<TestNode> nodes = [];
    private readonly ConcurrentQueue<PushPayload> payloads = new();

    /// <summary>What a node of this cluster says.</summary>
    /// <param name="startedAtMs">Of two processes of a node the later one is believed.</param>
    public static LinkOptions Options(int id, long startedAtMs = 1_000) =>
        new(new NodeId(id), ClusterId, new LinkIncarnation(startedAtMs, Guid.NewGuid()), new HostPort("127.0.0.1", 0)) { Cookie = Cookie, PoisonsBuffers = true };

    public TestNode Start(int id, Func<LinkOptions, LinkOptions>? change = null) => Start(change is null ? Options(id) : change(Options(id)));

    public TestNode Start(LinkOptions options)
    {
        var receiver = new TestReceiver();
        var node = new TestNode(options.Node, LinkNetwork.Start(options, receiver), receiver);
        nodes.Add(node);
        return node;
    }

    /// <summary>Two nodes with a link to each other.</summary>
    public async Task<(TestNode One, TestNode Two)> StartPair(Func<LinkOptions, LinkOptions>? change = null)
    {
        var (one, two) = (Start(1, change), Start(2, change));
        one.SetPeers((two.Id, two.Address));
        two.SetPeers((one.Id, one.Address));
        await one.Hears<LinkUp>();
        await two.Hears<LinkUp>();
        return (one, two);
    }

    /// <summary>A push of this length whose payload is checked at the end.</summary>
    public PushMessage Push(int sender, long number, int length)
    {
        var payload = TestPayload.Of(TestMessages.Contents(sender, number, length));
        payloads.Enqueue(payload);
        return TestMessages.Push(sender, number, payload);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
        {
            await node.Links.DisposeAsync();
        }

        foreach (var node in nodes)
        {
            node.Receiver.LetGo();
            await Eventually.Holds(() => node.Links.BuffersInUse == 0, $"node {node.Id} holds no buffer", () => $"it holds {node.Links.BuffersInUse}");
            Assert.Empty(node.Receiver.Damaged);
        }

        foreach (var payload in payloads)
        {
            await Eventually.Holds(() => payload.Uses <= 1, "the link gives a payload back");
            Assert.Equal(1, payload.Uses);
        }
    }
}
