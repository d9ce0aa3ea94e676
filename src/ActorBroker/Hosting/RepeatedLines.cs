namespace ActorBroker.Hosting;

/// <summary>
/// Keeps lines that somebody else can cause as often as he likes from filling the log: of each kind one in a minute, and with the next one how many were left out.
/// Bounded: while more kinds come than are remembered, the new ones share one place. Not thread-safe.
/// </summary>
internal sealed class RepeatedLines(TimeProvider time)
{
    private const int MaxKinds = 200;
    private const int KindChars = 80;
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<(string Source, string Beginning), Said> kinds = [];

    /// <summary>Whether to say a line now.</summary>
    /// <param name="leftOut">How many of its kind were not said since the last one that was.</param>
    public bool IsDue(string source, string text, out int leftOut)
    {
        var kind = (source, text.Length <= KindChars ? text : text[..KindChars]);
        var now = time.GetTimestamp();
        leftOut = 0;
        if (!kinds.ContainsKey(kind) && kinds.Count >= MaxKinds && !Forget(now))
        {
            kind = ("", "");
        }

        if (!kinds.TryGetValue(kind, out var said))
        {
            kinds[kind] = new Said(now);
            return true;
        }

        if (!IsOld(said, now))
        {
            said.LeftOut++;
            return false;
        }

        leftOut = said.LeftOut;
        kinds[kind] = new Said(now);
        return true;
    }

    /// <summary>Makes room; false when all are of the last minute.</summary>
    private bool Forget(long now)
    {
        foreach (var kind in kinds.Where(entry => IsOld(entry.Value, now)).Select(entry => entry.Key).ToList())
        {
            kinds.Remove(kind);
        }

        return kinds.Count < MaxKinds;
    }

    private bool IsOld(Said said, long now) => time.GetElapsedTime(said.At, now) >= Pause;

    private sealed class Said(long at)
    {
        public long At => at;

        public int LeftOut { get; set; }
    }
}
