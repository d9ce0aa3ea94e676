using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Cluster.TestSupport;
using Akka.Cluster.Tools.Singleton;
using Akka.Cluster.Tools.Singleton.Serialization;

namespace Akka.Cluster.Tools.Tests;

public sealed class SerializationTests
{
    private static readonly UniqueAddress From = new(new Address("akka.tcp", "test", "host-a.example", 2552), -123456789);

    [Fact]
    public async Task Each_message_of_the_managers_is_read_as_it_was_written()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        ClusterSingletonMessageSerializer.Register((ExtendedActorSystem)cluster[0]);
        var serializer = Assert.IsType<ClusterSingletonMessageSerializer>(cluster[0].Serialization.FindSerializerFor(new HandOverToMe(From)));

        foreach (object message in (object[])[new HandOverToMe(From), new HandOverInProgress(From), new HandOverDone(From), new TakeOverFromMe(From)])
            Assert.Equal(message, serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));
    }

    [Fact]
    public async Task Manifests_and_bytes_do_not_change_between_versions()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        var serializer = new ClusterSingletonMessageSerializer((ExtendedActorSystem)cluster[0]);

        Assert.Equal(14, serializer.Identifier);
        Assert.Equal(["A", "B", "C", "D"], ((object[])[new HandOverToMe(From), new HandOverInProgress(From), new HandOverDone(From), new TakeOverFromMe(From)]).Select(serializer.Manifest));
        Assert.Equal([0xeb, 0x32, 0xa4, 0xf8, .. "akka.tcp://test@host-a.example:2552"u8], serializer.ToBinary(new HandOverToMe(From)));
    }

    [Fact]
    public async Task What_is_no_message_of_a_manager_is_refused()
    {
        await using TestCluster cluster = await TestCluster.Start(1);
        var serializer = new ClusterSingletonMessageSerializer((ExtendedActorSystem)cluster[0]);
        byte[] bytes = serializer.ToBinary(new HandOverToMe(From));

        Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes, "E"));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes[..3], "A"));
        Assert.Throws<SerializationException>(() => serializer.FromBinary(bytes[..8], "A"));
        Assert.Throws<ArgumentException>(() => serializer.Manifest("text"));
        Assert.Throws<ArgumentException>(() => serializer.ToBinary("text"));
    }
}
