using System.Buffers.Binary;
using System.Runtime.Serialization;
using ActorBroker.Model;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Bootstrap;

/// <summary>Asked of a voter by a node that is looking for its cluster; answered with <see cref="BootstrapAnswer"/>.</summary>
/// <param name="Uid">Of the asker's incarnation: an earlier one at the same address has ended.</param>
public sealed record BootstrapQuestion(NodeId From, int Uid);

/// <param name="IsMember">The voter is in the cluster: join it there.</param>
/// <param name="HasEarlier">An earlier incarnation of the asker is still a member there: the new one can join when it is removed.</param>
/// <param name="Supports">Who is to begin the cluster; <see cref="NodeId.None"/> for nobody.</param>
public sealed record BootstrapAnswer(NodeId From, bool IsMember, bool HasEarlier, NodeId Supports);

/// <summary>The wire form of the messages above: their fields in network byte order.</summary>
public sealed class BootstrapSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Binds it; to be added to the actor system's settings.</summary>
    public const string Hocon = """
        akka.actor {
          serializers.actorbroker-bootstrap = "ActorBroker.Actors.Bootstrap.BootstrapSerializer, ActorBroker.Actors"
          serialization-identifiers."ActorBroker.Actors.Bootstrap.BootstrapSerializer, ActorBroker.Actors" = 4500
          serialization-bindings {
            "ActorBroker.Actors.Bootstrap.BootstrapQuestion, ActorBroker.Actors" = actorbroker-bootstrap
            "ActorBroker.Actors.Bootstrap.BootstrapAnswer, ActorBroker.Actors" = actorbroker-bootstrap
          }
        }
        """;

    private const int QuestionBytes = 8;
    private const int AnswerBytes = 9;
    private const int MemberFlag = 1;
    private const int EarlierFlag = 2;

    public override string Manifest(object obj) => obj switch
    {
        BootstrapQuestion => "Q",
        BootstrapAnswer => "A",
        _ => throw new ArgumentException($"no bootstrap message: {obj?.GetType().Name}", nameof(obj)),
    };

    public override byte[] ToBinary(object obj)
    {
        if (obj is BootstrapQuestion question)
        {
            var bytes = new byte[QuestionBytes];
            BinaryPrimitives.WriteInt32BigEndian(bytes, question.From.Value);
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4), question.Uid);
            return bytes;
        }

        var answer = (BootstrapAnswer)obj;
        var written = new byte[AnswerBytes];
        BinaryPrimitives.WriteInt32BigEndian(written, answer.From.Value);
        BinaryPrimitives.WriteInt32BigEndian(written.AsSpan(4), answer.Supports.Value);
        written[8] = (byte)((answer.IsMember ? MemberFlag : 0) | (answer.HasEarlier ? EarlierFlag : 0));
        return written;
    }

    public override object FromBinary(byte[] bytes, string manifest) => (manifest, bytes.Length) switch
    {
        ("Q", QuestionBytes) => new BootstrapQuestion(new NodeId(BinaryPrimitives.ReadInt32BigEndian(bytes)), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4))),
        ("A", AnswerBytes) => new BootstrapAnswer(
            new NodeId(BinaryPrimitives.ReadInt32BigEndian(bytes)),
            (bytes[8] & MemberFlag) != 0,
            (bytes[8] & EarlierFlag) != 0,
            new NodeId(BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4)))),
        _ => throw new SerializationException($"no bootstrap message: manifest '{manifest}', {bytes.Length} bytes"),
    };
}
