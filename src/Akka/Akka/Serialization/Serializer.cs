#nullable disable
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>Turns objects into bytes and back. Its constructor takes an <see cref="ExtendedActorSystem"/>, and a section if it has settings.</summary>
public abstract class Serializer
{
    protected readonly ExtendedActorSystem system;
    private int? _identifier;

    protected Serializer(ExtendedActorSystem system) => this.system = system;

    /// <summary>Its number on the wire; from akka.actor.serialization-identifiers unless overridden.</summary>
    public virtual int Identifier => _identifier ??= SerializerIdentifierHelper.GetSerializerIdentifierFromConfig(GetType(), system);

    /// <summary>True if reading needs the type's name.</summary>
    public abstract bool IncludeManifest { get; }

    /// <summary>Reads an object; <paramref name="type"/> is null if there is no manifest.</summary>
    public abstract object FromBinary(byte[] bytes, Type type);

    /// <summary>Reads an object of a type.</summary>
    public T FromBinary<T>(byte[] bytes) => (T)FromBinary(bytes, typeof(T));

    /// <summary>Writes an object.</summary>
    public abstract byte[] ToBinary(object obj);

    /// <summary>Writes an object in which references are seen from <paramref name="address"/>.</summary>
    public byte[] ToBinaryWithAddress(Address address, object obj) =>
        Serialization.WithTransport(system, address, () => ToBinary(obj));
}

/// <summary>A serialiser that names what it wrote by manifests of its own.</summary>
public abstract class SerializerWithStringManifest : Serializer
{
    protected SerializerWithStringManifest(ExtendedActorSystem system)
        : base(system)
    {
    }

    public sealed override bool IncludeManifest => true;

    public sealed override object FromBinary(byte[] bytes, Type type) => FromBinary(bytes, type.TypeQualifiedName());

    /// <summary>Reads what <see cref="Manifest"/> named.</summary>
    public abstract object FromBinary(byte[] bytes, string manifest);

    /// <summary>The name of an object's form.</summary>
    public abstract string Manifest(object o);
}

/// <summary>Finds the number of a serialiser.</summary>
public static class SerializerIdentifierHelper
{
    /// <summary>The number of akka.actor.serialization-identifiers for a class.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static int GetSerializerIdentifierFromConfig(Type type, ExtendedActorSystem system)
    {
        Config identifiers = system.Settings.Config.GetConfig("akka.actor.serialization-identifiers");
        if (identifiers is not null)
        {
            foreach (KeyValuePair<string, Configuration.Hocon.HoconValue> entry in identifiers.AsEnumerable())
                if (Type.GetType(entry.Key.Trim('"'), throwOnError: false) == type) return entry.Value.GetInt();
        }

        throw new ArgumentException($"Couldn't find serializer id for [{type}] under [akka.actor.serialization-identifiers]", nameof(type));
    }
}

/// <summary>Byte arrays, as they are.</summary>
public class ByteArraySerializer : Serializer
{
    public ByteArraySerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override bool IncludeManifest => false;

    public override object FromBinary(byte[] bytes, Type type) => bytes;

    public override byte[] ToBinary(object obj) => obj switch
    {
        null => null,
        byte[] bytes => bytes,
        _ => throw new NotSupportedException($"[{obj.GetType()}] is not a byte array."),
    };
}

/// <summary>Null.</summary>
public class NullSerializer : Serializer
{
    public NullSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 0;

    public override bool IncludeManifest => false;

    public override object FromBinary(byte[] bytes, Type type) => null;

    public override byte[] ToBinary(object obj) => [];
}

/// <summary>
/// Strings, numbers and references to actors. It is the default for those and reads nothing else: a type name from the
/// network never decides what is constructed.
/// </summary>
internal sealed class PrimitiveSerializer : SerializerWithStringManifest
{
    public PrimitiveSerializer(ExtendedActorSystem system)
        : base(system)
    {
    }

    public override int Identifier => 17;

    public override string Manifest(object o) => o switch
    {
        string => "S",
        int => "I",
        long => "L",
        IActorRef => "R",
        _ => throw new NotSupportedException($"[{o?.GetType()}] is not handled by this serializer."),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        string text => System.Text.Encoding.UTF8.GetBytes(text),
        int number => BitConverter.GetBytes(number),
        long number => BitConverter.GetBytes(number),
        IActorRef actor => System.Text.Encoding.UTF8.GetBytes(Serialization.SerializedActorPath(actor)),
        _ => throw new NotSupportedException($"[{obj?.GetType()}] is not handled by this serializer."),
    };

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        "S" => System.Text.Encoding.UTF8.GetString(bytes),
        "I" => BitConverter.ToInt32(bytes),
        "L" => BitConverter.ToInt64(bytes),
        "R" => system.Provider.ResolveActorRef(System.Text.Encoding.UTF8.GetString(bytes)),
        _ => throw new System.Runtime.Serialization.SerializationException($"Unknown manifest [{manifest}]"),
    };
}
