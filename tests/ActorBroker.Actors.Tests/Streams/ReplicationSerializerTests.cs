using ActorBroker.Actors.Streams;
using ActorBroker.Model;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Tests.Streams;

public sealed class ReplicationSerializerTests : IDisposable
{
    private static readonly TopicIdPartition Partition = new(TopicId.NewRandom(), 7);
    private static readonly StreamKey Key = new(new(3), new(1), new(10_000_000_000), new(2), new(20), 5);
    private static readonly Push Push = new(Key, new(4), new(6), new(2), new(3), new(1), new(0), 0, true);

    private readonly ActorSystem system = ActorSystem.Create("serializers", Akka.Configuration.ConfigurationFactory.ParseString(ReplicationSerializer.Configuration));

    public static TheoryData<ReplicationMessage> Messages => [
        new PushMessage(Partition, Push, null),
        new PushAckMessage(Partition, new PushAck(Key, new(6), new(5), PushVerdict.Gap)),
        new FetchStateMessage(Partition, new FetchState(Key, new(9))),
        new FollowerStateMessage(Partition, new FollowerState(Key, new(9), new EpochEnd(new(8), new(44)), new(1), new(50), new(40), new(30))),
        new TruncateMessage(Partition, new Truncate(Key, new(12), true)),
        new RefusalMessage(Partition, new Refusal(Key, RefusalReason.StaleBrokerEpoch, new(4))),
    ];

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_message_comes_back_as_it_was(ReplicationMessage message)
    {
        var serializer = Serializer(message);

        Assert.Equal(message, serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));
    }

    [Fact]
    public void A_push_comes_back_with_its_bytes()
    {
        var payload = PushPayload.Rent(3);
        "abc"u8.CopyTo(payload.Bytes.Span);
        var message = new PushMessage(Partition, Push with { Bytes = 3 }, payload);
        var serializer = Serializer(message);

        var back = Assert.IsType<PushMessage>(serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));

        Assert.Equal("abc"u8, back.Payload!.Bytes.Span);
    }

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Bytes_that_are_cut_are_refused(ReplicationMessage message)
    {
        var serializer = Serializer(message);
        var bytes = serializer.ToBinary(message);

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<ArgumentException>(() => serializer.FromBinary(bytes[..length], serializer.Manifest(message)));
        }
    }

    public void Dispose() => system.Terminate().Wait();

    private SerializerWithStringManifest Serializer(object message) => (SerializerWithStringManifest)system.Serialization.FindSerializerFor(message);
}
