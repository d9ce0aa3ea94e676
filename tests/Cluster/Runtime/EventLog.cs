using System.Globalization;
using ActorBroker.Faults.Machine;

namespace ActorBroker.Faults.Runtime;

/// <summary>Something that happened at a node, or that the driver did to it.</summary>
/// <param name="TimeUs">Of the <see cref="SharedClock"/>.</param>
/// <param name="Node">The node's number; 0 for the driver's own.</param>
/// <param name="ProcessId">The process it happened in, or was done to.</param>
/// <param name="Kind">What kind of event.</param>
/// <param name="Words">What the kind says with it.</param>
internal sealed record ClusterEvent(long TimeUs, int Node, int ProcessId, string Kind, string[] Words);

/// <summary>Everything that happened in one scenario.</summary>
internal sealed class EventLog
{
    private readonly Lock _gate = new();
    private readonly List<ClusterEvent> _events = [];
    private readonly long _startUs = SharedClock.NowUs;

    /// <summary>Notes something that the driver does.</summary>
    public void Add(int node, int processId, string kind, params string[] words) => Add(new ClusterEvent(SharedClock.NowUs, node, processId, kind, words));

    /// <summary>Notes a line that a node wrote.</summary>
    public void AddLine(int node, int processId, string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length >= 2 && long.TryParse(words[0], CultureInfo.InvariantCulture, out var timeUs))
        {
            Add(new ClusterEvent(timeUs, node, processId, words[1], words[2..]));
        }
    }

    /// <summary>All events in the order of their times.</summary>
    public List<ClusterEvent> Snapshot()
    {
        lock (_gate)
        {
            return [.. _events.OrderBy(static e => e.TimeUs)];
        }
    }

    /// <summary>The newest event for which something holds.</summary>
    public ClusterEvent? Last(Func<ClusterEvent, bool> holds)
    {
        lock (_gate)
        {
            return _events.FindLast(new Predicate<ClusterEvent>(holds));
        }
    }

    /// <summary>The earliest event for which something holds.</summary>
    public ClusterEvent? First(Func<ClusterEvent, bool> holds)
    {
        lock (_gate)
        {
            return _events.Where(holds).MinBy(static e => e.TimeUs);
        }
    }

    /// <summary>The events as text, one line each, in seconds since the start; answers are left out except the first of each instance at each node.</summary>
    public IEnumerable<string> Lines()
    {
        HashSet<string> answered = [];
        foreach (var e in Snapshot())
        {
            if (e.Kind is "answer" or "counted" && !answered.Add($"{e.Node} {e.ProcessId} {e.Words[1]} {e.Words.ElementAtOrDefault(2)}"))
            {
                continue;
            }

            yield return string.Create(CultureInfo.InvariantCulture, $"{(e.TimeUs - _startUs) / 1e6,10:0.000000}  node {e.Node,2} ({e.ProcessId,7})  {e.Kind,-18} {string.Join(' ', e.Words)}");
        }
    }

    private void Add(ClusterEvent happened)
    {
        lock (_gate)
        {
            _events.Add(happened);
        }
    }
}
