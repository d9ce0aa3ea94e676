#nullable disable
using Akka.Actor;
using Akka.Actor.Internal;
using Akka.Configuration;
using Akka.Dispatch;

namespace Akka.Event;

/// <summary>A bus by type that starts and stops the loggers.</summary>
public class LoggingBus : ActorEventBus<object, Type>
{
    private static readonly LogLevel[] AllLevels = [LogLevel.DebugLevel, LogLevel.InfoLevel, LogLevel.WarningLevel, LogLevel.ErrorLevel];

    private readonly List<IActorRef> _loggers = [];

    /// <summary>The level from which events are published.</summary>
    public LogLevel LogLevel { get; private set; }

    /// <summary>Changes the level from which events are published.</summary>
    public void SetLogLevel(LogLevel logLevel)
    {
        LogLevel = logLevel;
        foreach (IActorRef logger in _loggers)
        {
            foreach (LogLevel level in AllLevels)
            {
                if (level >= logLevel) Subscribe(logger, level.ClassFor());
                else Unsubscribe(logger, level.ClassFor());
            }
        }
    }

    /// <summary>Logs to the standard output until the configured loggers have started.</summary>
    public void StartStdoutLogger(Settings config)
    {
        LogLevel level = Logging.LogLevelFor(config.StdoutLogLevel);
        SubscribeFrom(level, config.StdoutLogger);
        LogLevel = level;
    }

    internal void StartDefaultLoggers(ActorSystemImpl system)
    {
        LogLevel level = Logging.LogLevelFor(system.Settings.LogLevel);
        foreach (var typeName in system.Settings.Loggers)
        {
            if (string.IsNullOrEmpty(typeName)) continue;
            Type type = Type.GetType(typeName, throwOnError: false)
                ?? throw new ConfigurationException($"Logger specified in config cannot be found: \"{typeName}\"");
            AddLogger(system, type, level);
        }

        LogLevel = level;
        if (_loggers.Count > 0) Unsubscribe(system.Settings.StdoutLogger);
    }

    internal void StopDefaultLoggers(ActorSystemImpl system)
    {
        LogLevel level = Logging.LogLevelFor(system.Settings.StdoutLogLevel);
        SubscribeFrom(level, system.Settings.StdoutLogger);
        LogLevel = level;
        foreach (IActorRef logger in _loggers)
        {
            Unsubscribe(logger);
            ((IInternalActorRef)logger).Stop();
        }
    }

    protected override bool Classify(object @event, Type classifier) => classifier.IsInstanceOfType(@event);

    protected override Type GetClassifier(object @event) => @event.GetType();

    protected override bool IsSubClassification(Type parent, Type child) => parent.IsAssignableFrom(child);

    protected override void Publish(object @event, IActorRef subscriber) => subscriber.Tell(@event, ActorRefs.NoSender);

    private void SubscribeFrom(LogLevel level, IActorRef logger)
    {
        foreach (LogLevel one in AllLevels)
            if (one >= level) Subscribe(logger, one.ClassFor());
    }

    private void AddLogger(ActorSystemImpl system, Type type, LogLevel level)
    {
        Props props = Props.Create(type);
        if (system.Settings.LoggersDispatcher is { Length: > 0 } dispatcher && dispatcher != Dispatchers.DefaultDispatcherId)
            props = props.WithDispatcher(dispatcher);
        IActorRef logger = system.SystemActorOf(props, $"log{_loggers.Count + 1}-{Logging.SimpleName(type)}");
        Task<object> started = logger.Ask<object>(new InitializeLogger(this), system.Settings.LoggerStartTimeout, CancellationToken.None);
        if (!system.Settings.LoggerAsyncStart)
        {
            try
            {
                if (started.GetAwaiter().GetResult() is not LoggerInitialized)
                    throw new LoggerInitializationException($"Logger [{type}] did not respond with LoggerInitialized");
            }
            catch (AskTimeoutException)
            {
                Publish(new Warning(GetType().Name, GetType(), $"Logger [{type}] did not respond within {system.Settings.LoggerStartTimeout} to InitializeLogger(bus)"));
            }
        }

        _loggers.Add(logger);
        SubscribeFrom(level, logger);
    }
}

