using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Server.Network;

/// <summary>
/// What connections have to say, at a bounded rate: clients decide how often they do what is worth a line, and a hostile one would fill the disk with them. Of each
/// kind of line so many pass in a window; the others are counted, and the count is a line of its own when the window is over. Debug lines always pass.
/// </summary>
internal sealed class ConnectionLogger(ILogger inner, TimeProvider time) : ILogger
{
    /// <summary>Lines of one kind (event id) that pass in a window.</summary>
    public const int LinesPerWindow = 20;

    /// <summary>How long a window is.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<int, Kind> _kinds = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => inner.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
        {
            return;
        }

        if (logLevel >= LogLevel.Information)
        {
            var kind = _kinds.GetOrAdd(eventId.Id, static (_, id) => new Kind(id), eventId);
            var passes = kind.Passes(time, out var suppressed);
            Report(kind, suppressed);
            if (!passes)
            {
                return;
            }
        }

        inner.Log(logLevel, eventId, state, exception, formatter);
    }

    /// <summary>Tells how many lines were left out in windows that are over. Called now and then, since nothing else may be said any more.</summary>
    public void Sweep(bool isLast = false)
    {
        foreach (var (_, kind) in _kinds)
        {
            Report(kind, kind.TakeSuppressed(time, isLast));
        }
    }

    private void Report(Kind kind, long suppressed)
    {
        if (suppressed > 0)
        {
            NetworkLog.LinesLeftOut(inner, suppressed, kind.EventId, Window.TotalSeconds);
        }
    }

    private sealed class Kind(EventId eventId)
    {
        public EventId EventId => eventId;

        private readonly Lock _gate = new();
        private long _windowStart;
        private int _passed;
        private long _suppressed;

        /// <param name="suppressed">Lines that were left out in a window that is over now.</param>
        public bool Passes(TimeProvider time, out long suppressed)
        {
            lock (_gate)
            {
                suppressed = 0;
                if (_passed == 0 || IsOver(time))
                {
                    suppressed = _suppressed;
                    (_windowStart, _passed, _suppressed) = (time.GetTimestamp(), 0, 0);
                }

                if (_passed < LinesPerWindow)
                {
                    _passed++;
                    return true;
                }

                _suppressed++;
                return false;
            }
        }

        public long TakeSuppressed(TimeProvider time, bool isLast)
        {
            lock (_gate)
            {
                var suppressed = isLast || IsOver(time) ? _suppressed : 0;
                _suppressed -= suppressed;
                return suppressed;
            }
        }

        private bool IsOver(TimeProvider time) => time.GetElapsedTime(_windowStart) >= Window;
    }
}
