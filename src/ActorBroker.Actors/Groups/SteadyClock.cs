namespace ActorBroker.Actors.Groups;

/// <summary>
/// Milliseconds since 1970 that pass evenly: the wall clock's when they are first asked for, and then those that really go by. Whoever sets the wall
/// clock neither ends a member's session nor makes it last for ever; commits made later have the time that the clock would have had.
/// </summary>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long _startMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly long _startedAt = time.GetTimestamp();

    public long NowMs => _startMs + (long)time.GetElapsedTime(_startedAt).TotalMilliseconds;
}
