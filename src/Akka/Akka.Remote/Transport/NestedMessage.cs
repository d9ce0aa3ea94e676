#nullable disable
using System.Buffers.Binary;
using System.Runtime.Serialization;
using System.Text;
using Akka.Actor;
using Akka.Serialization;

namespace Akka.Remote.Transport;

/// <summary>A message within a message: number of the serialiser, manifest, bytes.</summary>
internal static class NestedMessage
{
    /// <summary>Deepest nesting that is read.</summary>
    private const int MaxDepth = 8;

    [ThreadStatic]
    private static int depth;

    public static byte[] Write(ExtendedActorSystem system, object message)
    {
        Serializer serializer = system.Serialization.FindSerializerFor(message);
        var manifest = message is null ? "" : Manifest(serializer, message);
        byte[] payload = serializer.ToBinary(message);
        var manifestBytes = Encoding.UTF8.GetByteCount(manifest);
        var bytes = new byte[6 + manifestBytes + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, serializer.Identifier);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), checked((ushort)manifestBytes));
        Encoding.UTF8.GetBytes(manifest, bytes.AsSpan(6));
        payload.CopyTo(bytes, 6 + manifestBytes);
        return bytes;
    }

    /// <exception cref="SerializationException">The bytes are cut off, nested too deep, or no serialiser reads them.</exception>
    public static object Read(ExtendedActorSystem system, byte[] bytes)
    {
        if (bytes.Length < 6) throw new SerializationException("A nested message is cut off");
        var manifestBytes = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4));
        if (manifestBytes > bytes.Length - 6) throw new SerializationException("A nested message is cut off in its manifest");
        if (depth >= MaxDepth) throw new SerializationException("Messages are nested too deep");
        depth++;
        try
        {
            return Read(system, BinaryPrimitives.ReadInt32LittleEndian(bytes), Encoding.UTF8.GetString(bytes, 6, manifestBytes), bytes[(6 + manifestBytes)..]);
        }
        finally
        {
            depth--;
        }
    }

    /// <summary>The manifest of a message. A serialiser that wants the name of the type cannot be used between systems.</summary>
    public static string Manifest(Serializer serializer, object message) => serializer switch
    {
        SerializerWithStringManifest named => named.Manifest(message),
        { IncludeManifest: true } => throw new SerializationException(
            $"[{serializer.GetType()}] wants the type's name as its manifest, which is never accepted from another system: use a SerializerWithStringManifest for [{message.GetType()}]"),
        _ => "",
    };

    public static object Read(ExtendedActorSystem system, int serializerId, string manifest, byte[] payload) => system.Serialization.ById(serializerId) switch
    {
        SerializerWithStringManifest named => named.FromBinary(payload, manifest),
        { IncludeManifest: false } plain => plain.FromBinary(payload, (Type)null),
        _ => throw new SerializationException($"Serializer {serializerId} reads types by name, which is not accepted from another system"),
    };
}
