#nullable disable
using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Event;

namespace Akka.Remote;

/// <summary>Milliseconds of a clock that never goes back.</summary>
public delegate long Clock();

/// <summary>Judges from heartbeats whether something is alive.</summary>
public abstract class FailureDetector
{
    public static readonly Clock DefaultClock = static () => Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000);

    /// <summary>True while it is not suspected.</summary>
    public abstract bool IsAvailable { get; }

    /// <summary>True after the first heartbeat.</summary>
    public abstract bool IsMonitoring { get; }

    /// <summary>It was heard of.</summary>
    public abstract void HeartBeat();
}

/// <summary>Suspects after a fixed silence.</summary>
public class DeadlineFailureDetector : FailureDetector
{
    private readonly Clock _clock;
    private readonly long _deadlineMs;
    private long _last = long.MinValue;

    public DeadlineFailureDetector(TimeSpan acceptableHeartbeatPause, Clock clock = null)
        : this(acceptableHeartbeatPause, TimeSpan.Zero, clock)
    {
    }

    public DeadlineFailureDetector(TimeSpan acceptableHeartbeatPause, TimeSpan heartbeatInterval, Clock clock = null)
    {
        if (acceptableHeartbeatPause <= TimeSpan.Zero) throw new ArgumentException("failure-detector.acceptable-heartbeat-pause must be > 0s", nameof(acceptableHeartbeatPause));
        _clock = clock ?? DefaultClock;
        _deadlineMs = (long)(acceptableHeartbeatPause + heartbeatInterval).TotalMilliseconds;
    }

    public DeadlineFailureDetector(Config config, EventStream eventStream)
        : this(config.GetTimeSpan("acceptable-heartbeat-pause"), config.GetTimeSpan("heartbeat-interval"))
    {
    }

    public override bool IsAvailable
    {
        get
        {
            var last = Volatile.Read(ref _last);
            return last == long.MinValue || _clock() <= last + _deadlineMs;
        }
    }

    public override bool IsMonitoring => Volatile.Read(ref _last) != long.MinValue;

    public override void HeartBeat() => Volatile.Write(ref _last, _clock());
}

/// <summary>
/// Suspicion grows with silence, measured in the spread of earlier heartbeat intervals (Hayashibara et al., "The phi accrual
/// failure detector", 2004): phi is minus the decimal logarithm of the probability that the next heartbeat comes this late.
/// </summary>
public class PhiAccrualFailureDetector : FailureDetector
{
    private readonly object _gate = new();
    private readonly Clock _clock;
    private readonly double _threshold;
    private readonly double _minStdDeviationMs;
    private readonly double _acceptablePauseMs;
    private readonly double[] _intervals;
    private readonly EventStream _events;
    private int _count;
    private int _next;
    private double _sum;
    private double _squareSum;
    private long _last = long.MinValue;

    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public PhiAccrualFailureDetector(
        double threshold, int maxSampleSize, TimeSpan minStdDeviation, TimeSpan acceptableHeartbeatPause, TimeSpan firstHeartbeatEstimate, Clock clock = null)
        : this(clock)
    {
        if (threshold <= 0) throw new ArgumentException("failure-detector.threshold must be > 0", nameof(threshold));
        if (maxSampleSize <= 0) throw new ArgumentException("failure-detector.max-sample-size must be > 0", nameof(maxSampleSize));
        if (minStdDeviation <= TimeSpan.Zero) throw new ArgumentException("failure-detector.min-std-deviation must be > 0", nameof(minStdDeviation));
        if (acceptableHeartbeatPause < TimeSpan.Zero) throw new ArgumentException("failure-detector.acceptable-heartbeat-pause must be >= 0", nameof(acceptableHeartbeatPause));
        if (firstHeartbeatEstimate <= TimeSpan.Zero) throw new ArgumentException("failure-detector.heartbeat-interval must be > 0", nameof(firstHeartbeatEstimate));
        _threshold = threshold;
        _intervals = new double[maxSampleSize];
        _minStdDeviationMs = minStdDeviation.TotalMilliseconds;
        _acceptablePauseMs = acceptableHeartbeatPause.TotalMilliseconds;

        // Two intervals with a wide spread, so that the first heartbeats are judged mildly.
        var estimate = firstHeartbeatEstimate.TotalMilliseconds;
        Add(estimate - (estimate / 4));
        Add(estimate + (estimate / 4));
    }

    public PhiAccrualFailureDetector(Config config, EventStream ev)
        : this(
            config.GetDouble("threshold"),
            config.GetInt("max-sample-size"),
            config.GetTimeSpan("min-std-deviation"),
            config.GetTimeSpan("acceptable-heartbeat-pause"),
            config.GetTimeSpan("heartbeat-interval")) => _events = ev;

    protected PhiAccrualFailureDetector(Clock clock) => _clock = clock ?? DefaultClock;

