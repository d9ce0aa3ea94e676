using System.Diagnostics;

namespace ActorBroker.Faults.Machine;

/// <summary>A scenario did not go as it must; the message says what was seen.</summary>
internal sealed class FaultException(string message) : Exception(message);

/// <summary>Waiting for something that other processes do.</summary>
internal static class Patience
{
    /// <summary>Waits until a condition holds.</summary>
    /// <exception cref="FaultException">It does not within the time.</exception>
    public static void Await(string what, TimeSpan limit, Func<bool> holds, Func<string>? seen = null)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            if (clock.Elapsed > limit)
            {
                throw new FaultException($"not within {limit.TotalSeconds:0.#} s: {what}{(seen is null ? "" : "; " + seen())}");
            }

            Thread.Sleep(2); // leaves the processor to the nodes
        }
    }

    /// <summary>Lets the load run for a time, because the scenario says that nothing may happen meanwhile.</summary>
    public static void Linger(TimeSpan time) => Thread.Sleep(time);
}
