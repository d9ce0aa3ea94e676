#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Akka.Util;

namespace Akka.Serialization;

/// <summary>The transport that serialises on this thread: references without an address of their own get this one.</summary>
public sealed class Information : IEquatable<Information>
{
    public Information(Address address, ActorSystem system)
    {
        Address = address;
        System = system;
    }

    public Address Address { get; }

    public ActorSystem System { get; }

    public static bool operator ==(Information left, Information right) => Equals(left, right);

    public static bool operator !=(Information left, Information right) => !Equals(left, right);

    public bool Equals(Information other) => other is not null && Equals(Address, other.Address) && Equals(System, other.System);

    public override bool Equals(object obj) => Equals(obj as Information);

    public override int GetHashCode() => HashCode.Combine(Address, System);
}

/// <summary>A serialiser given in code, with its name and the types that it is for.</summary>
public sealed class SerializerDetails
{
    private SerializerDetails(string alias, Serializer serializer, ImmutableHashSet<Type> useFor)
    {
        Alias = alias;
        Serializer = serializer;
        UseFor = useFor;
    }

    public string Alias { get; }

    public Serializer Serializer { get; }

    public ImmutableHashSet<Type> UseFor { get; }

    public static SerializerDetails Create(string alias, Serializer serializer, ImmutableHashSet<Type> useFor) => new(alias, serializer, useFor);
}

/// <summary>Serialisers given in code; they win over configured ones.</summary>
public sealed class SerializationSetup : Actor.Setup.Setup
{
    private SerializationSetup(Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> createSerializers) => CreateSerializers = createSerializers;

    public Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> CreateSerializers { get; }

    public static SerializationSetup Create(Func<ExtendedActorSystem, ImmutableHashSet<SerializerDetails>> createSerializers) => new(createSerializers);
}

/// <summary>
/// The serialisers of a system: by type for writing, by number for reading. There is no serialiser for arbitrary objects
/// unless somebody binds one to System.Object.
/// </summary>
public class Serialization
{
    [ThreadStatic]
    private static Information currentTransport;

    private readonly ConcurrentDictionary<Type, Serializer> _cache = new();
    private readonly Dictionary<int, Serializer> _byId = [];
    private readonly Dictionary<string, Serializer> _byName = [];
    private readonly List<(Type Type, Serializer Serializer)> _bindings = [];

    public Serialization(ExtendedActorSystem system)
    {
        System = system;
        AddSerializer("null", new NullSerializer(system));
        AddConfigured();
        if (system.Settings.Setup.Get<SerializationSetup>() is { HasValue: true } setup)
        {
            foreach (SerializerDetails details in setup.Value.CreateSerializers(system))
            {
                AddSerializer(details.Alias, details.Serializer);
                foreach (Type type in details.UseFor) AddSerializationMap(type, details.Serializer);
            }
        }
    }

    public ExtendedActorSystem System { get; }

    internal static Information CurrentTransport => currentTransport;

    /// <summary>The transport that serialises on this thread.</summary>
    /// <exception cref="InvalidOperationException">None does.</exception>
    public static Information GetCurrentTransportInformation() =>
        currentTransport ?? throw new InvalidOperationException("CurrentTransportInformation is not set. Use Serialization.WithTransport.");

    /// <summary>The manifest of a message; empty if its serialiser needs none.</summary>
    public static string ManifestFor(Serializer s, object msg) => s switch
    {
        SerializerWithStringManifest named => named.Manifest(msg),
        { IncludeManifest: true } => msg.GetType().TypeQualifiedName(),
        _ => string.Empty,
    };

    /// <summary>The path by which others find an actor.</summary>
    public static string SerializedActorPath(IActorRef actorRef)
    {
        if (Equals(actorRef, ActorRefs.NoSender)) return string.Empty;
        return actorRef is Nobody ? actorRef.Path.ToSerializationFormat() : PathSeenFrom(actorRef);
    }

    /// <summary>Runs code in which references are seen from <paramref name="address"/>.</summary>
    public static T WithTransport<T>(ActorSystem system, Address address, Func<T> action)
    {
        Information previous = currentTransport;
        currentTransport = new Information(address, system);
        try
        {
            return action();
        }
        finally
        {
            currentTransport = previous;
        }
    }

    /// <summary>Runs code in which references are seen from the system's own address.</summary>
    public static T WithTransport<T>(ExtendedActorSystem system, Func<T> action) => WithTransport(system, action, static run => run());

    /// <inheritdoc cref="WithTransport{T}(ExtendedActorSystem, Func{T})"/>
    public static T WithTransport<TState, T>(ExtendedActorSystem system, TState state, Func<TState, T> action)
    {
        Information previous = currentTransport;
        currentTransport = system.Provider.SerializationInformation;
        try
        {
            return action(state);
        }
        finally
        {
            currentTransport = previous;
        }
    }

    /// <summary>Binds a type, and those assignable to it, to a serialiser, ahead of what is bound already.</summary>
    public void AddSerializationMap(Type type, Serializer serializer)
    {
        lock (_bindings)
        {
            _bindings.RemoveAll(b => b.Type == type);
            _bindings.Insert(0, (type, serializer));
        }

        _cache.Clear();
    }

    public void AddSerializer(Serializer serializer)
    {
        lock (_bindings) _byId[serializer.Identifier] = serializer;
    }

    public void AddSerializer(string name, Serializer serializer)
    {
        AddSerializer(serializer);
        lock (_bindings) _byName[name] = serializer;
    }

