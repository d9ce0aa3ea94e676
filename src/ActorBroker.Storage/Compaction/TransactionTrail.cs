using ActorBroker.Records;
using ActorBroker.Storage.Producers;

namespace ActorBroker.Storage.Compaction;

/// <summary>Follows the transactions of a log while its batches go by in order: which data was aborted, and which markers have lost their data.
/// As Kafka's CleanedTransactionMetadata.</summary>
internal sealed class TransactionTrail
{
    private readonly PriorityQueue<AbortedTransaction, long> _ahead = new();
    private readonly Dictionary<long, Aborted> _aborted = [];
    private readonly HashSet<long> _committed = [];

    /// <summary>Aborted transactions of whose data something was still there when their marker came by.</summary>
    public List<AbortedTransaction> StillWithData { get; } = [];

    /// <summary>Makes aborted transactions known, before the first of their batches comes by.</summary>
    public void Add(IEnumerable<AbortedTransaction> transactions)
    {
        foreach (var transaction in transactions)
            _ahead.Enqueue(transaction, transaction.FirstOffset);
    }

    /// <summary>A data batch. True: it belongs to an aborted transaction.</summary>
    public bool OnBatch(RecordBatchView batch)
    {
        Begin(batch.LastOffset);
        if (!batch.IsTransactional)
            return false;
        if (_aborted.TryGetValue(batch.ProducerId, out var transaction))
        {
            transaction.HasData = true;
            return true;
        }
        _committed.Add(batch.ProducerId);
        return false;
    }

    /// <summary>A control batch. True: it is the marker of a transaction without any data left.</summary>
    public bool OnControlBatch(RecordBatchView batch)
    {
        Begin(batch.LastOffset);
        // Other control records mean something by themselves; and the record of a marker may be gone from a batch that was kept empty.
        if (!TransactionMarker.TryRead(batch, out var marker))
            return batch.RecordCount == 0;
        if (marker.Marker.IsCommit)
            return !_committed.Remove(batch.ProducerId);
        if (!_aborted.Remove(batch.ProducerId, out var transaction) || !transaction.HasData)
            return true;
        StillWithData.Add(transaction.Transaction);
        return false;
    }

    private void Begin(long offset)
    {
        while (_ahead.TryPeek(out var next, out var first) && first <= offset)
        {
            _ahead.Dequeue();
            _aborted[next.ProducerId] = new Aborted(next);
        }
    }

    private sealed class Aborted(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction => transaction;

        public bool HasData { get; set; }
    }
}
