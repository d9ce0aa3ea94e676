#nullable disable
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Actor;

/// <summary>A system's settings: its configuration over the reference configuration, and the parts read at the start.</summary>
public class Settings
{
    private readonly Config _user;
    private Config _fallback = ConfigurationFactory.Default();

    public Settings(ActorSystem system, Config config)
        : this(system, config, ActorSystemSetup.Empty)
    {
    }

    public Settings(ActorSystem system, Config config, ActorSystemSetup setup)
    {
        System = system;
        Setup = setup;
        _user = config;
        Rebuild();

        ConfigVersion = Config.GetString("akka.version");
        ProviderClass = Config.GetString("akka.actor.provider");
        SupervisorStrategyClass = Config.GetString("akka.actor.guardian-supervisor-strategy");
        AskTimeout = Config.GetTimeSpan("akka.actor.ask-timeout", Timeout.InfiniteTimeSpan);
        CreationTimeout = Config.GetTimeSpan("akka.actor.creation-timeout");
        SerializeAllMessages = Config.GetBoolean("akka.actor.serialize-messages");
        SerializeAllCreators = Config.GetBoolean("akka.actor.serialize-creators");
        LogLevel = Config.GetString("akka.loglevel");
        StdoutLogLevel = Config.GetString("akka.stdout-loglevel");
        Loggers = Config.GetStringList("akka.loggers");
        LoggersDispatcher = Config.GetString("akka.loggers-dispatcher");
        LoggerStartTimeout = Config.GetTimeSpan("akka.logger-startup-timeout");
        LoggerAsyncStart = Config.GetBoolean("akka.logger-async-start");
        LogConfigOnStart = Config.GetBoolean("akka.log-config-on-start");
        LogDeadLetters = Config.GetString("akka.log-dead-letters") switch
        {
            "on" or "true" => int.MaxValue,
            "off" or "false" => 0,
            _ => Config.GetInt("akka.log-dead-letters"),
        };
        LogDeadLettersDuringShutdown = Config.GetBoolean("akka.log-dead-letters-during-shutdown");
        LogDeadLettersSuspendDuration = Config.GetString("akka.log-dead-letters-suspend-duration") == "infinite"
            ? Timeout.InfiniteTimeSpan
            : Config.GetTimeSpan("akka.log-dead-letters-suspend-duration");
        AddLoggingReceive = Config.GetBoolean("akka.actor.debug.receive");
        DebugAutoReceive = Config.GetBoolean("akka.actor.debug.autoreceive");
        DebugLifecycle = Config.GetBoolean("akka.actor.debug.lifecycle");
        FsmDebugEvent = Config.GetBoolean("akka.actor.debug.fsm");
        DebugEventStream = Config.GetBoolean("akka.actor.debug.event-stream");
        DebugUnhandledMessage = Config.GetBoolean("akka.actor.debug.unhandled");
        DebugTimerScheduler = Config.GetBoolean("akka.actor.debug.log-timers");
        SchedulerClass = Config.GetString("akka.scheduler.implementation");
        SchedulerShutdownTimeout = Config.GetTimeSpan("akka.scheduler.shutdown-timeout");
        CoordinatedShutdownTerminateActorSystem = Config.GetBoolean("akka.coordinated-shutdown.terminate-actor-system");
        CoordinatedShutdownRunByActorSystemTerminate = Config.GetBoolean("akka.coordinated-shutdown.run-by-actor-system-terminate");
        if (CoordinatedShutdownRunByActorSystemTerminate && !CoordinatedShutdownTerminateActorSystem)
        {
            throw new ConfigurationException(
                "akka.coordinated-shutdown.run-by-actor-system-terminate=on and akka.coordinated-shutdown.terminate-actor-system=off contradict each other: the system would never end.");
        }

        StdoutLogger = new StandardOutLogger();
        LogFormatter = Formatter(Config.GetString("akka.logger-formatter"));
    }

    public bool AddLoggingReceive { get; }

    /// <summary>Timeout of asks that give none; infinite by default.</summary>
    public TimeSpan AskTimeout { get; }

    /// <summary>The whole configuration.</summary>
    public Config Config { get; private set; }

    public string ConfigVersion { get; }

    public bool CoordinatedShutdownRunByActorSystemTerminate { get; }

    public bool CoordinatedShutdownTerminateActorSystem { get; }

    /// <summary>Longest wait for the creation of a system actor.</summary>
    public TimeSpan CreationTimeout { get; }

    public bool DebugAutoReceive { get; }

    public bool DebugEventStream { get; }

    public bool DebugLifecycle { get; }

    public bool DebugTimerScheduler { get; }

    public bool DebugUnhandledMessage { get; }

    public bool FsmDebugEvent { get; }

    public bool LogConfigOnStart { get; }

    /// <summary>Dead letters that are logged before the log goes quiet; 0 for none.</summary>
    public int LogDeadLetters { get; }

    public bool LogDeadLettersDuringShutdown { get; }

    /// <summary>How long the log of dead letters stays quiet; infinite for ever.</summary>
    public TimeSpan LogDeadLettersSuspendDuration { get; }

    public ILogMessageFormatter LogFormatter { get; }

    public string LogLevel { get; }

    public bool LoggerAsyncStart { get; }

    public TimeSpan LoggerStartTimeout { get; }

    /// <summary>Classes of the loggers.</summary>
    public IList<string> Loggers { get; }

    public string LoggersDispatcher { get; }

    public string ProviderClass { get; }

    public string SchedulerClass { get; }

    public TimeSpan SchedulerShutdownTimeout { get; }

    public bool SerializeAllCreators { get; }

    public bool SerializeAllMessages { get; }

    /// <summary>What was given in code.</summary>
    public ActorSystemSetup Setup { get; }

    public string StdoutLogLevel { get; }

    /// <summary>Logs before the loggers have started and after they have stopped.</summary>
    public MinimalLogger StdoutLogger { get; }

    public string SupervisorStrategyClass { get; }

    public ActorSystem System { get; }

    /// <summary>Adds defaults of an extension behind the configuration.</summary>
    public void InjectTopLevelFallback(Config config)
    {
        _fallback = config.SafeWithFallback(_fallback);
        Rebuild();
    }

    public override string ToString() => Config.ToString();

    private static ILogMessageFormatter Formatter(string typeName)
    {
        if (string.IsNullOrEmpty(typeName)) return DefaultLogMessageFormatter.Instance;
        Type type = Type.GetType(typeName, throwOnError: false)
            ?? throw new ConfigurationException($"akka.logger-formatter [{typeName}] cannot be loaded.");
        return type == typeof(DefaultLogMessageFormatter) ? DefaultLogMessageFormatter.Instance : (ILogMessageFormatter)Activator.CreateInstance(type);
    }

    private void Rebuild() => Config = _user.SafeWithFallback(_fallback);
}
