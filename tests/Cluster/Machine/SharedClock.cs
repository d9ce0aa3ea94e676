using System.Diagnostics;

namespace ActorBroker.Faults.Machine;

/// <summary>The machine's monotonic clock, which is the same in all processes: events of several processes can be ordered by it.</summary>
internal static class SharedClock
{
    /// <summary>Microseconds since the machine started.</summary>
    public static long NowUs => (long)(Stopwatch.GetTimestamp() * (1_000_000.0 / Stopwatch.Frequency));
}
