using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Remote.Serialization;
using Akka.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>What another node failed at, in its words; the exception itself stays there.</summary>
public sealed class RemoteFailureException(string message) : Exception(message);

/// <summary>
/// Akka.NET's miscellaneous messages without the dangerous ones. References, questions for identity, heartbeats and successes are Akka.NET's own; a failure
/// carries its message alone, since an exception would be made from its type's name; all else (stopping actors, routers, configurations) is refused.
/// </summary>
public sealed class MiscSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string FailureManifest = "F";
    private const int MaxFailureBytes = 4096;

    /// <summary>Identify, ActorIdentity, references, heartbeats of the remote watcher and their answers, Status.Success.</summary>
    private static readonly HashSet<string> Allowed = ["ID", "AID", "AR", "RWHB", "RWHR", "STS"];

    private readonly MiscMessageSerializer genuine = new(system);

    public override int Identifier => genuine.Identifier;

    public override string Manifest(object o) => o is Status.Failure ? FailureManifest : genuine.Manifest(o);

    public override byte[] ToBinary(object obj)
    {
        if (obj is Status.Failure failure)
        {
            var text = Encoding.UTF8.GetBytes(failure.Cause?.Message ?? "");
            return text.Length <= MaxFailureBytes ? text : text[..MaxFailureBytes];
        }

        return Allowed.Contains(genuine.Manifest(obj)) ? genuine.ToBinary(obj) : throw new SerializationException($"{obj.GetType().Name} must not go to another node");
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (manifest == FailureManifest)
        {
            return bytes.Length <= MaxFailureBytes
                ? new Status.Failure(new RemoteFailureException(Encoding.UTF8.GetString(bytes)))
                : throw new SerializationException($"a failure has {bytes.Length} bytes; the most is {MaxFailureBytes}");
        }

        return Allowed.Contains(manifest)
            ? GenuineReader.Read($"a message with manifest '{manifest}'", () => genuine.FromBinary(bytes, manifest))
            : throw new SerializationException($"a message with manifest '{PrintedManifest.Of(manifest)}' was refused: nodes do not stop, configure or route each other's actors");
    }
}