/// <summary>Tells a logger to start; it answers with <see cref="LoggerInitialized"/>.</summary>
public class InitializeLogger : INoSerializationVerificationNeeded
{
    public InitializeLogger(LoggingBus loggingBus) => LoggingBus = loggingBus;

    public LoggingBus LoggingBus { get; }
}

/// <summary>Says that a logger has started.</summary>
public class LoggerInitialized : INoSerializationVerificationNeeded, IDeadLetterSuppression
{
}

/// <summary>A logger that is no actor, for the time before and after the actors.</summary>
public abstract class MinimalLogger : MinimalActorRef
{
    private static readonly ActorPath LoggerPath = new RootActorPath(Address.AllSystems, "/") / "MinimalLogger";

    public sealed override ActorPath Path => LoggerPath;

    public sealed override IActorRefProvider Provider => throw new NotSupportedException("This logger has no provider.");

    /// <summary>Logs an event.</summary>
    protected abstract void Log(object message);

    protected sealed override void TellInternal(object message, IActorRef sender) =>
        Log(message ?? throw new ArgumentNullException(nameof(message)));
}

/// <summary>Writes to the standard output, in colours if it is a terminal.</summary>
public class StandardOutLogger : MinimalLogger
{
    private static readonly Lock WriteLock = new();

    public static ConsoleColor DebugColor { get; set; } = ConsoleColor.Gray;

    public static ConsoleColor ErrorColor { get; set; } = ConsoleColor.Red;

    public static ConsoleColor InfoColor { get; set; } = ConsoleColor.White;

    public static bool UseColors { get; set; } = true;

    public static ConsoleColor WarningColor { get; set; } = ConsoleColor.Yellow;

    internal static void Print(LogEvent logEvent)
    {
        lock (WriteLock)
        {
            if (!UseColors || Console.IsOutputRedirected)
            {
                Console.Out.WriteLine(logEvent);
                return;
            }

            Console.ForegroundColor = logEvent.LogLevel() switch
            {
                LogLevel.DebugLevel => DebugColor,
                LogLevel.InfoLevel => InfoColor,
                LogLevel.WarningLevel => WarningColor,
                _ => ErrorColor,
            };
            Console.Out.WriteLine(logEvent);
            Console.ResetColor();
        }
    }

    protected override void Log(object message)
    {
        if (message is LogEvent logEvent) Print(logEvent);
        else Console.Out.WriteLine(message);
    }
}

/// <summary>The default logger: writes to the standard output.</summary>
public class DefaultLogger : ActorBase, IRequiresMessageQueue<ILoggerMessageQueueSemantics>
{
    /// <summary>Writes one event.</summary>
    protected virtual void Print(LogEvent logEvent) => StandardOutLogger.Print(logEvent);

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case InitializeLogger:
                Sender.Tell(new LoggerInitialized(), Self);
                return true;
            case LogEvent logEvent:
                Print(logEvent);
                return true;
            default:
                return false;
        }
    }
}

/// <summary>The mailbox of loggers.</summary>
public interface ILoggerMessageQueueSemantics : ISemantics
{
}

/// <summary>Makes the queues of loggers.</summary>
internal sealed class LoggerMailboxType : MailboxType, IProducesMessageQueue<LoggerMailboxType.Queue>
{
    public LoggerMailboxType(Settings settings, Config config)
        : base(settings, config)
    {
    }

    public override Dispatch.MessageQueues.IMessageQueue Create(IActorRef owner, ActorSystem system) => new Queue();

    internal sealed class Queue : Dispatch.MessageQueues.UnboundedMessageQueue, ILoggerMessageQueueSemantics
    {
    }
}
