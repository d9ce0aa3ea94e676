using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace ActorBroker.Actors.Remoting;

/// <summary>Arrays of bytes as they are. Unlike Akka.NET's it looks up no type that a message names.</summary>
public sealed class BytesSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Akka.NET's own for arrays of bytes.</summary>
    public override int Identifier => 4;

    public override string Manifest(object o) => "";

    public override byte[] ToBinary(object obj) => obj as byte[] ?? throw new SerializationException($"{obj?.GetType().Name} is no array of bytes");

    public override object FromBinary(byte[] bytes, string manifest) => bytes;
}
