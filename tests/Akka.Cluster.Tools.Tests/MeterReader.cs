using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Akka.Cluster.TestSupport;

/// <summary>Reads one meter: counters add up from when the reader is made, gauges are read when somebody asks.</summary>
internal sealed class MeterReader : IDisposable
{
    private readonly ConcurrentDictionary<(string Instrument, string Tags), double> _sums = new();
    private readonly MeterListener _listener = new();
    private Dictionary<(string Instrument, string Tags), double> _observed = [];

    public MeterReader(string meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The sum of an instrument's measurements with certain tags, written as key=value; null if there are none.</summary>
    public double? Read(string instrument, params string[] tags)
    {
        lock (_listener)
        {
            _observed = [];
            _listener.RecordObservableInstruments();
            double[] found = [.. _observed.Concat(_sums).Where(m => m.Key.Instrument == instrument && tags.All(t => m.Key.Tags.Split(' ').Contains(t))).Select(static m => m.Value)];
            return found.Length == 0 ? null : found.Sum();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var key = (instrument.Name, string.Join(' ', tags.ToArray().Select(static t => $"{t.Key}={t.Value}")));
        if (instrument.IsObservable) _observed[key] = value;
        else _sums.AddOrUpdate(key, value, (_, sum) => sum + value);
    }
}
