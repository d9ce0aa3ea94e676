using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Cluster.Sharding.Serialization;
using Akka.Configuration;

namespace Akka.Cluster.Sharding.Tests;

public sealed class SerializationTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("serialization", ConfigurationFactory.ParseString("akka { loglevel = WARNING, stdout-loglevel = OFF }"));
    private readonly ClusterShardingMessageSerializer _serializer;

    public SerializationTests() => _serializer = new ClusterShardingMessageSerializer((ExtendedActorSystem)_system);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _system.Terminate();

    [Fact]
    public void Messages_come_back_as_they_were()
    {
        IActorRef region = _system.DeadLetters;
        UniqueAddress node = CoordinatorCoreTests.Node(7);
        object[] messages =
        [
            new CollectShards("type", 5), new EpochRefused(9), new RegisterProxy(), new RegisterAck(3), new GetShardHome("1"), new ShardHome("1", region, 4),
            new ShardStarted("1", 2), new BeginHandOff("1", 3), new BeginHandOffAck("1"), new HandOff("1", 3, 2), new GracefulShutdownRequest(),
            new ShardingEnvelope("id", "hello"), new ShardRegion.StartEntity("id"), GetCurrentRegions.Instance, new CurrentRegions(ImmutableHashSet.Create(node.Address)),
            GetShardRegionStats.Instance, new ShardRegionStats(ImmutableDictionary<string, int>.Empty.Add("1", 5), ImmutableHashSet.Create("2")),
            new GetClusterShardingStats(TimeSpan.FromSeconds(3)), GetShardRegionState.Instance, new ShardState("1", ImmutableHashSet.Create("a", "b")),
            new CurrentShardRegionState(ImmutableHashSet.Create(new ShardState("1", ImmutableHashSet.Create("a"))), ImmutableHashSet.Create("2")),
            new ClusterShardingStats(ImmutableDictionary<Address, ShardRegionStats>.Empty.Add(node.Address, new ShardRegionStats(ImmutableDictionary<string, int>.Empty.Add("1", 5)))),
        ];

        foreach (var message in messages) Assert.Equal(message, RoundTrip(message));
    }

    [Fact]
    public void Lists_come_back_and_an_unknown_list_stays_unknown()
    {
        UniqueAddress node = CoordinatorCoreTests.Node(7);

        var collected = (ShardsCollected)RoundTrip(new ShardsCollected(node, 5, null, ["1", "2"], []));
        var host = (HostShard)RoundTrip(new HostShard("1", 2, 3, default));
        var stopped = (ShardStopped)RoundTrip(new ShardStopped("1", 3, []));

        Assert.Equal((node, 5L), (collected.Node, collected.Epoch));
        Assert.Null(collected.Region);
        Assert.Equal("1,2", string.Join(',', collected.Hosted));
        Assert.True(host.Entities.IsDefault);
        Assert.True(stopped.Entities is { IsDefault: false, IsEmpty: true });
    }

    [Fact]
    public void Bytes_that_do_not_fit_are_refused_with_a_reason()
    {
        var random = new Random(3);
        string[] manifests = ["AA", "AB", "AC", "AD", "AF", "AG", "AH", "AI", "AJ", "AK", "AN", "BA", "CA", "CB", "DB", "DD", "DE", "DF", "DH", "DI", "ZZ"];
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            try
            {
                _serializer.FromBinary(bytes, manifests[i % manifests.Length]);
            }
            catch (SerializationException)
            {
                // The only way out.
            }
        }
    }

    [Fact]
    public void Coordination_is_control_traffic_and_entities_messages_are_not()
    {
        Assert.True(typeof(AkkaExtensions.Remoting.IControlMessage).IsAssignableFrom(typeof(HostShard)));
        Assert.False(typeof(AkkaExtensions.Remoting.IControlMessage).IsAssignableFrom(typeof(ShardingEnvelope)));
    }

    private object RoundTrip(object message) => _serializer.FromBinary(_serializer.ToBinary(message), _serializer.Manifest(message));
}
