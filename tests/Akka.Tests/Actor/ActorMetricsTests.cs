using System.Diagnostics.Metrics;
using Akka.Actor;
using Akka.TestKit.Xunit2;

namespace Akka.Tests.Actor;

public sealed class ActorMetricsTests : TestKit.Xunit2.TestKit
{
    public ActorMetricsTests()
        : base("akka { loglevel = OFF, stdout-loglevel = OFF, actor.metrics { enabled = on, sample-every = 1 } }")
    {
    }

    [Fact]
    public void Waiting_messages_and_actors_are_counted_when_somebody_reads()
    {
        using var gate = new ManualResetEventSlim();
        IActorRef blocked = Sys.ActorOf(Props.Create(() => new Blocking(gate)), "blocked");
        for (var i = 0; i < 11; i++) blocked.Tell("work");
        AwaitAssert(() =>
        {
            Dictionary<string, (double Value, string Tags)> read = Read();
            Assert.True(read["akka.actors"].Value >= 4);
            Assert.InRange(read["akka.mailbox.messages"].Value, 10, 20);
            Assert.Equal(10, read["akka.mailbox.longest"].Value);
            Assert.Contains("/user/blocked", read["akka.mailbox.longest"].Tags);
        });
        gate.Set();
    }

    [Fact]
    public void Restarts_and_processing_times_are_recorded_by_the_actors_class()
    {
        var measured = new System.Collections.Concurrent.ConcurrentQueue<(string Name, string Tags)>();
        using MeterListener listener = Listen((instrument, _, tags) => measured.Enqueue((instrument, tags)));
        IActorRef failing = Sys.ActorOf(Props.Create(() => new Failing()));

        failing.Tell("fail");
        failing.Tell("again");

        AwaitCondition(() => measured.Count(static m => m.Name == "akka.actor.restarts" && m.Tags.Contains("Failing")) == 2);
        AwaitCondition(() => measured.Any(static m => m.Name == "akka.actor.processing.time" && m.Tags.Contains("Failing")));
    }

    private Dictionary<string, (double Value, string Tags)> Read()
    {
        var read = new Dictionary<string, (double, string)>();
        using MeterListener listener = Listen((instrument, value, tags) => read[instrument] = (value, tags));
        listener.RecordObservableInstruments();
        return read;
    }

    private MeterListener Listen(Action<string, double, string> measured)
    {
        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var text = string.Join(' ', tags.ToArray().Select(static t => $"{t.Key}={t.Value}"));
            if (text.Contains($"system={Sys.Name}")) measured(instrument.Name, value, text);
        }

        var listener = new MeterListener { InstrumentPublished = static (instrument, l) => { if (instrument.Meter.Name == "Akka") l.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        return listener;
    }

    private sealed class Blocking(ManualResetEventSlim gate) : UntypedActor
    {
        protected override void OnReceive(object message) => gate.Wait();
    }

    private sealed class Failing : UntypedActor
    {
        protected override void OnReceive(object message) => throw new InvalidOperationException("as asked");
    }
}
