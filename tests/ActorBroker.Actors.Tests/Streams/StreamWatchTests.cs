using ActorBroker.Actors.Controller;
using ActorBroker.Actors.Membership;
using ActorBroker.Actors.Partitions;
using ActorBroker.Actors.Streams;
using ActorBroker.Links;
using ActorBroker.Metadata;
using ActorBroker.Model;
using ActorBroker.Model.Options;
using ActorBroker.Replication;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Streams;

/// <summary>What follows from news of links.</summary>
public sealed class StreamWatchTests : IAsyncLifetime
{
    private static readonly NodeId Other = new(3);

    private readonly ActorSystem system = ActorSystem.Create("test");
    private readonly LinkReceiver receiver = new();
    private readonly LogLines log;
    private readonly ClusterState cluster = new("cluster", ClusterImage.Empty);
    private IReadOnlyDictionary<NodeId, HostPort> peers = new Dictionary<NodeId, HostPort>();

    public StreamWatchTests() => log = new LogLines(system);

    public async Task InitializeAsync()
    {
        Register(4, new BrokerEndpoint(ImagePeers.Listener, "four", 1));
        Register(3, new BrokerEndpoint(ImagePeers.Listener, "three", 1), new BrokerEndpoint(ImagePeers.LinkListener, "three", 2));
        var settings = new ReplicationSettings(new ReplicationStreams(new MemoryLinks().Add(new NodeId(1), receiver)), ActorRefs.Nobody, new LeaderSettings());
        var watch = system.ActorOf(StreamWatchActor.Create(new NodeId(1), new PartitionDirectory(), settings, receiver, new ImagePeers(cluster), addresses => peers = addresses));
        await watch.Ask<ActorIdentity>(new Identify(null), Eventually.Deadline);
    }

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public async Task A_break_is_said_once_until_the_link_is_good_again()
    {
        Break();
        Break();
        Connect();
        Break();
        Break();
        Connect();
        await log.Says("the links with node 3 are good again");
        Assert.Single(await log.With("it broke"));

        Break();

        await Eventually.Holds(async () => (await log.With("it broke")).Count == 2);
    }

    [Fact]
    public void Links_are_kept_to_the_brokers_that_registered_an_address_for_them() => Assert.Equal([new(Other, new HostPort("three", 2))], peers);

    [Fact]
    public async Task A_broker_without_an_address_for_links_is_named() => await log.Says("broker 4 is registered without an address for links (LINKS): nothing is replicated with it until it is restarted with this version");

    [Fact]
    public async Task A_process_that_has_ended_is_told_to_the_cluster()
    {
        var inbox = Inbox.Create(system);
        system.EventStream.Subscribe(inbox.Receiver, typeof(PeerEnded));

        receiver.OnNews(new LinkProcessEnded(Other, IsReplaced: false, "refused"));

        Assert.Equal(new PeerEnded(new Address("akka.tcp", "actorbroker", "three", 1), Other, "refused"), await inbox.ReceiveAsync(Eventually.Deadline));
    }

    private void Register(int id, params BrokerEndpoint[] endpoints) =>
        cluster.Image = cluster.Image.Apply(new BrokerRegistered(new BrokerImage(new NodeId(id), new BrokerEpoch(1), Guid.NewGuid(), [.. endpoints], null, false)));

    private void Break() => receiver.OnNews(new LinkBroken(Other, "it broke"));

    private void Connect() => receiver.OnNews(new LinkUp(Other, default, "it is there"));
}
