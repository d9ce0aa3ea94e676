using ActorBroker.Model;

namespace ActorBroker.Client;

/// <summary>What a consumer knows about one partition that it reads. Guarded by the lock of <see cref="PartitionStates"/>.</summary>
internal sealed class PartitionState(TopicPartition partition)
{
    public const long UnknownPosition = -1;

    public TopicPartition Partition { get; } = partition;

    /// <summary>The offset of the next record for the user; <see cref="UnknownPosition"/> until it is found out.</summary>
    public long Position { get; private set; } = UnknownPosition;

    /// <summary>Like <see cref="Position"/>, without the record that the user holds at the moment.</summary>
    public long SafePosition { get; set; } = UnknownPosition;

    /// <summary>The last offset that the group's coordinator has.</summary>
    public long Committed { get; set; } = UnknownPosition;

    /// <summary>Set when the position is to be found by this rule instead of the committed offset.</summary>
    public OffsetSpec? ResetTo { get; set; }

    public bool IsPaused { get; set; }

    /// <summary>Whether a fetch of it is on its way.</summary>
    public bool IsFetching { get; set; }

    /// <summary>After an error: not to be fetched before this time.</summary>
    public long NotBefore { get; set; }

    /// <summary>Counts moves of the position other than by consuming; a fetch that started before such a move is thrown away.</summary>
    public int Epoch { get; private set; }

    public Queue<FetchedRecords> Buffered { get; } = [];

    public long FetchOffset { get; set; }

    public void MoveTo(long offset)
    {
        Epoch++;
        Buffered.Clear();
        ResetTo = null;
        Position = offset;
        SafePosition = offset;
        FetchOffset = offset;
    }

    public void Reset(OffsetSpec spec)
    {
        MoveTo(UnknownPosition);
        ResetTo = spec;
    }

    public void Advance(long offset) => Position = Math.Max(Position, offset);
}
