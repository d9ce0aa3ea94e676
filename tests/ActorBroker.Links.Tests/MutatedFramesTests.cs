using System.Net.Sockets;
using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>A node that has proved who it is and then sends what is damaged.</summary>
public sealed class MutatedFramesTests
{
    private const int Seed = 20261;
    private const int Connections = 1_000;
    private const int FramesOfOne = 99;
    private const int MostBuffers = 32;

    [Fact]
    public async Task Mutated_frames_break_no_more_than_their_own_link()
    {
        var random = new Random(Seed);
        await using var nodes = new TestNodes();
        var (one, three) = (nodes.Start(1, static options => options with { MaxFrameBytes = 1 << 20 }), nodes.Start(3));
        one.Receiver.ChecksContents = false;
        one.Receiver.LetGo();
        three.SetPeers((one.Id, one.Address));
        await three.Hears<LinkUp>();
        var hostile = TestNodes.Options(2);

        for (var i = 0; i < Connections; i++)
        {
            await Attack(one, hostile, [Mutated(random)]);
            await Attack(one, hostile, [.. Enumerable.Range(0, FramesOfOne).Select(_ => Mutated(random))]);
            Assert.True(three.Links.Send(one.Id, TestMessages.Small(3, i)));
            Assert.InRange(one.Links.BuffersInUse, 0, MostBuffers);
        }

        await Eventually.Holds(() => NumbersOf(one, three.Id).Count == Connections);
        Assert.Equal(Enumerable.Range(0, Connections).Select(static number => (long)number), NumbersOf(one, three.Id));
        Assert.Empty(three.Receiver.Heard<LinkBroken>());
        Assert.All(one.Receiver.Heard<LinkBroken>(), broken => Assert.Equal(hostile.Node, broken.Node));
    }

    private static List<long> NumbersOf(TestNode node, NodeId from) =>
        [.. node.Receiver.Messages.Where(message => message.From == from).Select(static message => TestMessages.NumberOf(message.Message))];

    private static async Task Attack(TestNode node, LinkOptions options, byte[][] frames)
    {
        using var peer = RawPeer.Enter(node, options);
        try
        {
            peer.Send(frames);
            peer.Socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // It was cut off already.
        }

        await Task.Run(() => Assert.True(peer.IsClosedByPeer()));
    }

    /// <summary>A frame of which some bytes are others: mostly of its fields, so that the connection goes on; sometimes also its head, or its length.</summary>
    private static byte[] Mutated(Random random)
    {
        var number = random.Next();
        var frame = RawPeer.Frame(random.Next(3) switch
        {
            0 => TestMessages.Small(2, number),
            1 => TestMessages.Answer(2, number),
            _ => TestMessages.Push(2, number, TestPayload.Of(new byte[random.Next(2_000)])),
        });
        for (var changes = random.Next(1, 8); changes > 0; changes--)
        {
            frame[random.Next(random.Next(20) == 0 ? 0 : 5, frame.Length)] = (byte)random.Next(256);
        }

        return random.Next(50) == 0 ? frame[..random.Next(1, frame.Length)] : frame;
    }
}
