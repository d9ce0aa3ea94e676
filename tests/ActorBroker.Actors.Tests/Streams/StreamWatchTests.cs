using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Model;
using ActorBroker.Replication;
using Akka.Actor;
using Akka.Remote;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>What is said about streams that break.</summary>
public sealed class StreamWatchTests : IAsyncLifetime, IPeerDirectory
{
    private const string Broke = "the stream with node 3 at akka.tcp://actorbroker@127.0.0.1:9 broke";

    private static readonly Address Here = new("akka.tcp", "actorbroker", "127.0.0.1", 8);
    private static readonly Address There = new("akka.tcp", "actorbroker", "127.0.0.1", 9);

    private readonly ActorSystem system = ActorSystem.Create("test");
    private readonly LogLines log;

    public StreamWatchTests() => log = new LogLines(system);

    public async Task InitializeAsync()
    {
        var streams = new ReplicationStreams(system, this);
        var settings = new ReplicationSettings(streams, ActorRefs.Nobody, new LeaderSettings());
        streams.Tell(new NodeId(3), new RefusalMessage(new TopicIdPartition(TopicId.NewRandom(), 0), default));
        var watch = system.ActorOf(Props.Create(() => new StreamWatchActor(new PartitionDirectory(), settings)));
        await watch.Ask<ActorIdentity>(new Identify(null), Eventually.Deadline);
    }

    public Task DisposeAsync() => system.Terminate();

    public Address? AddressOf(NodeId node) => There;

    [Fact]
    public async Task A_break_is_said_once_until_the_stream_is_good_again()
    {
        Break();
        Break();
        Connect();
        Break();
        Break();
        await log.Says("the stream with node 3 at akka.tcp://actorbroker@127.0.0.1:9 is good again");
        Assert.Single(await log.With(Broke));

        Break();

        await Eventually.Holds(async () => (await log.With(Broke)).Count == 2);
    }

    private void Break() => system.EventStream.Publish(new DisassociatedEvent(Here, There, inbound: false));

    private void Connect() => system.EventStream.Publish(new AssociatedEvent(Here, There, inbound: false));
}
