using ActorBroker.Model;

namespace ActorBroker.Metadata;

/// <summary>When a broker that comes and goes is not given leaders back (<c>cluster.flapping</c>).</summary>
/// <param name="Limit">Breaks in a row from which on a broker counts as unsteady; 0: never.</param>
/// <param name="WindowMs">Breaks further apart than this are not in a row, milliseconds.</param>
/// <param name="PauseMs">How long a broker that has just become unsteady must stay; twice as long after each further break, milliseconds.</param>
/// <param name="MaxPauseMs">The longest such time, milliseconds.</param>
public sealed record FlappingRule(int Limit, long WindowMs, long PauseMs, long MaxPauseMs)
{
    public static FlappingRule Default { get; } = new(3, 10 * 60_000, 60_000, 30 * 60_000);
}

/// <summary>
/// What a controller remembers of brokers that were lost: a connection that works now and then (in one direction, say) lets a broker come and go, and each time it would get its
/// leaders back only to lose them. Like the sessions it is not part of the image: a new controller begins with none. Orderly stops do not count.
/// </summary>
public sealed class BrokerSteadiness(FlappingRule rule)
{
    private readonly Dictionary<NodeId, Past> brokers = [];

    /// <param name="Breaks">In a row.</param>
    /// <param name="BackMs">Since when the broker is unfenced again; null while it is not.</param>
    private sealed record Past(int Breaks, long LastBreakMs, long? BackMs);

    /// <summary>An unfenced broker was lost.</summary>
    public void NoteBreak(NodeId id, long nowMs)
    {
        var isInRow = brokers.TryGetValue(id, out var past) && (nowMs - past.LastBreakMs <= rule.WindowMs || !IsSteady(id, nowMs));
        brokers[id] = new Past(isInRow ? past!.Breaks + 1 : 1, nowMs, BackMs: null);
    }

    /// <summary>The broker is unfenced.</summary>
    public void NoteBack(NodeId id, long nowMs)
    {
        if (brokers.GetValueOrDefault(id) is { } past)
        {
            brokers[id] = past with { BackMs = nowMs };
        }
    }

    /// <summary>The broker will not come back.</summary>
    public void Forget(NodeId id) => brokers.Remove(id);

    /// <summary>Whether the broker may be preferred: it was not lost too often, or has stayed long enough since.</summary>
    public bool IsSteady(NodeId id, long nowMs) =>
        PauseMs(id) is not { } pause || (brokers[id].BackMs is { } back && nowMs - back >= pause);

    /// <summary>How long the broker has to stay before it is preferred again, milliseconds; null when it was not lost too often.</summary>
    public long? PauseMs(NodeId id)
    {
        if (rule.Limit <= 0 || brokers.GetValueOrDefault(id) is not { } past || past.Breaks < rule.Limit)
        {
            return null;
        }

        var pause = rule.PauseMs;
        for (var more = past.Breaks - rule.Limit; more > 0 && pause < rule.MaxPauseMs; more--)
        {
            pause *= 2;
        }

        return Math.Min(pause, rule.MaxPauseMs);
    }

    /// <summary>Times in a row that the broker was lost, 0 for one that never was.</summary>
    public int Breaks(NodeId id) => brokers.GetValueOrDefault(id)?.Breaks ?? 0;

    /// <summary>Brokers that are unsteady now.</summary>
    public int CountUnsteady(long nowMs) => brokers.Keys.Count(id => !IsSteady(id, nowMs));
}
