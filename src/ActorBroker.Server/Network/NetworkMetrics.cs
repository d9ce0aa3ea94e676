using ActorBroker.Network;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Network;

/// <summary>The figures of the network side, under the meter <see cref="MeterName"/>. Costs next to nothing while nobody listens.</summary>
public sealed class NetworkMetrics : IDisposable
{
    public const string MeterName = "ActorBroker.Network";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _accepted;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _malformed;
    private readonly Counter<long> _bytesIn;
    private readonly Counter<long> _bytesOut;
    private readonly Counter<long> _requests;
    private readonly Histogram<double> _requestDuration;
    private readonly KeyValuePair<string, object?>[] _apiTags;

    public NetworkMetrics()
    {
        _accepted = _meter.CreateCounter<long>("actorbroker.network.connections.accepted", "{connection}");
        _refused = _meter.CreateCounter<long>("actorbroker.network.connections.refused", "{connection}", "Closed at once because of a limit");
        _closed = _meter.CreateCounter<long>("actorbroker.network.connections.closed", "{connection}");
        _malformed = _meter.CreateCounter<long>("actorbroker.network.requests.malformed", "{request}", "Requests that closed their connection");
        _bytesIn = _meter.CreateCounter<long>("actorbroker.network.received", "By");
        _bytesOut = _meter.CreateCounter<long>("actorbroker.network.sent", "By");
        _requests = _meter.CreateCounter<long>("actorbroker.network.requests", "{request}");
        _requestDuration = _meter.CreateHistogram<double>("actorbroker.network.request.duration", "s", "From the whole request's arrival to its completion");
        _apiTags = [.. Enumerable.Range(0, 1 + ApiCatalog.Keys.Max(key => (int)key)).Select(key => new KeyValuePair<string, object?>("api", ((ApiKey)key).ToString()))];
    }

    /// <summary>Gauges of what is open and held now.</summary>
    internal void Observe(Func<int> connections, BufferPool buffers)
    {
        _meter.CreateObservableGauge("actorbroker.network.connections", connections, "{connection}");
        _meter.CreateObservableGauge("actorbroker.network.buffers.used", () => buffers.UsedBytes, "By", "Memory of requests in progress");
        _meter.CreateObservableGauge("actorbroker.network.buffers.retained", () => buffers.RetainedBytes, "By", "Free memory kept for requests");
        _meter.CreateObservableGauge("actorbroker.network.buffers.waiting", () => buffers.Waiting, "{connection}", "Connections that wait for memory");
    }

    public void Dispose() => _meter.Dispose();

    internal void Accepted() => _accepted.Add(1);

    internal void Refused() => _refused.Add(1);

    internal void Closed() => _closed.Add(1);

    internal void Malformed() => _malformed.Add(1);

    internal void Received(int bytes) => _bytesIn.Add(bytes);

    internal void Sent(long bytes) => _bytesOut.Add(bytes);

    internal void RequestStarted(ApiKey api)
    {
        if (_requests.Enabled)
        {
            _requests.Add(1, _apiTags[(int)api]);
        }
    }

    internal void RequestCompleted(RequestContext context)
    {
        if (_requestDuration.Enabled)
        {
            _requestDuration.Record(Stopwatch.GetElapsedTime(context.StartedAt).TotalSeconds, _apiTags[(int)context.ApiKey]);
        }
    }
}