    /// <exception cref="SerializationException">There is no serialiser of that number.</exception>
    public object Deserialize(byte[] bytes, int serializerId, Type type) =>
        WithTransport(System, (bytes, type, serializer: ById(serializerId)), static s => s.serializer.FromBinary(s.bytes, s.type));

    /// <exception cref="SerializationException">There is no serialiser of that number, or the manifest's type cannot be found.</exception>
    public object Deserialize(byte[] bytes, int serializerId, string manifest)
    {
        Serializer serializer = ById(serializerId);
        if (serializer is SerializerWithStringManifest named)
            return WithTransport(System, (bytes, manifest, named), static s => s.named.FromBinary(s.bytes, s.manifest));
        if (string.IsNullOrEmpty(manifest)) return Deserialize(bytes, serializerId, (Type)null);
        Type type = BoundTypeOf(manifest, serializer)
            ?? throw new SerializationException($"Cannot find manifest class [{manifest}] for serializer with id [{serializerId}].");
        return Deserialize(bytes, serializerId, type);
    }

    public IActorRef DeserializeActorRef(string path) => System.Provider.ResolveActorRef(path);

    /// <summary>The serialiser of an object.</summary>
    /// <exception cref="SerializationException">Its type is bound to none.</exception>
    public Serializer FindSerializerFor(object obj, string defaultSerializerName = null) =>
        obj is null ? _byName["null"] : FindSerializerForType(obj.GetType(), defaultSerializerName);

    /// <summary>The serialiser of a type: the first bound type that it is assignable to; System.Object comes last.</summary>
    /// <exception cref="SerializationException">It is bound to none.</exception>
    public Serializer FindSerializerForType(Type objectType, string defaultSerializerName = null)
    {
        if (_cache.TryGetValue(objectType, out Serializer known)) return known;
        lock (_bindings)
        {
            Serializer found = _bindings.Find(b => b.Type != typeof(object) && b.Type.IsAssignableFrom(objectType)).Serializer;
            if (found is null && defaultSerializerName is not null) _byName.TryGetValue(defaultSerializerName, out found);
            found ??= _bindings.Find(static b => b.Type == typeof(object)).Serializer;
            return found is null
                ? throw new SerializationException($"Serializer not found for type {objectType.Name}: bind one in akka.actor.serialization-bindings.")
                : _cache[objectType] = found;
        }
    }

    public byte[] Serialize(object o) => WithTransport(System, (self: this, o), static s => s.self.FindSerializerFor(s.o).ToBinary(s.o));

    private static string PathSeenFrom(IActorRef actorRef)
    {
        ActorPath path = actorRef.Path;
        if (currentTransport is { } transport)
            return transport.Address is null ? path.ToSerializationFormat() : path.ToSerializationFormatWithAddress(transport.Address);
        return actorRef is IInternalActorRef { Provider.DefaultAddress: { } own } ? path.ToSerializationFormatWithAddress(own) : path.ToSerializationFormat();
    }

    /// <exception cref="SerializationException">There is no serialiser of that number.</exception>
    internal Serializer ById(int id)
    {
        lock (_bindings)
        {
            return _byId.TryGetValue(id, out Serializer serializer)
                ? serializer
                : throw new SerializationException($"Cannot find serializer with id [{id}]. The most probable reason is that the configuration entry akka.actor.serializers is not in sync between the two systems.");
        }
    }

    /// <summary>Only types that are bound to the serialiser may be named by bytes from outside.</summary>
    private Type BoundTypeOf(string manifest, Serializer serializer)
    {
        Type type = Type.GetType(manifest, throwOnError: false);
        if (type is null) return null;
        lock (_bindings)
            return _bindings.Exists(b => b.Serializer == serializer && b.Type.IsAssignableFrom(type)) ? type : null;
    }

    private void AddConfigured()
    {
        Config config = System.Settings.Config;
        Config serializers = config.GetConfig("akka.actor.serializers");
        if (serializers is not null)
        {
            foreach (KeyValuePair<string, Configuration.Hocon.HoconValue> entry in serializers.AsEnumerable())
                AddSerializer(entry.Key.Trim('"'), MakeSerializer(entry.Key.Trim('"'), entry.Value.GetString()));
        }

        Config bindings = config.GetConfig("akka.actor.serialization-bindings");
        if (bindings is null) return;
        foreach (KeyValuePair<string, Configuration.Hocon.HoconValue> entry in bindings.AsEnumerable())
        {
            var typeName = entry.Key.Trim('"');
            var name = entry.Value.GetString();
            Type type = Type.GetType(typeName, throwOnError: false)
                ?? throw new ConfigurationException($"akka.actor.serialization-bindings: type [{typeName}] cannot be loaded.");
            if (!_byName.TryGetValue(name, out Serializer serializer))
                throw new ConfigurationException($"akka.actor.serialization-bindings: [{typeName}] is bound to [{name}], which is not in akka.actor.serializers.");
            _bindings.Add((type, serializer));
        }
    }

    private Serializer MakeSerializer(string name, string typeName)
    {
        Type type = Type.GetType(typeName ?? "", throwOnError: false)
            ?? throw new ConfigurationException($"akka.actor.serializers: type [{typeName}] of [{name}] cannot be loaded.");
        Config settings = System.Settings.Config.GetConfig($"akka.actor.serialization-settings.\"{name}\"");
        object[] arguments = settings is not null && type.GetConstructor([typeof(ExtendedActorSystem), typeof(Config)]) is not null
            ? [System, settings]
            : [System];
        return (Serializer)Activator.CreateInstance(type, arguments);
    }
}
