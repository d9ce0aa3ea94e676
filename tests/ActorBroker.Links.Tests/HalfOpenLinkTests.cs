using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>Connections whose other end says nothing.</summary>
public sealed class HalfOpenLinkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task Who_connects_and_says_nothing_is_closed()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { HandshakeLimit = Limit });
        using var silent = RawPeer.Connect(one);

        Assert.True(silent.IsClosedByPeer());
    }

    [Fact]
    public async Task Who_says_hello_byte_by_byte_is_closed_all_the_same()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { HandshakeLimit = Limit });
        using var slow = RawPeer.Connect(one);
        using var isClosed = new CancellationTokenSource();
        var trickle = Task.Run(async () =>
        {
            var bytes = new byte[] { 70, 0, 0, 0, (byte)'H' };
            for (var i = 0; !isClosed.IsCancellationRequested; i++)
            {
                await slow.Socket.SendAsync(new byte[] { i < bytes.Length ? bytes[i] : (byte)0 });
                await Task.Delay(20);
            }
        });

        Assert.True(slow.IsClosedByPeer());

        await isClosed.CancelAsync();
        await Record.ExceptionAsync(() => trickle);
    }

    [Fact]
    public async Task An_address_that_accepts_and_says_nothing_is_tried_again()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { HandshakeLimit = Limit });
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var silent = await listener.Accept();

        Assert.True(silent.IsClosedByPeer());
        using var welcome = await listener.Welcome(TestNodes.Options(2));
        await one.Hears<LinkUp>();
    }

    [Fact]
    public async Task No_more_than_so_many_may_be_saying_who_they_are()
    {
        const int most = 3;
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { HandshakeLimit = Eventually.Deadline, MaxHandshakes = most });
        List<RawPeer> silent = [.. Enumerable.Range(0, most).Select(_ => RawPeer.Connect(one))];
        await Eventually.Holds(() =>
        {
            using var further = RawPeer.Connect(one);
            return one.Receiver.Heard<LinkRefused>().Count > 0;
        });

        using (var further = RawPeer.Connect(one))
        {
            Assert.True(further.IsClosedByPeer());
        }

        silent.ForEach(static peer => peer.Dispose());
        await Eventually.Holds(() => Enters(one));
    }

    private static bool Enters(TestNode one)
    {
        try
        {
            using var peer = RawPeer.Enter(one, TestNodes.Options(2));
            return true;
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
