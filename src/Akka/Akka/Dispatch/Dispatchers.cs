#nullable disable
using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Dispatch;

/// <summary>The dispatchers of a system, by the path of their configuration.</summary>
public sealed class Dispatchers
{
    public const string DefaultBlockingDispatcherId = "akka.actor.default-blocking-io-dispatcher";
    public const string DefaultDispatcherId = "akka.actor.default-dispatcher";
    public const string SynchronizedDispatcherId = "akka.actor.synchronized-dispatcher";

    private readonly ActorSystem _system;
    private readonly ILoggingAdapter _logger;
    private readonly ConcurrentDictionary<string, MessageDispatcherConfigurator> _configurators = new();
    private MessageDispatcher _default;

    public Dispatchers(ActorSystem system, IDispatcherPrerequisites prerequisites, ILoggingAdapter logger)
    {
        _system = system;
        _logger = logger;
        Prerequisites = prerequisites;
    }

    /// <summary>Section of the default dispatcher, the fallback of all others.</summary>
    public Config DefaultDispatcherConfig => _system.Settings.Config.GetConfig(DefaultDispatcherId);

    /// <summary>The default dispatcher.</summary>
    public MessageDispatcher DefaultGlobalDispatcher => _default ??= Lookup(DefaultDispatcherId);

    /// <summary>What dispatchers need from the system.</summary>
    public IDispatcherPrerequisites Prerequisites { get; }

    /// <summary>The section of a dispatcher with its id; a section that is a string is an alias.</summary>
    public static Config GetConfig(Config config, string id, int depth = 0)
    {
        if (depth > 20) throw new ConfigurationException($"Dispatcher alias [{id}] leads in a circle.");
        if (!config.HasPath(id)) return Config.Empty;
        if (config.GetValue(id).IsString()) return GetConfig(config, config.GetString(id), depth + 1);
        return ConfigurationFactory.ParseString($"id = \"{id}\"").WithFallback(config.GetConfig(id));
    }

    /// <summary>True if the configuration has a dispatcher of that id.</summary>
    public bool HasDispatcher(string id) => _configurators.ContainsKey(id) || _system.Settings.Config.HasPath(id);

    /// <summary>The dispatcher of that id.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public MessageDispatcher Lookup(string dispatcherName) => LookupConfigurator(dispatcherName).Dispatcher();

    /// <summary>Adds a dispatcher that is not in the configuration; false if the id is taken.</summary>
    public bool RegisterConfigurator(string id, MessageDispatcherConfigurator configurator) => _configurators.TryAdd(id, configurator);

    internal void StopThreads()
    {
        foreach (MessageDispatcherConfigurator configurator in _configurators.Values)
            if (configurator is not PinnedDispatcherConfigurator) configurator.Dispatcher().StopThreads();
    }

    private MessageDispatcherConfigurator LookupConfigurator(string id)
    {
        if (_configurators.TryGetValue(id, out MessageDispatcherConfigurator known)) return known;
        if (!_system.Settings.Config.HasPath(id)) throw new ConfigurationException($"Dispatcher [{id}] not configured.");
        return _configurators.GetOrAdd(id, static (key, self) => self.ConfiguratorFrom(GetConfig(self._system.Settings.Config, key)), this);
    }

    private MessageDispatcherConfigurator ConfiguratorFrom(Config config)
    {
        Config defaults = DefaultDispatcherConfig;
        if (defaults is not null) config = config.WithFallback(defaults);
        var type = config.GetString("type");
        switch (type)
        {
            case "Dispatcher" or "TaskDispatcher" or "ChannelDispatcher":
                return new DispatcherConfigurator(config, Prerequisites);
            case "ForkJoinDispatcher":
                return new ForkJoinDispatcherConfigurator(config, Prerequisites);
            case "PinnedDispatcher":
                return new PinnedDispatcherConfigurator(config, Prerequisites);
            case "SynchronizedDispatcher":
                return new CurrentContextDispatcherConfigurator(config, Prerequisites);
            case null or "":
                throw new ConfigurationException($"Dispatcher [{config.GetString("id")}] has no type.");
        }

        Type configurator = Type.GetType(type, throwOnError: false);
        if (configurator is null || !typeof(MessageDispatcherConfigurator).IsAssignableFrom(configurator))
        {
            _logger?.Error("Dispatcher type [{0}] of [{1}] cannot be loaded", type, config.GetString("id"));
            throw new ConfigurationException($"Could not resolve dispatcher type [{type}] for path [{config.GetString("id")}]");
        }

        return (MessageDispatcherConfigurator)Activator.CreateInstance(configurator, config, Prerequisites);
    }
}
