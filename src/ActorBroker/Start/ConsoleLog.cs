using ActorBroker.Model.Options;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Start;

/// <summary>The node's log: one line for each event on standard output, time in UTC. Written by hand because a node's start cannot wait for a logging framework.</summary>
internal sealed class ConsoleLog(TextWriter output, LogSeverity minimum) : ILoggerFactory
{
    private readonly Lock gate = new();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    /// <summary>Other providers are not taken.</summary>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The node's log has one destination, standard output.");

    public void Dispose()
    {
        lock (gate)
            output.Flush();
    }

    public void Write(LogSeverity severity, string category, string message, Exception? error = null)
    {
        if (severity < minimum)
            return;
        var line = $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {Name(severity)} {category}: {message}";
        lock (gate)
        {
            output.WriteLine(line);
            if (error is not null)
                output.WriteLine(error.ToString());
            output.Flush();
        }
    }

    private static string Name(LogSeverity severity) => severity switch
    {
        LogSeverity.Trace => "trace",
        LogSeverity.Debug => "debug",
        LogSeverity.Info => "info ",
        LogSeverity.Warning => "warn ",
        LogSeverity.Error => "error",
        _ => "fatal",
    };

    private sealed class Category(ConsoleLog log, string name) : ILogger
    {
        private readonly string shortName = name.StartsWith("ActorBroker.", StringComparison.Ordinal) ? name["ActorBroker.".Length..] : name;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && (LogSeverity)logLevel >= log.Minimum;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                log.Write((LogSeverity)logLevel, shortName, formatter(state, exception), exception);
        }
    }

    private LogSeverity Minimum => minimum;
}
