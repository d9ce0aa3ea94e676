using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Event;

namespace ActorBroker.Actors.Tests;

/// <summary>What the actors of a system log from now on, at information level and above.</summary>
internal sealed class LogLines
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> lines = new();
    private readonly ActorSystem system;

    public LogLines(ActorSystem system)
    {
        this.system = system;
        system.EventStream.SetLogLevel(LogLevel.InfoLevel);
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Reader(lines))), typeof(LogEvent));
    }

    /// <summary>All lines that were logged before this call and have this text.</summary>
    public async Task<IReadOnlyList<(LogLevel Level, string Text)>> With(string text)
    {
        var last = $"read up to {Guid.NewGuid()}";
        system.Log.Info(last);
        await Says(last);
        return [.. lines.Where(line => line.Text.Contains(text, StringComparison.Ordinal))];
    }

    public Task Says(string text) =>
        Eventually.Holds(() => lines.Any(line => line.Text.Contains(text, StringComparison.Ordinal)), text, () => string.Join('\n', lines));

    private sealed class Reader : ReceiveActor
    {
        public Reader(ConcurrentQueue<(LogLevel Level, string Text)> lines) => Receive<LogEvent>(line => lines.Enqueue((line.LogLevel(), line.Message.ToString()!)));
    }
}
