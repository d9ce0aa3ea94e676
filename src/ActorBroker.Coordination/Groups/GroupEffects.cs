namespace ActorBroker.Coordination.Groups;

/// <summary>What the shell around a group has to do after a step.</summary>
public abstract record GroupEffect
{
    private GroupEffect()
    {
    }

    /// <summary>Answer a request.</summary>
    public sealed record Reply(RequestToken Token, GroupReply Result) : GroupEffect;

    /// <summary>
    /// Append these records as one batch to the group's partition; when it is committed or failed, step
    /// <see cref="GroupEvent.WriteCompleted"/>. Writes are appended in the order they are asked for.
    /// </summary>
    public sealed record Write(long WriteId, IReadOnlyList<GroupRecord> Records) : GroupEffect;

    /// <summary>Step <see cref="GroupEvent.Tick"/> at this time (ms since 1970) or a little later; replaces the wake-up asked for before.</summary>
    public sealed record WakeAt(long AtMs) : GroupEffect;

    /// <summary>The group's line in a list of groups changed.</summary>
    public sealed record OverviewChanged(GroupOverview Overview) : GroupEffect;

    /// <summary>Nothing is left of the group: forget it.</summary>
    public sealed record Removed : GroupEffect;
}

/// <summary>Gathers the effects of one step, and remembers what to do when a write ends.</summary>
internal sealed class EffectSink
{
    private readonly Dictionary<long, Action<WriteOutcome, long>> _continuations = [];
    private List<GroupEffect> _effects = [];
    private long _lastWriteId;
    private long _wakeAtMs = long.MaxValue;

    public bool HasWritesInFlight => _continuations.Count > 0;

    public void Reply(RequestToken token, GroupReply reply) => _effects.Add(new GroupEffect.Reply(token, reply));

    /// <param name="continuation">Gets the outcome and the time, before the next event is looked at.</param>
    public long Write(IReadOnlyList<GroupRecord> records, Action<WriteOutcome, long> continuation)
    {
        var id = ++_lastWriteId;
        _continuations.Add(id, continuation);
        _effects.Add(new GroupEffect.Write(id, records));
        return id;
    }

    /// <summary>Does what was to be done after a write; false when it is unknown or ended before.</summary>
    public bool Complete(long writeId, WriteOutcome outcome, long nowMs)
    {
        if (!_continuations.Remove(writeId, out var continuation))
        {
            return false;
        }

        continuation(outcome, nowMs);
        return true;
    }

    /// <summary>Ends every write in flight, when nobody will tell any more how it really ended.</summary>
    public void CompleteAll(WriteOutcome outcome, long nowMs)
    {
        foreach (var writeId in _continuations.Keys.Order().ToArray())
        {
            Complete(writeId, outcome, nowMs);
        }
    }

    /// <summary>Makes sure that a tick comes at <paramref name="deadlineMs"/>; later deadlines than one already asked for cost nothing.</summary>
    public void WakeBy(long deadlineMs)
    {
        if (deadlineMs < _wakeAtMs)
        {
            _wakeAtMs = deadlineMs;
            _effects.Add(new GroupEffect.WakeAt(deadlineMs));
        }
    }

    /// <summary>The wake-up asked for has happened.</summary>
    public void Woken() => _wakeAtMs = long.MaxValue;

    public void Add(GroupEffect effect) => _effects.Add(effect);

    public IReadOnlyList<GroupEffect> Take()
    {
        if (_effects.Count == 0)
        {
            return [];
        }

        var taken = _effects;
        _effects = [];
        return taken;
    }
}
