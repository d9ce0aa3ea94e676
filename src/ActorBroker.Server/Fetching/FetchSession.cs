using ActorBroker.Model;
using ActorBroker.Protocol;

namespace ActorBroker.Server.Fetching;

/// <summary>One partition that a fetch asks for, and, inside a session, what the client was told of it last.</summary>
internal sealed class FetchTarget
{
    /// <summary>Null while the topic id that the client named is not known.</summary>
    public required string? Topic { get; set; }

    public required TopicId TopicId { get; init; }

    public required int Partition { get; init; }

    public long FetchOffset { get; set; }

    public int MaxBytes { get; set; }

    public LeaderEpoch CurrentLeaderEpoch { get; set; }

    public LeaderEpoch LastFetchedEpoch { get; set; }

    /// <summary>What the client knows; -1 for nothing yet.</summary>
    public long ToldHighWatermark { get; set; } = -1;

    public long ToldLastStableOffset { get; set; } = -1;

    public long ToldLogStartOffset { get; set; } = -1;

    public FetchTargetKey Key => new(TopicId == TopicId.Zero ? Topic : null, TopicId, Partition);

    public void TakeOver(FetchTarget asked)
    {
        FetchOffset = asked.FetchOffset;
        MaxBytes = asked.MaxBytes;
        CurrentLeaderEpoch = asked.CurrentLeaderEpoch;
        LastFetchedEpoch = asked.LastFetchedEpoch;
    }
}

/// <summary>Names a partition as the client does: by topic name up to Fetch version 12, by topic id from 13.</summary>
internal readonly record struct FetchTargetKey(string? Topic, TopicId TopicId, int Partition);

/// <summary>
/// A client's incremental fetch session (KIP-227): the partitions it reads, kept here so that it need not repeat them.
/// Safe for several requests at a time.
/// </summary>
internal sealed class FetchSession(int id, bool usesTopicIds)
{
    private readonly Dictionary<FetchTargetKey, LinkedListNode<FetchTarget>> byKey = [];
    private readonly LinkedList<FetchTarget> inOrder = new();

    /// <summary>A client whose connection broke goes on in another one while its last fetch is still parked.</summary>
    private readonly Lock gate = new();

    public int Id { get; } = id;

    public bool UsesTopicIds { get; } = usesTopicIds;

    /// <summary>The epoch that the next request must carry.</summary>
    public int NextEpoch { get; set; } = 1;

    public long LastUsedMs { get; set; }

    /// <summary>Partitions that the cache has counted for this session; guarded by the cache.</summary>
    public int Counted { get; set; }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return byKey.Count;
            }
        }
    }

    /// <summary>Adds, changes and drops partitions; the result is all that are left, those that had data least recently first.</summary>
    public List<FetchTarget> Update(IEnumerable<FetchTarget> asked, IEnumerable<FetchTargetKey> forgotten)
    {
        lock (gate)
        {
            foreach (var target in asked)
            {
                if (byKey.TryGetValue(target.Key, out var known))
                {
                    known.Value.TakeOver(target);
                }
                else
                {
                    byKey[target.Key] = inOrder.AddLast(target);
                }
            }

            foreach (var key in forgotten)
            {
                if (byKey.Remove(key, out var node))
                {
                    inOrder.Remove(node);
                }
            }

            return [.. inOrder];
        }
    }

    /// <summary>Puts a partition that was just served behind the others, so that none starves.</summary>
    public void MoveToEnd(FetchTarget target)
    {
        lock (gate)
        {
            if (byKey.TryGetValue(target.Key, out var node))
            {
                inOrder.Remove(node);
                inOrder.AddLast(node);
            }
        }
    }

    public static int EpochAfter(int epoch) => epoch == int.MaxValue ? 1 : epoch + 1;
}
