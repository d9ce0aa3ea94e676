#nullable disable
using System.Collections.Concurrent;
using System.Reflection;
using Akka.Actor;
using Akka.Configuration;
using Akka.Persistence.Journal;

namespace Akka.Persistence;

/// <summary>Adds persistence to a system.</summary>
public class Persistence : ExtensionIdProvider<PersistenceExtension>
{
    public static Persistence Instance { get; } = new();

    /// <summary>Every key that is read, with its default.</summary>
    public static Config DefaultConfig() => ConfigurationFactory.FromResource<Persistence>("Akka.Persistence.Configuration.persistence.conf");

    public override PersistenceExtension CreateExtension(ExtendedActorSystem system) => new(system);
}

/// <summary>The journals and snapshot stores of a system, by the path of their section; each is an actor /system/[path], started with its first use.</summary>
public class PersistenceExtension : IExtension
{
    private const string JournalFallback = "akka.persistence.journal-plugin-fallback";
    private const string SnapshotFallback = "akka.persistence.snapshot-store-plugin-fallback";
    private const string NoSnapshotStore = "akka.persistence.no-snapshot-store";

    private readonly ExtendedActorSystem _system;
    private readonly Config _config;
    private readonly ConcurrentDictionary<string, Lazy<Plugin>> _plugins = new();
    private readonly ConcurrentDictionary<string, Lazy<EventAdapters>> _adapters = new();
    private readonly Lazy<IActorRef> _recoveryPermitter;
    private readonly Lazy<IStashOverflowStrategy> _overflowStrategy;

    /// <exception cref="ArgumentException">A plug-in that starts with the extension is not configured.</exception>
    public PersistenceExtension(ExtendedActorSystem system)
    {
        _system = system;
        system.Settings.InjectTopLevelFallback(Persistence.DefaultConfig());
        _config = system.Settings.Config.GetConfig("akka.persistence");
        _recoveryPermitter = new Lazy<IActorRef>(() => system.SystemActorOf(
            Props.Create(() => new RecoveryPermitter(_config.GetInt("max-concurrent-recoveries", 50))), "recoveryPermitter"));
        _overflowStrategy = new Lazy<IStashOverflowStrategy>(() =>
            ((IStashOverflowStrategyConfigurator)Activator.CreateInstance(ClassAt(_config, "internal-stash-overflow-strategy", "akka.persistence"))).Create(system.Settings.Config));
        foreach (var path in _config.GetStringList("journal.auto-start-journals")) JournalFor(path);
        foreach (var path in _config.GetStringList("snapshot-store.auto-start-snapshot-stores")) SnapshotStoreFor(path);
    }

    /// <summary>The strategy of akka.persistence.internal-stash-overflow-strategy.</summary>
    public IStashOverflowStrategy DefaultInternalStashOverflowStrategy => _overflowStrategy.Value;

    internal IActorRef RecoveryPermitter => _recoveryPermitter.Value;

    /// <summary>The event adapters of a journal; null or empty for the default one.</summary>
    public EventAdapters AdaptersFor(string journalPluginId) => AdaptersAt(JournalPath(journalPluginId));

    /// <summary>A journal; null or empty for the default one.</summary>
    /// <exception cref="ArgumentException">It is not configured.</exception>
    public IActorRef JournalFor(string journalPluginId) => PluginAt(JournalPath(journalPluginId), JournalFallback).Ref;

    /// <summary>The persistence id of an actor without one of its own: its path.</summary>
    public string PersistenceId(IActorRef actor) => actor.Path.ToStringWithoutAddress();

    /// <summary>A snapshot store; null or empty for the default one, which may be one that has nothing.</summary>
    /// <exception cref="ArgumentException">It is not configured.</exception>
    public IActorRef SnapshotStoreFor(string snapshotPluginId)
    {
        var path = string.IsNullOrEmpty(snapshotPluginId) ? _config.GetString("snapshot-store.plugin") : snapshotPluginId;
        return PluginAt(string.IsNullOrEmpty(path) ? NoSnapshotStore : path, SnapshotFallback).Ref;
    }

    internal Config JournalConfigFor(string journalPluginId) => PluginAt(JournalPath(journalPluginId), JournalFallback).Config;

    internal EventAdapters AdaptersAt(string path) => _adapters.GetOrAdd(
        path,
        static (key, self) => new Lazy<EventAdapters>(() => EventAdapters.Create(
            self._system,
            (self._system.Settings.Config.GetConfig(key) ?? Config.Empty).WithFallback(self._system.Settings.Config.GetConfig(JournalFallback)))),
        this).Value;

    private static Type ClassAt(Config config, string key, string path)
    {
        var name = config.GetString(key);
        if (string.IsNullOrEmpty(name)) throw new ArgumentException($"Plugin class name [{key}] must be defined in config section [{path}].");
        return Type.GetType(name, throwOnError: false)
            ?? throw new ConfigurationException($"{path}.{key}: type [{name}] cannot be loaded.");
    }

    private string JournalPath(string journalPluginId)
    {
        var path = string.IsNullOrEmpty(journalPluginId) ? _config.GetString("journal.plugin") : journalPluginId;
        return string.IsNullOrEmpty(path)
            ? throw new ArgumentException("Default journal plugin is not configured, see akka.persistence.journal.plugin.")
            : path;
    }

    private Plugin PluginAt(string path, string fallbackPath) =>
        _plugins.GetOrAdd(path, static (key, s) => new Lazy<Plugin>(() => s.self.Start(key, s.fallbackPath)), (self: this, fallbackPath)).Value;

    private Plugin Start(string path, string fallbackPath)
    {
        Config section = _system.Settings.Config.GetConfig(path);
        if (section is null || section.IsEmpty) throw new ArgumentException($"Plugin config section [{path}] does not exist or is empty.", nameof(path));
        Config config = section.WithFallback(_system.Settings.Config.GetConfig(fallbackPath));
        Type type = ClassAt(config, "class", path);
        object[] arguments = type.GetConstructor(BindingFlags.Instance | BindingFlags.Public, [typeof(Config)]) is not null ? [config] : [];
        Props props = Props.Create(type, arguments).WithDispatcher(config.GetString("plugin-dispatcher"));
        return new Plugin(_system.SystemActorOf(props, path), config);
    }

    private sealed record Plugin(IActorRef Ref, Config Config);
}
