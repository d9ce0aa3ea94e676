using ActorBroker.Records;
using ActorBroker.Storage.Producers;

namespace ActorBroker.Storage.Compaction;

/// <summary>Producers that may still write, with their last data batch: it is kept, emptied at worst, so that their sequences are known after a
/// restart from the log alone.</summary>
internal sealed class ActiveProducers
{
    private readonly Dictionary<long, (short Epoch, long LastDataOffset)> _producers = [];

    public ActiveProducers(ProducerTable table)
    {
        foreach (var (id, entry) in table.Entries)
            _producers[id] = (entry.Epoch, entry.LastOffset);
    }

    public bool IsLastOf(RecordBatchView batch)
    {
        if (!batch.HasProducerId || !_producers.TryGetValue(batch.ProducerId, out var producer))
            return false;
        // A producer of which only markers are left is known by the last of them.
        return producer.LastDataOffset >= 0
            ? batch.LastOffset == producer.LastDataOffset
            : batch.IsControl && batch.ProducerEpoch == producer.Epoch;
    }
}

/// <summary>Decides, batch by batch in the order of the log, what compaction keeps; the rules are Kafka's.</summary>
internal sealed class CompactionFilter(
    OffsetMap map, long end, TransactionTrail trail, ActiveProducers producers, LogConfig config, CompactionLimits limits, long nowMs)
{
    private int _stillAborted;

    public long RecordsKept { get; private set; }

    public long RecordsDropped { get; private set; }

    /// <summary>Appends what is kept of the batch.</summary>
    public RecordsProblem Write(RecordBatchView batch, PooledBytes output)
    {
        var isWithoutData = batch.IsControl ? trail.OnControlBatch(batch) : trail.OnBatch(batch);
        // The last batch of the round stays as a mark of how far the log was compacted, and the last one of a producer for its sequence.
        var keepsEmpty = producers.IsLastOf(batch) || batch.NextOffset == end;
        var horizon = batch.HasDeleteHorizon ? batch.BaseTimestamp : (long?)null;
        var dropsAll = isWithoutData && (!batch.IsControl || horizon <= nowMs);
        var retention = new Retention(map, end, horizon is null || nowMs < horizon, batch.IsControl && !dropsAll, dropsAll);

        var start = output.Length;
        var problem = BatchFilter.Filter(batch, ref retention, null, keepsEmpty, limits.MaxDecompressedBytes, output, out var result);
        var needsHorizon = horizon is null && (retention.KeptTombstone || (isWithoutData && batch.IsControl));
        if (problem == RecordsProblem.None && needsHorizon && result is FilterResult.Copied or FilterResult.Rewritten)
        {
            // Tombstones and lone markers are kept from now on for delete.retention.ms; the batch says until when.
            output.Length = start;
            retention = retention.Again();
            problem = BatchFilter.Filter(batch, ref retention, nowMs + config.DeleteRetentionMs, keepsEmpty, limits.MaxDecompressedBytes, output, out result);
        }
        RecordsKept += retention.Kept;
        RecordsDropped += batch.RecordCount - retention.Kept;
        return problem;
    }

    /// <summary>Appends what is kept of an entry of magic 0 or 1. It has no place for a delete horizon.</summary>
    /// <param name="keepsTombstones">Whether the segment is so young that its tombstones stay.</param>
    public RecordsProblem WriteOld(BatchEntry entry, bool keepsTombstones, PooledBytes output)
    {
        var retention = new Retention(map, end, keepsTombstones, keepsAll: false, dropsAll: false);
        var problem = MessageFilter.Filter(entry, ref retention, limits.MaxDecompressedBytes, output, out _, out var count);
        RecordsKept += retention.Kept;
        RecordsDropped += count - retention.Kept;
        return problem;
    }

    /// <summary>The aborted transactions with data left whose markers went by since the last call.</summary>
    public IEnumerable<AbortedTransaction> TakeStillAborted()
    {
        var taken = trail.StillWithData.Skip(_stillAborted).ToList();
        _stillAborted = trail.StillWithData.Count;
        return taken;
    }

    private struct Retention(OffsetMap map, long end, bool keepsTombstones, bool keepsAll, bool dropsAll) : IRecordRetention
    {
        public long Kept { get; private set; }

        public bool KeptTombstone { get; private set; }

        public bool Retains(in Record record)
        {
            var keeps = keepsAll || (!dropsAll && IsLast(record));
            if (keeps)
            {
                Kept++;
                KeptTombstone |= !keepsAll && record.IsTombstone;
            }
            return keeps;
        }

        public readonly Retention Again() => new(map, end, keepsTombstones, keepsAll, dropsAll);

        private readonly bool IsLast(in Record record)
        {
            // Beyond the map nothing is known yet.
            if (record.Offset >= end)
                return true;
            if (!record.Key.HasValue || map.Get(record.Key.Bytes) > record.Offset)
                return false;
            return record.Value.HasValue || keepsTombstones;
        }
    }
}
