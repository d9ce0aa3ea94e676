using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>Who is not let in, and that both ends say why.</summary>
public sealed class RefusedLinkTests
{
    [Fact]
    public async Task A_node_with_another_cookie_is_refused_and_both_ends_say_so()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        var two = nodes.Start(2, static options => options with { Cookie = "another secret" });

        one.SetPeers((two.Id, two.Address));

        await HearRefusal(one, two.Id, "cookie");
        await HearRefusal(two, one.Id, "cookie");
        Assert.Empty(one.Receiver.Heard<LinkUp>());
    }

    [Fact]
    public async Task Who_connects_without_the_cookie_is_refused_also_when_it_does_not_look_at_the_proof()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var stranger = RawPeer.Connect(one);
        stranger.SendHello(TestNodes.Options(2), wanted: 1);
        stranger.ReadFrame();

        stranger.SendFrame('V', new byte[32]);

        Assert.Contains("cookie", stranger.ReadRefusal());
        await HearRefusal(one, new NodeId(2), "cookie");
    }

    [Fact]
    public async Task A_node_of_another_cluster_is_refused_and_both_ends_say_so()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        var two = nodes.Start(2, static options => options with { ClusterId = "elsewhere" });

        one.SetPeers((two.Id, two.Address));

        await HearRefusal(one, two.Id, "of the cluster 'links-test', and this node of 'elsewhere'");
        await HearRefusal(two, one.Id, "of the cluster 'links-test', and this node of 'elsewhere'");
    }

    [Fact]
    public async Task Another_version_of_the_protocol_is_refused_and_both_ends_say_so()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var newer = RawPeer.Connect(one);

        newer.SendHello(TestNodes.Options(2), wanted: 1, version: 2);

        Assert.Contains("version 2", newer.ReadRefusal());
        await HearRefusal(one, new NodeId(2), "version 2");
    }

    [Fact]
    public async Task A_node_that_looks_for_another_one_is_refused_and_both_ends_say_so()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        var two = nodes.Start(2);

        one.SetPeers((new NodeId(3), two.Address));

        await HearRefusal(one, new NodeId(3), "it looks for node 3, and this is node 2");
        await HearRefusal(two, one.Id, "it looks for node 3, and this is node 2");
    }

    [Fact]
    public async Task A_node_that_answers_as_another_one_than_was_looked_for_is_refused()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var three = await listener.Accept();
        three.ReadFrame();

        three.SendFrame('C', new byte[80]);

        Assert.Contains("node 0 is at the address of node 2", three.ReadRefusal());
        await HearRefusal(one, new NodeId(2), "node 0 is at the address of node 2");
    }

    [Fact]
    public async Task A_process_that_says_it_is_the_node_itself_is_refused_and_both_ends_say_so()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var twin = RawPeer.Connect(one);

        twin.SendHello(TestNodes.Options(1), wanted: 1);

        Assert.Contains("another process says that it is node 1", twin.ReadRefusal());
        await HearRefusal(one, one.Id, "another process says that it is node 1");
    }

    [Fact]
    public async Task An_earlier_process_is_refused_while_a_later_one_is_connected()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var later = RawPeer.Enter(one, TestNodes.Options(2, startedAtMs: 2_000));
        later.Send(RawPeer.Frame(TestMessages.Small(2, 1)));
        await one.Gets(sender: 2, count: 1);
        var earlier = nodes.Start(TestNodes.Options(2, startedAtMs: 1_000));

        earlier.SetPeers((one.Id, one.Address));

        await HearRefusal(earlier, one.Id, "a later process of node 2 is connected");
        await HearRefusal(one, earlier.Id, "a later process of node 2 is connected");
    }

    [Fact]
    public async Task A_later_process_takes_the_place_of_an_earlier_one()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var earlier = RawPeer.Enter(one, TestNodes.Options(2, startedAtMs: 1_000));
        earlier.Send(RawPeer.Frame(TestMessages.Small(2, 1)));
        await one.Gets(sender: 2, count: 1);

        using var later = RawPeer.Enter(one, TestNodes.Options(2, startedAtMs: 2_000));

        await one.Hears<LinkProcessEnded>();
        Assert.True(one.Receiver.Heard<LinkProcessEnded>()[0].IsReplaced);
        Assert.True(earlier.IsClosedByPeer());
    }

    [Fact]
    public async Task Who_speaks_another_protocol_is_refused()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var browser = RawPeer.Connect(one);

        browser.Send("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.True(browser.IsClosedByPeer());
        await HearRefusal(one, NodeId.None, "does not speak the protocol");
    }

    [Fact]
    public async Task An_address_that_speaks_another_protocol_is_told_of()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var server = await listener.Accept();

        server.Send("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());

        await HearRefusal(one, new NodeId(2), "does not speak the protocol");
    }

    [Fact]
    public async Task A_reason_is_told_once_though_it_is_tried_again()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        var two = nodes.Start(2, static options => options with { ClusterId = "elsewhere" });
        using var proxy = new CutProxy(two.Address);

        one.SetPeers((two.Id, proxy.Address));

        await Eventually.Holds(() => proxy.Accepted >= 4);
        Assert.Single(one.Receiver.Heard<LinkRefused>());
        Assert.Single(two.Receiver.Heard<LinkRefused>());
    }

    private static Task HearRefusal(TestNode node, NodeId other, string reason) => Eventually.Holds(
        () => node.Receiver.Heard<LinkRefused>().Any(refused => refused.Node == other && refused.Reason.Contains(reason, StringComparison.Ordinal)),
        $"node {node.Id} hears that {other} was refused: {reason}",
        () => string.Join("; ", node.Receiver.News));
}
