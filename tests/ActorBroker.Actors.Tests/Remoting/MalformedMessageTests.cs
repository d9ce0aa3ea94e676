using System.Runtime.Serialization;
using ActorBroker.Actors.Remoting;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Tests.Remoting;

/// <summary>Bytes that no node has written, for the serialisers that read with Akka.NET's own.</summary>
public sealed class MalformedMessageTests : IAsyncLifetime
{
    private readonly ExtendedActorSystem system = (ExtendedActorSystem)ActorSystem.Create("test", "akka.loggers = []");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public void A_selection_is_refused_in_words() => Refuses(new SelectionSerializer(system), "");

    [Theory]
    [InlineData("ID")]
    [InlineData("AID")]
    public void A_miscellaneous_message_is_refused_in_words(string manifest) => Refuses(new MiscSerializer(system), manifest);

    [Theory]
    [InlineData("W")]
    [InlineData("D")]
    public void A_system_message_is_refused_in_words(string manifest) => Refuses(new WatchSerializer(system), manifest);

    private static void Refuses(SerializerWithStringManifest serializer, string manifest)
    {
        var refused = Assert.Throws<SerializationException>(() => serializer.FromBinary([0xff, 0xff, 0xff], manifest));

        Assert.Contains("malformed", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.InnerException);
    }
}
