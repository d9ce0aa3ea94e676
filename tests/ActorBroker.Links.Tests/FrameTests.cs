using System.Buffers.Binary;
using ActorBroker.Harness;

namespace ActorBroker.Links.Tests;

/// <summary>Frames of all sizes, in one piece and in many.</summary>
public sealed class FrameTests
{
    private const int BufferBytes = LinkConnection.BufferBytes;

    [Fact]
    public async Task Payload_of_every_size_stays_what_it_was_until_it_is_let_go()
    {
        int[] sizes = [1, 61, 1_023, 1_024, 1_025, 16_383, 65_536, BufferBytes - 200, BufferBytes - 5, BufferBytes, BufferBytes + 1, 1 << 20, 3_000_000];
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair(static options => options with { CreditBytes = 64 << 20 });
        var number = 0L;
        foreach (var size in sizes.Concat(sizes.Reverse()).Concat(sizes.Select(static size => (size / 3) + 1)))
        {
            Assert.True(one.Links.Send(two.Id, nodes.Push(1, ++number, size)));
            Assert.True(one.Links.Send(two.Id, TestMessages.Small(1, ++number)));
        }

        await two.Gets(sender: 1, count: (int)number);

        Assert.Equal(Enumerable.Range(1, (int)number).Select(static n => (long)n), two.Receiver.Numbers(sender: 1));
    }

    [Fact]
    public async Task A_push_without_bytes_arrives_without_payload()
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair();

        one.Links.Send(two.Id, nodes.Push(1, 1, 0));

        await two.Gets(sender: 1, count: 1);
        Assert.Null(Assert.IsType<PushMessage>(two.Receiver.Messages.Single().Message).Payload);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(500_000)]
    public async Task The_batches_of_an_answer_to_a_repair_arrive(int length)
    {
        await using var nodes = new TestNodes();
        var (one, two) = await nodes.StartPair();
        var batches = TestMessages.Contents(1, 1, length);

        one.Links.Send(two.Id, new RepairAnswer(TestMessages.Small(1, 1).Partition, one.Id, 9, batches));

        await Eventually.Holds(() => two.Receiver.Messages.Count == 1);
        Assert.Equal(batches, Assert.IsType<RepairAnswer>(two.Receiver.Messages.Single().Message).Batches);
    }

    [Fact]
    public async Task Frames_may_come_byte_by_byte()
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1);
        using var two = RawPeer.Enter(one, TestNodes.Options(2));
        two.Socket.NoDelay = true;

        for (var number = 1; number <= 10; number++)
        {
            foreach (var piece in RawPeer.Frame(TestMessages.Push(2, number, TestPayload.Of(TestMessages.Contents(2, number, 50)))))
            {
                two.Send([piece]);
            }
        }

        await one.Gets(sender: 2, count: 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData((1 << 20) + 1)]
    public async Task A_frame_of_a_size_that_there_is_not_breaks_the_link(int length)
    {
        await using var nodes = new TestNodes();
        var one = nodes.Start(1, static options => options with { MaxFrameBytes = 1 << 20 });
        using var two = RawPeer.Enter(one, TestNodes.Options(2));
        var head = new byte[5];
        BinaryPrimitives.WriteInt32LittleEndian(head, length);

        two.Send(head);

        Assert.True(two.IsClosedByPeer());
        await one.Hears<LinkBroken>();
        Assert.Contains($"a frame of {length} bytes", one.Receiver.Heard<LinkBroken>()[0].Reason);
    }
}
