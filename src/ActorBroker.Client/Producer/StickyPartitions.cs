namespace ActorBroker.Client;

/// <summary>For records without a key: fills one partition of a topic with a batch's worth of bytes before it goes on to another (KIP-794).</summary>
internal sealed class StickyPartitions(int bytesPerTurn)
{
    private readonly Dictionary<string, Turn> _turns = [];
    private readonly Lock _lock = new();

    public int Next(TopicDescription topic, int recordBytes)
    {
        lock (_lock)
        {
            if (!_turns.TryGetValue(topic.Name, out var turn) || turn.Partition >= topic.Partitions.Count || turn.Bytes >= bytesPerTurn)
            {
                _turns[topic.Name] = turn = new Turn { Partition = Choose(topic, turn?.Partition ?? -1) };
            }

            turn.Bytes += recordBytes;
            return turn.Partition;
        }
    }

    /// <summary>Any partition that has a leader, another one than before where possible.</summary>
    private static int Choose(TopicDescription topic, int previous)
    {
        var count = topic.Partitions.Count;
        var start = Random.Shared.Next(count);
        var fallback = start;
        for (var i = 0; i < count; i++)
        {
            var candidate = (start + i) % count;
            if (topic.Partitions[candidate].Leader >= 0)
            {
                if (candidate != previous)
                {
                    return candidate;
                }

                fallback = candidate;
            }
        }

        return fallback;
    }

    private sealed class Turn
    {
        public int Partition { get; init; }

        public long Bytes { get; set; }
    }
}