    /// <summary>What is watched, for the log.</summary>
    public string Address { get; set; } = "N/A";

    public override bool IsAvailable => CurrentPhi < _threshold;

    public override bool IsMonitoring => Volatile.Read(ref _last) != long.MinValue;

    internal double CurrentPhi
    {
        get
        {
            lock (_gate)
            {
                if (_last == long.MinValue) return 0;
                var mean = _sum / _count;
                var deviation = Math.Max(Math.Sqrt(Math.Max(0, (_squareSum / _count) - (mean * mean))), _minStdDeviationMs);
                return Phi(_clock() - _last, mean + _acceptablePauseMs, deviation);
            }
        }
    }

    public override void HeartBeat()
    {
        lock (_gate)
        {
            var now = _clock();
            if (_last != long.MinValue)
            {
                var interval = now - _last;
                var available = Phi(interval, (_sum / _count) + _acceptablePauseMs, Math.Max(Deviation, _minStdDeviationMs)) < _threshold;

                // The silence of an outage says nothing about the rhythm of heartbeats.
                if (available)
                {
                    if (interval >= _acceptablePauseMs / 3 * 2 && _acceptablePauseMs > 0)
                        _events?.Publish(new Warning(nameof(PhiAccrualFailureDetector), GetType(), $"heartbeat interval is growing too large for address {Address}: {interval} millis"));
                    Add(interval);
                }
            }

            Volatile.Write(ref _last, now);
        }
    }

    private double Deviation => Math.Sqrt(Math.Max(0, (_squareSum / _count) - (_sum / _count * (_sum / _count))));

    private static double Phi(double elapsedMs, double meanMs, double deviationMs)
    {
        // Logistic approximation of the normal distribution's tail.
        var y = (elapsedMs - meanMs) / deviationMs;
        var e = Math.Exp(-y * (1.5976 + (0.070566 * y * y)));
        return elapsedMs > meanMs ? -Math.Log10(e / (1.0 + e)) : -Math.Log10(1.0 - (1.0 / (1.0 + e)));
    }

    private void Add(double interval)
    {
        if (_count == _intervals.Length)
        {
            var oldest = _intervals[_next];
            _sum -= oldest;
            _squareSum -= oldest * oldest;
        }
        else
        {
            _count++;
        }

        _intervals[_next] = interval;
        _next = (_next + 1) % _intervals.Length;
        _sum += interval;
        _squareSum += interval * interval;
    }
}

/// <summary>One failure detector for each of many resources.</summary>
public interface IFailureDetectorRegistry<in T>
{
    /// <summary>The resource was heard of; the first time, its detector is made.</summary>
    void Heartbeat(T resource);

    /// <summary>True unless the resource is suspected.</summary>
    bool IsAvailable(T resource);

    /// <summary>True after its first heartbeat.</summary>
    bool IsMonitoring(T resource);

    void Remove(T resource);

    /// <summary>Forgets all.</summary>
    void Reset();
}

/// <inheritdoc/>
public class DefaultFailureDetectorRegistry<T> : IFailureDetectorRegistry<T>
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<T, FailureDetector> _detectors = new();
    private readonly Func<FailureDetector> _factory;

    public DefaultFailureDetectorRegistry(Func<FailureDetector> factory) => _factory = factory;

    public void Heartbeat(T resource) => _detectors.GetOrAdd(resource, static (key, factory) =>
    {
        FailureDetector made = factory();
        if (made is PhiAccrualFailureDetector phi) phi.Address = key.ToString();
        return made;
    }, _factory).HeartBeat();

    public bool IsAvailable(T resource) => !_detectors.TryGetValue(resource, out FailureDetector detector) || detector.IsAvailable;

    public bool IsMonitoring(T resource) => _detectors.TryGetValue(resource, out FailureDetector detector) && detector.IsMonitoring;

    public void Remove(T resource) => _detectors.TryRemove(resource, out _);

    public void Reset() => _detectors.Clear();
}

/// <summary>Makes failure detectors by the names of their classes.</summary>
public static class FailureDetectorLoader
{
    /// <summary>Makes a detector whose constructor takes its section and the event stream.</summary>
    /// <exception cref="ConfigurationException">There is no such class.</exception>
    public static FailureDetector Load(string fqcn, Config config, ActorSystem system)
    {
        Type type = Type.GetType(fqcn, throwOnError: false);
        if (type is null || !typeof(FailureDetector).IsAssignableFrom(type))
            throw new ConfigurationException($"Could not create custom FailureDetector {fqcn}");
        return (FailureDetector)Activator.CreateInstance(type, config, system.EventStream);
    }

    /// <inheritdoc cref="Load"/>
    public static FailureDetector LoadFailureDetector(this IActorContext context, string fqcn, Config config) => Load(fqcn, config, context.System);
}
