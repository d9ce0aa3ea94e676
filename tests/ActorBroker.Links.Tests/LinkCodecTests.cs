using ActorBroker.Model;
using ActorBroker.Replication;

namespace ActorBroker.Links.Tests;

public sealed class LinkCodecTests
{
    private static readonly TopicIdPartition Partition = new(TopicId.NewRandom(), 7);
    private static readonly StreamKey Key = new(new(3), new(1), new(10_000_000_000), new(2), new(20), 5);
    private static readonly Push Push = new(Key, new(4), new(6), new(2), new(3), new(1), new(0), 0, true);

    public static TheoryData<LinkMessage> Messages => [
        new PushMessage(Partition, Push, null),
        new PushAckMessage(Partition, new PushAck(Key, new(6), new(5), PushVerdict.Gap)),
        new FetchStateMessage(Partition, new FetchState(Key, new(9))),
        new FollowerStateMessage(Partition, new FollowerState(Key, new(9), new EpochEnd(new(8), new(44)), new(1), new(50), new(40), new(30))),
        new TruncateMessage(Partition, new Truncate(Key, new(12), true)),
        new RefusalMessage(Partition, new Refusal(Key, RefusalReason.StaleBrokerEpoch, new(4))),
        new RepairQuestion(Partition, new(2), 9, new(4), new(6), 1000),
        new RepairAnswer(Partition, new(3), 9, default),
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_message_comes_back_as_it_was(LinkMessage message)
    {
        Assert.Equal(message, LinkCodec.Read(LinkCodec.KindOf(message), Fields(message)));
    }

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Bytes_that_are_cut_are_refused(LinkMessage message)
    {
        var bytes = Fields(message);

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<LinkProtocolException>(() => LinkCodec.Read(LinkCodec.KindOf(message), bytes.AsSpan(0, length)));
        }
    }

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Fields_take_no_more_than_is_counted_for_them(LinkMessage message)
    {
        Assert.InRange(Fields(message).Length, 1, LinkCodec.MaxFieldBytes);
    }

    [Fact]
    public void Bytes_behind_a_message_without_payload_are_refused()
    {
        var question = new RepairQuestion(Partition, new(2), 9, new(4), new(6), 1000);

        Assert.Throws<LinkProtocolException>(() => LinkCodec.Read(LinkCodec.KindOf(question), [.. Fields(question), 0]));
    }

    [Fact]
    public void A_push_that_says_another_size_than_it_has_is_refused()
    {
        var push = new PushMessage(Partition, Push with { Bytes = 3 }, null);

        Assert.Throws<LinkProtocolException>(() => LinkCodec.Read(LinkCodec.KindOf(push), [.. Fields(push), 1, 2]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData('C')]
    [InlineData('Z')]
    [InlineData(255)]
    public void A_kind_that_there_is_not_is_refused(int kind)
    {
        Assert.Throws<LinkProtocolException>(() => LinkCodec.Read((byte)kind, new byte[200]));
    }

    [Fact]
    public void A_verdict_that_there_is_not_is_refused()
    {
        var ack = new PushAckMessage(Partition, new PushAck(Key, new(6), new(5), PushVerdict.Gap));
        var bytes = Fields(ack);
        bytes[^1] = 77;

        Assert.Throws<LinkProtocolException>(() => LinkCodec.Read(LinkCodec.KindOf(ack), bytes));
    }

    private static byte[] Fields(LinkMessage message)
    {
        var bytes = new byte[LinkCodec.FieldBytes(LinkCodec.KindOf(message))];
        LinkCodec.WriteFields(message, bytes);
        return bytes;
    }
}
