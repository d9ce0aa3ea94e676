using ActorBroker.Protocol;

namespace ActorBroker.Server.Fetching;

/// <summary>
/// The fetch sessions of this node, bounded by <c>max.incremental.fetch.session.cache.slots</c>. When full, a session that has not been
/// used for two minutes makes room; otherwise the client gets no session and repeats its partitions, which is correct but longer. The partitions
/// of all sessions are bounded too: the session that goes beyond ends.
/// </summary>
/// <param name="maxPartitions">Of all sessions together.</param>
public sealed class FetchSessionCache(int slots, int maxPartitions, TimeProvider time)
{
    internal const int NoSession = 0;
    internal const int InitialEpoch = 0;
    internal const int FinalEpoch = -1;

    private const long EvictableAfterMs = 120_000;

    private readonly Lock gate = new();
    private readonly Dictionary<int, FetchSession> sessions = [];
    private long partitions;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return sessions.Count;
            }
        }
    }

    /// <summary>A new session for a full fetch; null when there is no room for it.</summary>
    internal FetchSession? Open(bool usesTopicIds)
    {
        var now = NowMs();
        lock (gate)
        {
            if (sessions.Count >= slots && !TryEvict(now))
            {
                return null;
            }

            int id;
            do
            {
                id = Random.Shared.Next(1, int.MaxValue);
            }
            while (sessions.ContainsKey(id));
            var session = new FetchSession(id, usesTopicIds) { LastUsedMs = now };
            sessions[id] = session;
            return session;
        }
    }

    internal void Close(int id)
    {
        lock (gate)
        {
            Remove(id);
        }
    }

    /// <summary>Counts what a session holds after an update; false when that is too much, and the session has ended.</summary>
    internal bool TryKeep(FetchSession session)
    {
        lock (gate)
        {
            if (!sessions.ContainsKey(session.Id))
            {
                return false;
            }

            var count = session.Count;
            var grown = count > session.Counted;
            partitions += count - session.Counted;
            session.Counted = count;
            if (!grown || partitions <= maxPartitions)
            {
                return true;
            }

            Remove(session.Id);
            return false;
        }
    }

    /// <summary>The session for an incremental fetch, its epoch moved on; or why there is none.</summary>
    internal ErrorCode Resume(int id, int epoch, bool usesTopicIds, out FetchSession? session)
    {
        lock (gate)
        {
            if (!sessions.TryGetValue(id, out session))
            {
                return ErrorCode.FetchSessionIdNotFound;
            }

            if (session.NextEpoch != epoch)
            {
                return ErrorCode.InvalidFetchSessionEpoch;
            }

            if (session.UsesTopicIds != usesTopicIds)
            {
                return ErrorCode.FetchSessionTopicIdError;
            }

            session.NextEpoch = FetchSession.EpochAfter(epoch);
            session.LastUsedMs = NowMs();
            return ErrorCode.None;
        }
    }

    private bool TryEvict(long now)
    {
        var oldest = sessions.Values.MinBy(session => session.LastUsedMs);
        return oldest is not null && now - oldest.LastUsedMs > EvictableAfterMs && Remove(oldest.Id);
    }

    private bool Remove(int id)
    {
        if (!sessions.Remove(id, out var session))
        {
            return false;
        }

        partitions -= session.Counted;
        return true;
    }

    private long NowMs() => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
