using ActorBroker.Records;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage.Producers;

/// <summary>One appended batch of an idempotent producer, enough to recognise it when it is sent again.</summary>
internal readonly record struct ProducerBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public long FirstOffset => LastOffset - OffsetDelta;

    public int FirstSequence => RecordBatch.SequenceAfter(LastSequence, -OffsetDelta);
}

/// <summary>What a log knows about one producer: its epoch, its last batches, its open transaction.</summary>
internal sealed class ProducerEntry
{
    /// <summary>Batches that are remembered: as many as a producer may have in flight (max.in.flight.requests.per.connection with
    /// idempotence).</summary>
    public const int WindowSize = 5;

    public const long NoTransaction = -1;
    public const int NoCoordinatorEpoch = -1;

    private ProducerBatch[] _batches = [];
    private int _count;

    public short Epoch { get; private set; } = RecordBatch.NoProducerEpoch;

    public int CoordinatorEpoch { get; set; } = NoCoordinatorEpoch;

    /// <summary>Milliseconds since 1970 of the last batch or marker.</summary>
    public long LastTimestamp { get; set; } = RecordBatch.NoTimestamp;

    /// <summary>First offset of the open transaction, or <see cref="NoTransaction"/>.</summary>
    public long TransactionFirstOffset { get; set; } = NoTransaction;

    /// <summary>The remembered batches, oldest first.</summary>
    public ReadOnlySpan<ProducerBatch> Batches => _batches.AsSpan(0, _count);

    public int LastSequence => _count == 0 ? RecordBatch.NoSequence : _batches[_count - 1].LastSequence;

    public long LastOffset => _count == 0 ? -1 : _batches[_count - 1].LastOffset;

    /// <summary>Moves to another epoch; batches of the epoch before can no longer come again.</summary>
    public void MoveToEpoch(short epoch)
    {
        if (epoch == Epoch)
            return;
        Epoch = epoch;
        _count = 0;
    }

    public void Add(ProducerBatch batch)
    {
        if (_count == WindowSize)
        {
            Array.Copy(_batches, 1, _batches, 0, WindowSize - 1);
            _count--;
        }
        else if (_count == _batches.Length)
        {
            // Most producers of most partitions wrote once.
            Array.Resize(ref _batches, _count == 0 ? 1 : WindowSize);
        }
        _batches[_count++] = batch;
        LastTimestamp = batch.Timestamp;
    }

    /// <summary>The remembered batch with the same sequences, if the given one repeats it.</summary>
    public ProducerBatch? FindDuplicate(in BatchHeader header)
    {
        if (header.ProducerEpoch != Epoch)
            return null;
        foreach (var batch in Batches)
        {
            if (batch.LastSequence == header.LastSequence && batch.FirstSequence == header.BaseSequence)
                return batch;
        }
        return null;
    }
}
