using ActorBroker.Harness;
using ActorBroker.Model;

namespace ActorBroker.Links.Tests;

/// <summary>Slow readers, and readers that read nothing.</summary>
public sealed class CreditTests
{
    private const int Credit = 100_000;
    private const int PushBytes = 10_000;

    [Fact]
    public async Task Payload_beyond_the_credit_waits_until_some_is_let_go()
    {
        const int pushes = 50;
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = Credit });
        for (var number = 1; number <= pushes; number++)
        {
            Assert.True(one.Links.Send(two.Id, nodes.Push(1, number, PushBytes)));
        }

        await Eventually.Holds(() => two.Receiver.PayloadBytes >= Credit);
        Assert.False(one.Links.HasRoom(two.Id));
        await Eventually.Holds(() =>
        {
            two.Receiver.LetGo(1);
            return two.Receiver.Numbers(sender: 1).Count == pushes;
        });

        Assert.Equal(Enumerable.Range(1, pushes).Select(static number => (long)number), two.Receiver.Numbers(sender: 1));
        Assert.InRange(two.Receiver.MostKeptBytes, Credit, Credit + PushBytes);
    }

    [Fact]
    public async Task Small_messages_wait_behind_the_payload_that_waits()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = Credit });
        for (var number = 1; number <= 20; number++)
        {
            one.Links.Send(two.Id, nodes.Push(1, number, PushBytes));
        }

        one.Links.Send(two.Id, TestMessages.Small(1, 21));
        await Eventually.Holds(() => two.Receiver.PayloadBytes >= Credit);
        Assert.DoesNotContain(21, two.Receiver.Numbers(sender: 1));
        two.Receiver.LetGo();

        await two.Gets(sender: 1, count: 21);
        Assert.Equal(21, two.Receiver.Numbers(sender: 1)[^1]);
    }

    [Fact]
    public async Task There_is_room_again_when_payload_was_let_go()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = Credit });
        Assert.True(one.Links.HasRoom(two.Id));
        for (var number = 1; number <= Credit / PushBytes; number++)
        {
            one.Links.Send(two.Id, nodes.Push(1, number, PushBytes));
        }

        Assert.False(one.Links.HasRoom(two.Id));
        await Eventually.Holds(() => two.Receiver.PayloadBytes >= Credit);
        Assert.Equal(0, one.Receiver.Rooms);
        two.Receiver.LetGo();

        await Eventually.Holds(() => one.Receiver.Rooms == 1);
        Assert.True(one.Links.HasRoom(two.Id));
    }

    [Fact]
    public async Task What_waits_is_bounded_and_what_comes_then_is_dropped()
    {
        const int queue = 200_000;
        const int pushes = 100;
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = Credit, QueueBytes = queue });

        List<long> taken = [.. Enumerable.Range(1, pushes).Select(static number => (long)number).Where(number => one.Links.Send(two.Id, nodes.Push(1, number, PushBytes)))];

        Assert.InRange(taken.Count * PushBytes, queue - PushBytes, Credit + queue + (2 * PushBytes));
        await one.Hears<LinkOverflowed>();
        two.Receiver.LetGo();
        await two.Gets(sender: 1, count: taken.Count);
        Assert.Single(one.Receiver.Heard<LinkOverflowed>());
        Assert.Equal(taken, two.Receiver.Numbers(sender: 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(20_000)]
    public async Task A_sender_never_waits_for_a_peer_that_stops_reading(int payloadBytes)
    {
        const int queue = 1 << 20;
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { QueueBytes = queue });
        using var listener = new RawListener();
        one.SetPeers((new NodeId(2), listener.Address));
        using var two = await listener.Welcome(TestNodes.Options(2) with { CreditBytes = int.MaxValue });
        await one.Hears<LinkUp>();

        var number = 0L;
        while (one.Links.Send(new NodeId(2), payloadBytes == 0 ? TestMessages.Small(1, ++number) : nodes.Push(1, ++number, payloadBytes)))
        {
        }

        await one.Hears<LinkOverflowed>();
        Assert.Empty(one.Receiver.Heard<LinkBroken>());
        for (var expected = 1L; expected < number; expected++)
        {
            Assert.Equal(expected, TestMessages.NumberOf(two.Read()!));
        }
    }

    [Fact]
    public async Task A_push_larger_than_all_credit_is_sent_when_there_is_any()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = 1_000 });

        one.Links.Send(two.Id, nodes.Push(1, 1, 1_000_000));
        one.Links.Send(two.Id, nodes.Push(1, 2, 1_000_000));
        await two.Gets(sender: 1, count: 1);
        Assert.False(one.Links.HasRoom(two.Id));
        two.Receiver.LetGo();

        await two.Gets(sender: 1, count: 2);
        Assert.Equal(1_000_000, two.Receiver.MostKeptBytes);
    }

    [Fact]
    public async Task Who_sends_more_than_it_has_credit_for_is_cut_off()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { CreditBytes = Credit });
        one.Receiver.ChecksContents = false;
        using var greedy = RawPeer.Enter(one, TestNodes.Options(2));

        await Task.Run(() => Record.Exception(() => greedy.Send([.. Enumerable.Range(1, 50).Select(number => RawPeer.Frame(TestMessages.Push(2, number, TestPayload.Of(new byte[PushBytes]))))])));

        await one.Hears<LinkBroken>();
        Assert.Contains("credit", one.Receiver.Heard<LinkBroken>()[0].Reason);
        Assert.InRange(one.Receiver.PayloadBytes, Credit, Credit + (2 * PushBytes));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task Credit_that_makes_no_sense_breaks_the_link(long credit)
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var two = RawPeer.Enter(one, TestNodes.Options(2));

        two.SendFrame('C', BitConverter.GetBytes(credit));

        Assert.True(two.IsClosedByPeer());
        await one.Hears<LinkBroken>();
    }
}
