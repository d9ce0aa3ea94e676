#nullable disable
using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Configuration;
using Akka.Configuration.Hocon;
using Akka.Event;

namespace Akka.Persistence.Journal;

/// <summary>Turns what the journal has into events.</summary>
public interface IReadEventAdapter
{
    /// <param name="evt">What was written.</param>
    /// <param name="manifest">What the adapter said of it when it was written.</param>
    IEventSequence FromJournal(object evt, string manifest);
}

/// <summary>Turns events into what the journal gets.</summary>
public interface IWriteEventAdapter
{
    /// <summary>The form of an event, for reading; empty if it needs none.</summary>
    string Manifest(object evt);

    object ToJournal(object evt);
}

/// <summary>Both directions. Its constructor takes an <see cref="ExtendedActorSystem"/>, or nothing.</summary>
public interface IEventAdapter : IReadEventAdapter, IWriteEventAdapter
{
}

/// <summary>Changes nothing.</summary>
public sealed class IdentityEventAdapter : IEventAdapter
{
    private IdentityEventAdapter()
    {
    }

    public static IdentityEventAdapter Instance { get; } = new();

    public IEventSequence FromJournal(object evt, string manifest) => EventSequence.Single(evt);

    public string Manifest(object evt) => string.Empty;

    public object ToJournal(object evt) => evt;
}

/// <summary>Reads by several adapters, whose events follow each other; writes nothing.</summary>
public sealed class CombinedReadEventAdapter : IEventAdapter
{
    public CombinedReadEventAdapter(IEnumerable<IEventAdapter> adapters) => Adapters = [.. adapters];

    public IEnumerable<IEventAdapter> Adapters { get; }

    public IEventSequence FromJournal(object evt, string manifest) =>
        EventSequence.Create(Adapters.SelectMany(adapter => adapter.FromJournal(evt, manifest).Events));

    /// <exception cref="InvalidOperationException">Always.</exception>
    public string Manifest(object evt) => throw OnlyReads();

    /// <exception cref="InvalidOperationException">Always.</exception>
    public object ToJournal(object evt) => throw OnlyReads();

    private static InvalidOperationException OnlyReads() =>
        new("CombinedReadEventAdapter must not be used when writing (creating manifests) events!");
}

/// <summary>The event adapters of a journal by type of event.</summary>
public class EventAdapters
{
    private readonly ConcurrentDictionary<Type, IEventAdapter> _map;
    private readonly KeyValuePair<Type, IEventAdapter>[] _bindings;

    protected EventAdapters(ConcurrentDictionary<Type, IEventAdapter> map, IEnumerable<KeyValuePair<Type, IEventAdapter>> bindings, ILoggingAdapter log)
    {
        _map = map;
        _bindings = [.. bindings];
    }

    /// <summary>Reads event-adapters and event-adapter-bindings of a journal's section.</summary>
    /// <exception cref="ConfigurationException">A type cannot be loaded, or a binding names no adapter.</exception>
    public static EventAdapters Create(ExtendedActorSystem system, Config config)
    {
        var byName = new Dictionary<string, IEventAdapter>();
        foreach (KeyValuePair<string, HoconValue> entry in Entries(config, "event-adapters"))
            byName[entry.Key.Trim('"')] = Adapter(system, LoadType(entry.Value.GetString(), "event-adapters"));

        var bindings = new List<KeyValuePair<Type, IEventAdapter>>();
        foreach (KeyValuePair<string, HoconValue> entry in Entries(config, "event-adapter-bindings"))
        {
            IEventAdapter[] adapters = [.. (entry.Value.IsArray() ? entry.Value.GetStringList() : [entry.Value.GetString()]).Select(name =>
                byName.GetValueOrDefault(name) ?? throw new ConfigurationException($"event-adapter-bindings: [{entry.Key}] is bound to [{name}], which is not in event-adapters."))];
            Type type = LoadType(entry.Key.Trim('"'), "event-adapter-bindings");
            // A subtype comes before its supertypes.
            var at = bindings.FindIndex(b => b.Key.IsAssignableFrom(type));
            bindings.Insert(at < 0 ? bindings.Count : at, new(type, adapters.Length == 1 ? adapters[0] : new CombinedReadEventAdapter(adapters)));
        }

        return new EventAdapters(new ConcurrentDictionary<Type, IEventAdapter>(), bindings, system.Log);
    }

    public IEventAdapter Get<T>() => Get(typeof(T));

    /// <summary>The adapter of the closest bound type; one that changes nothing if there is none.</summary>
    public virtual IEventAdapter Get(Type type)
    {
        if (_bindings.Length == 0) return IdentityEventAdapter.Instance;
        return _map.GetOrAdd(type, static (t, bindings) => Array.Find(bindings, b => b.Key.IsAssignableFrom(t)).Value ?? IdentityEventAdapter.Instance, _bindings);
    }

    private static IEnumerable<KeyValuePair<string, HoconValue>> Entries(Config config, string key) => config.GetConfig(key)?.AsEnumerable() ?? [];

    private static Type LoadType(string name, string key) =>
        Type.GetType(name ?? "", throwOnError: false) ?? throw new ConfigurationException($"{key}: type [{name}] cannot be loaded.");

    private static IEventAdapter Adapter(ExtendedActorSystem system, Type type)
    {
        object[] arguments = type.GetConstructor([typeof(ExtendedActorSystem)]) is not null ? [system] : [];
        return Activator.CreateInstance(type, arguments) switch
        {
            IEventAdapter both => both,
            IReadEventAdapter reader => new OneWay(reader, IdentityEventAdapter.Instance),
            IWriteEventAdapter writer => new OneWay(IdentityEventAdapter.Instance, writer),
            _ => throw new ConfigurationException($"event-adapters: [{type}] is no event adapter."),
        };
    }

    private sealed class OneWay(IReadEventAdapter reader, IWriteEventAdapter writer) : IEventAdapter
    {
        public IEventSequence FromJournal(object evt, string manifest) => reader.FromJournal(evt, manifest);

        public string Manifest(object evt) => writer.Manifest(evt);

        public object ToJournal(object evt) => writer.ToJournal(evt);
    }
}

/// <summary>An event with tags. The journals here store the event alone.</summary>
public struct Tagged
{
    public Tagged(object payload, IEnumerable<string> tags)
    {
        Payload = payload;
        Tags = [.. tags];
    }

    public Tagged(object payload, IImmutableSet<string> tags)
    {
        Payload = payload;
        Tags = tags;
    }

    public object Payload { get; }

    public IImmutableSet<string> Tags { get; }
}
