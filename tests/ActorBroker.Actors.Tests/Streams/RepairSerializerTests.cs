using ActorBroker.Actors.Streams;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Tests.Streams;

public sealed class RepairSerializerTests : IDisposable
{
    private static readonly TopicIdPartition Partition = new(TopicId.NewRandom(), 7);
    private static readonly RepairQuestion Question = new(Partition, new(2), 9, new(4), new(6), 1000);
    private static readonly RepairAnswer Answer = new(Partition, new(3), 9, "batches"u8.ToArray());

    private readonly ActorSystem system = ActorSystem.Create("serializers", Akka.Configuration.ConfigurationFactory.ParseString(RepairSerializer.Configuration));

    [Fact]
    public void A_question_comes_back_as_it_was()
    {
        var serializer = Serializer(Question);

        Assert.Equal(Question, serializer.FromBinary(serializer.ToBinary(Question), serializer.Manifest(Question)));
    }

    [Fact]
    public void An_answer_comes_back_with_its_bytes()
    {
        var serializer = Serializer(Answer);

        var back = Assert.IsType<RepairAnswer>(serializer.FromBinary(serializer.ToBinary(Answer), serializer.Manifest(Answer)));

        Assert.Equal("batches"u8, back.Batches.Span);
        Assert.Equal(Answer with { Batches = default }, back with { Batches = default });
    }

    [Fact]
    public void Bytes_that_are_cut_are_refused()
    {
        var serializer = Serializer(Question);
        var (question, answer) = (serializer.ToBinary(Question), serializer.ToBinary(Answer with { Batches = default }));

        for (var length = 0; length < question.Length; length++)
        {
            Assert.Throws<ArgumentException>(() => serializer.FromBinary(question[..length], serializer.Manifest(Question)));
        }

        for (var length = 0; length < answer.Length; length++)
        {
            Assert.Throws<ArgumentException>(() => serializer.FromBinary(answer[..length], serializer.Manifest(Answer)));
        }
    }

    public void Dispose() => system.Terminate().Wait();

    private SerializerWithStringManifest Serializer(object message) => (SerializerWithStringManifest)system.Serialization.FindSerializerFor(message);
}
