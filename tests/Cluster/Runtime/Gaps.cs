namespace ActorBroker.Faults.Runtime;

/// <summary>Times without answers.</summary>
internal static class Gaps
{
    /// <summary>The longest time in which no node at all got an answer of the singleton, after a time.</summary>
    public static TimeSpan Longest(EventLog log, long sinceUs)
    {
        var times = log.Snapshot().Where(e => e.Kind == "answer" && e.TimeUs >= sinceUs).Select(static e => e.TimeUs).ToList();
        return times.Count < 2 ? TimeSpan.Zero : TimeSpan.FromMicroseconds(times.Zip(times.Skip(1), static (before, after) => after - before).Max());
    }
}
