using System.Collections.Concurrent;
using ActorBroker.Hosting;
using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Level = Microsoft.Extensions.Logging.LogLevel;

namespace ActorBroker.Tests.Hosting;

public sealed class AkkaLogActorTests : IAsyncLifetime
{
    private const string Refused = "Deserialization failed for message with serializer id [1] and manifest [Some.Type, Some.Assembly]. Nobody is bound to it: ";

    private readonly ActorSystem system = ActorSystem.Create("test", AkkaLogActor.Hocon);
    private readonly Lines lines = new();
    private readonly SetTime time = new();

    public Task InitializeAsync()
    {
        system.ActorOf(Props.Create(() => new AkkaLogActor(lines, time)));
        return Eventually.Holds(
            () =>
            {
                Log("Other", "ready"); // it may not listen yet
                return lines.With("ready").Count > 0;
            },
            "the actor listens");
    }

    public Task DisposeAsync() => system.Terminate();

    [Fact]
    public async Task Messages_refused_again_and_again_are_said_once_a_minute_with_their_number()
    {
        for (var i = 0; i < 100; i++)
        {
            Log("EndpointReader", Refused + i);
        }

        await Reaches("after the first minute");
        Assert.Equal([$"EndpointReader: {Refused}0"], lines.With("Deserialization"));

        time.Advance(TimeSpan.FromSeconds(61));
        Log("EndpointReader", Refused + 100);

        await Eventually.Holds(() => lines.With("Deserialization").Count == 2);
        Assert.Equal($"EndpointReader: {Refused}100 (99 lines of this kind were left out before)", lines.With("Deserialization")[1]);
    }

    [Fact]
    public async Task Messages_refused_for_different_reasons_are_said_each()
    {
        Log("EndpointReader", "Deserialization failed for message with serializer id [1]");
        Log("EndpointReader", "Deserialization failed for message with serializer id [2]");

        await Eventually.Holds(() => lines.With("Deserialization").Count == 2);
    }

    [Fact]
    public async Task A_crowd_of_different_refusals_fills_no_log()
    {
        for (var i = 0; i < 5_000; i++)
        {
            Log("EndpointReader", $"Deserialization failed for message with manifest [{i}]");
        }

        await Reaches("after the crowd");
        Assert.InRange(lines.With("Deserialization").Count, 1, 250);
    }

    [Fact]
    public async Task What_the_nodes_own_actors_say_is_always_said()
    {
        for (var i = 0; i < 10; i++)
        {
            Log("ControllerActor", "the same words");
        }

        await Eventually.Holds(() => lines.With("the same words").Count == 10);
    }

    private void Log(string source, string text) => system.EventStream.Publish(new Warning(source, typeof(DummyClassForStringSources), text));

    /// <summary>Waits until a line has come through, and with it all before.</summary>
    private Task Reaches(string text)
    {
        Log("Other", text);
        return Eventually.Holds(() => lines.With(text).Count > 0);
    }

    private sealed class SetTime : TimeProvider
    {
        private long ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref ticks);

        public void Advance(TimeSpan time) => Interlocked.Add(ref ticks, time.Ticks);
    }

    private sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> all = new();

        public IReadOnlyList<string> With(string text) => [.. all.Where(line => line.Contains(text, StringComparison.Ordinal))];

        public void Log<TState>(Level logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => all.Enqueue(formatter(state, exception));

        public bool IsEnabled(Level logLevel) => true;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;
    }
}
