namespace ActorBroker.Actors.Streams;

/// <summary>
/// A rate that several senders share. Each gets a place behind those before it, and may send when the rate has come so far; the rate may change at any time,
/// also for those that wait already. Any thread.
/// </summary>
/// <param name="bytesPerSecond">The rate just now; <see cref="double.PositiveInfinity"/> for none, 0 for a standstill.</param>
public sealed class ReplicationThrottle(Func<double> bytesPerSecond, TimeProvider time)
{
    /// <summary>Senders look only now and then whether it is their turn: they may be early by this much.</summary>
    private const double AheadSeconds = 0.2;

    /// <summary>What a pause saves for later.</summary>
    private const double CreditSeconds = 0.3;

    private const int SmallestPush = 4 * 1024;

    private readonly Lock gate = new();
    private long waits;
    private double granted;
    private double reserved;
    private TimeSpan last = time.GetElapsedTime(0);

    /// <summary>How often a sender was told to wait.</summary>
    public long Waits => Volatile.Read(ref waits);

    /// <summary>How much to send in one go, so that a low rate does not come in few large pieces.</summary>
    public int PushBytes(int most)
    {
        var wanted = bytesPerSecond() / 4;
        return wanted >= most ? most : Math.Min(most, Math.Max(SmallestPush, (int)wanted));
    }

    /// <summary>Notes bytes that were sent; 0 for a place in the queue before the first.</summary>
    /// <returns>The sender's place: it may go on when that is due.</returns>
    public double Reserve(long bytes)
    {
        lock (gate)
        {
            var rate = Advance();
            reserved = double.IsInfinity(rate) ? granted : Math.Max(reserved, granted - (rate * CreditSeconds)) + bytes;
            return reserved;
        }
    }

    public bool IsDue(double place)
    {
        lock (gate)
        {
            var rate = Advance();
            var isDue = double.IsInfinity(rate) || granted + (rate * AheadSeconds) > place;
            waits += isDue ? 0 : 1;
            return isDue;
        }
    }

    private double Advance()
    {
        var rate = bytesPerSecond();
        var now = time.GetElapsedTime(0);
        if (!double.IsInfinity(rate))
        {
            granted += (now - last).TotalSeconds * rate;
        }

        last = now;
        return rate;
    }
}
