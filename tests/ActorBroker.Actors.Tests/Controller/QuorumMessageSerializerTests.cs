using System.Runtime.Serialization;
using ActorBroker.Actors.Controller;
using ActorBroker.Metadata.Quorum;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Controller;

public sealed class QuorumMessageSerializerTests : IAsyncLifetime
{
    private static readonly JournalReplica One = new(new(1), Guid.NewGuid());
    private static readonly JournalReplica Two = new(new(2), Guid.NewGuid());
    private static readonly JournalPosition Position = new(new(10_000_000_000), new(7));
    private static readonly ControllerEpoch Epoch = new(8);

    private static readonly JournalOutline Outline = JournalOutline.OfSnapshot(Position, VoterSet.Of([One]))
        .Append(new JournalBatch(new(7), Position.Offset, 3))
        .Append(new JournalBatch(new(8), Position.Offset + 3, 1, JournalBatchKind.Voters, VoterSet.Of([One, Two])));

    private readonly ActorSystem system = ActorSystem.Create("serialiser");

    public static TheoryData<object> Messages => [.. All];

    private static object[] All =>
    [
        new Prepare(Epoch, new ProposerId(new(2), Guid.NewGuid())),
        new JournalAppend(Epoch, Position, new(4), new byte[] { 1, 2, 3 }),
        new Pull(Epoch, Position),
        new JournalPulled(One, Epoch, Position, new byte[] { 4 }),
        new Promise(One, Epoch, Outline, new(5)),
        new Refused(Two, Epoch, new(9)),
        new Accepted(One, Epoch, new(6)),
        new Mismatch(Two, Epoch, JournalOutline.Empty),
        new SnapshotOffered(Epoch, Position, 1L << 40),
        new PullSnapshotPart(Position, 1L << 33),
        new SnapshotPart(Position, 99, 88, new byte[] { 5, 6 }),
        new SubscribeMetadata(new(3), 77),
        new MetadataApplied(new(3), 78),
        new MetadataDelta(Epoch, 70, 79, new byte[] { 7, 8, 9 }),
    ];

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public void Every_message_that_has_a_wire_form_is_tried_here() =>
        Assert.Equal(QuorumMessageSerializer.Types.Select(type => type.Name).Order(), All.Select(message => message.GetType().Name).Order());

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_message_is_the_same_after_the_wire(object message)
    {
        var bytes = Serializer.ToBinary(message);
        var read = Read(bytes, message);

        Assert.Equal(message.GetType(), read.GetType());
        Assert.Equal(bytes, Serializer.ToBinary(read));
        Assert.Equal(Comparable(message), Comparable(read));
    }

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Bytes_that_are_cut_are_refused(object message)
    {
        var bytes = Serializer.ToBinary(message);

        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<SerializationException>(() => Read(bytes[..length], message));
        }
    }

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void Bytes_that_follow_a_message_are_refused(object message) =>
        Assert.Throws<SerializationException>(() => Read([.. Serializer.ToBinary(message), 0], message));

    [Theory]
    [MemberData(nameof(Messages), DisableDiscoveryEnumeration = true)]
    public void A_byte_that_is_damaged_gives_another_message_or_is_refused_and_nothing_worse(object message)
    {
        var whole = Serializer.ToBinary(message);
        for (var at = 0; at < whole.Length; at++)
        {
            foreach (byte value in new byte[] { 0x00, 0x01, 0x7f, 0x80, 0xff })
            {
                var bytes = whole.ToArray();
                bytes[at] = value;
                if (Record.Exception(() => Read(bytes, message)) is { } problem)
                {
                    Assert.IsType<SerializationException>(problem);
                }
            }
        }
    }

    [Fact]
    public void A_voter_set_that_names_a_node_twice_is_refused()
    {
        var bytes = Serializer.ToBinary(new Promise(One, Epoch, Outline, new(5)));
        var (second, first) = (bytes.AsSpan().LastIndexOf(Two.DirectoryId.ToByteArray(bigEndian: true)), bytes.AsSpan().LastIndexOf(One.DirectoryId.ToByteArray(bigEndian: true)));
        bytes.AsSpan(first - sizeof(int), sizeof(int)).CopyTo(bytes.AsSpan(second - sizeof(int)));

        Assert.Throws<SerializationException>(() => Serializer.FromBinary(bytes, "PR"));
    }

    [Fact]
    public void A_message_of_a_version_that_is_not_known_is_refused() => Assert.Throws<SerializationException>(() => Serializer.FromBinary([1], "P2"));

    [Fact]
    public void What_is_no_message_of_the_quorum_is_not_written() => Assert.Throws<ArgumentException>(() => Serializer.ToBinary("text"));

    private QuorumMessageSerializer Serializer => new((ExtendedActorSystem)system);

    private object Read(byte[] bytes, object message) => Serializer.FromBinary(bytes, Serializer.Manifest(message));

    /// <summary>The message without its bytes, which are compared where they are written again.</summary>
    private static object Comparable(object message) => message switch
    {
        JournalAppend append => append with { Batches = default },
        JournalPulled pulled => pulled with { Batches = default },
        SnapshotPart part => part with { Bytes = default },
        MetadataDelta delta => delta with { Batches = default },
        _ => message,
    };
}
