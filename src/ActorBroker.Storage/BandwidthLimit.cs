namespace ActorBroker.Storage;

/// <summary>Keeps a background reader or writer below a rate, by making it wait. Any thread: those that share a limit share its rate.</summary>
/// <param name="bytesPerSecond">The rate, asked for at each charge; <see cref="double.PositiveInfinity"/> or more than any disk for none.</param>
/// <param name="time">The clock.</param>
public sealed class BandwidthLimit(Func<double> bytesPerSecond, TimeProvider? time = null)
{
    /// <summary>Credit does not gather for longer than this, so that a pause is not followed by a burst.</summary>
    private static readonly TimeSpan MaxCredit = TimeSpan.FromMilliseconds(300);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private TimeSpan _paidUntil = TimeSpan.MinValue;

    /// <param name="bytesPerSecond">The rate, for ever.</param>
    /// <param name="time">The clock.</param>
    public BandwidthLimit(double bytesPerSecond, TimeProvider? time = null)
        : this(() => bytesPerSecond, time)
    {
    }

    public static BandwidthLimit None { get; } = new(double.PositiveInfinity);

    /// <summary>How long the caller has to wait before it may go on after using <paramref name="bytes"/>.</summary>
    public TimeSpan Charge(long bytes)
    {
        var rate = bytesPerSecond();
        if (double.IsInfinity(rate))
            return TimeSpan.Zero;
        lock (_gate)
        {
            var now = _time.GetElapsedTime(0);
            if (_paidUntil < now - MaxCredit)
                _paidUntil = now - MaxCredit;
            _paidUntil += TimeSpan.FromSeconds(bytes / rate);
            return _paidUntil > now ? _paidUntil - now : TimeSpan.Zero;
        }
    }

    /// <summary>Waits as long as <see cref="Charge"/> says. Throws <see cref="OperationCanceledException"/>.</summary>
    public void Take(long bytes, CancellationToken cancellation)
    {
        var wait = Charge(bytes);
        if (wait > TimeSpan.Zero)
            cancellation.WaitHandle.WaitOne(wait);
        cancellation.ThrowIfCancellationRequested();
    }
}
