using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>
/// Stands where Akka.NET has a serialiser that finds types by their names: what nobody bound to one of ours neither leaves the node nor is made from bytes.
/// It keeps the other's id, so that messages of such a peer end here and not at "no serializer with that id".
/// </summary>
public abstract class RefusingSerializer(ExtendedActorSystem system, int id, string instead) : SerializerWithStringManifest(system)
{
    public sealed override int Identifier => id;

    public sealed override string Manifest(object o) => "";

    /// <exception cref="SerializationException">Always.</exception>
    public sealed override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj?.GetType().FullName ?? "null"} must not go to another node: {instead}");

    /// <exception cref="SerializationException">Always.</exception>
    public sealed override object FromBinary(byte[] bytes, string manifest) =>
        throw new SerializationException($"a message with manifest '{PrintedManifest.Of(manifest)}' was refused: {instead}");
}

/// <summary>In place of Newtonsoft's JSON, the serialiser of whatever is bound to no other.</summary>
public sealed class RefusedJson(ExtendedActorSystem system) : RefusingSerializer(system, 1, "its type is bound to no serialiser of the broker")
{
    /// <summary>Akka.NET gives it the settings of what it replaces.</summary>
    public RefusedJson(ExtendedActorSystem system, Config settings)
        : this(system) => _ = settings;
}

/// <summary>In place of the serialiser of any Google.Protobuf message by its type's name.</summary>
public sealed class RefusedProtobuf(ExtendedActorSystem system) : RefusingSerializer(system, 2, "nodes exchange no Protobuf messages by their types' names");

/// <summary>In place of the serialiser by which another node starts actors here.</summary>
public sealed class RefusedDeployment(ExtendedActorSystem system) : RefusingSerializer(system, 3, "nodes start no actors on others");

/// <summary>In place of the serialiser of reliable delivery, which carries payloads of any type.</summary>
public sealed class RefusedDelivery(ExtendedActorSystem system) : RefusingSerializer(system, 36, "nodes use no reliable delivery");

/// <summary>A manifest as it may stand in a log: it comes from a stranger.</summary>
internal static class PrintedManifest
{
    private const int MaxChars = 120;

    /// <summary>Its first characters, without those that would break the line.</summary>
    public static string Of(string? manifest) =>
        new([.. (manifest ?? "").Take(MaxChars).Select(letter => char.IsControl(letter) ? '?' : letter)]);
}
