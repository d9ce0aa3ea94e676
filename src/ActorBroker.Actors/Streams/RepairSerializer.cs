using ActorBroker.Model;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Streams;

/// <summary>Repair messages in binary, as <see cref="ReplicationSerializer"/> writes: little endian, the fields in the order of the message, the batches behind
/// them.</summary>
public sealed class RepairSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>HOCON that binds the serialiser; for the system of a node with remoting.</summary>
    public const string Configuration = """
        akka.actor {
          serializers { replica-repair = "ActorBroker.Actors.Streams.RepairSerializer, ActorBroker.Actors" }
          serialization-bindings { "ActorBroker.Actors.Streams.RepairMessage, ActorBroker.Actors" = replica-repair }
          serialization-identifiers { "ActorBroker.Actors.Streams.RepairSerializer, ActorBroker.Actors" = 7102 }
        }
        """;

    private const string QuestionManifest = "Q";
    private const string AnswerManifest = "A";

    private const int PartitionSize = 20;
    private const int QuestionSize = PartitionSize + 4 + (3 * 8) + 4;
    private const int AnswerSize = PartitionSize + 4 + 8;

    public override int Identifier => 7102;

    public override string Manifest(object o) => o switch
    {
        RepairQuestion => QuestionManifest,
        RepairAnswer => AnswerManifest,
        _ => throw new ArgumentException($"{o.GetType().Name} is no repair message", nameof(o)),
    };

    public override byte[] ToBinary(object obj)
    {
        if (obj is RepairAnswer answer)
        {
            var bytes = new byte[AnswerSize + answer.Batches.Length];
            var fields = new FieldWriter(bytes);
            fields.Write(answer.Partition);
            fields.Write(answer.From.Value);
            fields.Write(answer.Attempt);
            answer.Batches.Span.CopyTo(bytes.AsSpan(AnswerSize));
            return bytes;
        }

        var question = (RepairQuestion)obj;
        var all = new byte[QuestionSize];
        var writer = new FieldWriter(all);
        writer.Write(question.Partition);
        writer.Write(question.Asker.Value);
        writer.Write(question.Attempt);
        writer.Write(question.From);
        writer.Write(question.Until);
        writer.Write(question.MaxBytes);
        return all;
    }

    /// <exception cref="ArgumentException">The bytes are not such a message.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        var isWhole = manifest switch
        {
            QuestionManifest => bytes.Length == QuestionSize,
            AnswerManifest => bytes.Length >= AnswerSize,
            _ => throw new ArgumentException($"unknown manifest '{manifest}' of a repair message", nameof(manifest)),
        };
        if (!isWhole)
        {
            throw new ArgumentException($"a repair message '{manifest}' of {bytes.Length} bytes", nameof(bytes));
        }

        var reader = new FieldReader(bytes);
        var partition = reader.ReadPartition();
        var node = new NodeId(reader.ReadInt32());
        var attempt = reader.ReadInt64();
        return manifest == QuestionManifest
            ? new RepairQuestion(partition, node, attempt, reader.ReadOffset(), reader.ReadOffset(), reader.ReadInt32())
            : new RepairAnswer(partition, node, attempt, bytes.AsMemory(AnswerSize));
    }
}
