using System.Runtime.Serialization;
using ActorBroker.Actors.Bootstrap;
using ActorBroker.Model;
using Akka.Actor;

namespace ActorBroker.Actors.Tests.Bootstrap;

public sealed class BootstrapSerializerTests : IDisposable
{
    private readonly ActorSystem system = ActorSystem.Create("test", BootstrapSerializer.Hocon);

    public static TheoryData<object> Messages => new(
        new BootstrapQuestion(new NodeId(7), -5),
        new BootstrapAnswer(new NodeId(1), true, false, NodeId.None),
        new BootstrapAnswer(new NodeId(2), true, true, NodeId.None),
        new BootstrapAnswer(new NodeId(3), false, false, new NodeId(1)));

    [Theory]
    [MemberData(nameof(Messages))]
    public void What_is_written_is_read_again(object message)
    {
        var serializer = Serializer();

        Assert.Equal(message, serializer.FromBinary(serializer.ToBinary(message), serializer.Manifest(message)));
    }

    [Theory]
    [InlineData("Q", 4)]
    [InlineData("A", 8)]
    [InlineData("X", 8)]
    public void Anything_else_is_refused(string manifest, int bytes) =>
        Assert.Throws<SerializationException>(() => Serializer().FromBinary(new byte[bytes], manifest));

    public void Dispose() => system.Dispose();

    private BootstrapSerializer Serializer() => Assert.IsType<BootstrapSerializer>(system.Serialization.FindSerializerForType(typeof(BootstrapQuestion)));
}
