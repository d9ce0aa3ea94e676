#nullable disable
using System.Diagnostics.Metrics;
using Akka.Actor;

namespace Akka.Remote.Transport;

/// <summary>The meter "Akka.Remote": what the lanes have carried, and what waits in them. Read only when somebody asks.</summary>
internal sealed class RemotingMetrics : IDisposable
{
    private readonly Meter _meter = new("Akka.Remote");
    private long _closedFrames;
    private long _closedBytes;

    public RemotingMetrics(Remoting remoting)
    {
        _meter.CreateObservableCounter("akka.remote.sent.frames", () => PerLane(remoting, static l => l.SentFrames), "{frame}", "Frames written to sockets");
        _meter.CreateObservableCounter("akka.remote.sent.bytes", () => PerLane(remoting, static l => l.SentBytes), "By", "Bytes written to sockets");
        _meter.CreateObservableCounter("akka.remote.dropped.frames", () => PerLane(remoting, static l => l.Dropped), "{frame}", "Messages dropped for want of room or of a connection");
        _meter.CreateObservableUpDownCounter("akka.remote.queue.bytes", () => PerLane(remoting, static l => l.QueuedBytes), "By", "Bytes that wait in a lane");
        _meter.CreateObservableCounter("akka.remote.received.frames", () => Interlocked.Read(ref _closedFrames) + remoting.Inbound.Sum(static c => c.Frames), "{frame}", "Frames read from sockets");
        _meter.CreateObservableCounter("akka.remote.received.bytes", () => Interlocked.Read(ref _closedBytes) + remoting.Inbound.Sum(static c => c.Bytes), "By", "Bytes read from sockets");
        _meter.CreateObservableUpDownCounter("akka.remote.held.bytes", () => remoting.Inbound.Sum(static c => c.HeldBytes), "By", "Received payload bytes that receivers hold");
    }

    public void Add(InboundConnection closed)
    {
        Interlocked.Add(ref _closedFrames, closed.Frames);
        Interlocked.Add(ref _closedBytes, closed.Bytes);
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> PerLane(Remoting remoting, Func<OutboundLane, long> value)
    {
        foreach (Association association in remoting.Associations)
        {
            yield return Of(association.RemoteAddress, "control", value(association.Control));
            yield return Of(association.RemoteAddress, "bulk", value(association.Bulk));
        }
    }

    private static Measurement<long> Of(Address remote, string lane, long value) =>
        new(value, new KeyValuePair<string, object>("remote", remote.ToString()), new KeyValuePair<string, object>("lane", lane));
}
