using System.Runtime.InteropServices;
using ActorBroker.Records;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage.Producers;

/// <summary>An aborted transaction as consumers that read only committed records need it.</summary>
/// <param name="LastOffset">The offset of its abort marker.</param>
/// <param name="LastStableOffset">The last stable offset at the time when the marker was written.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>The producers of one log: sequence windows, epochs and transactions. Used by the log's writer alone; empty logs and logs of
/// plain producers keep nothing.</summary>
internal sealed class ProducerTable
{
    private Dictionary<long, ProducerEntry>? _producers;

    /// <summary>First offsets of open transactions.</summary>
    private SortedDictionary<long, long>? _open;

    /// <summary>First and last offsets of ended transactions whose marker the high watermark has not passed.</summary>
    private SortedDictionary<long, long>? _undecided;

    public int Count => _producers?.Count ?? 0;

    public IEnumerable<KeyValuePair<long, ProducerEntry>> Entries => _producers ?? [];

    /// <summary>The first offset of any transaction that is open, or ended by a marker that may still be lost; null when there is none.</summary>
    public long? FirstUnstableOffset
    {
        get
        {
            long? first = _open is { Count: > 0 } ? _open.First().Key : null;
            if (_undecided is { Count: > 0 } && (first is null || _undecided.First().Key < first))
                first = _undecided.First().Key;
            return first;
        }
    }

    public ProducerEntry? Find(long producerId) => _producers?.GetValueOrDefault(producerId);

    public void Clear()
    {
        _producers = null;
        _open = null;
        _undecided = null;
    }

    /// <summary>Judges a batch that a producer sent. Only <see cref="AppendStatus.Appended"/> may be written.</summary>
    public AppendStatus Check(in BatchHeader header, out ProducerBatch duplicate)
    {
        duplicate = default;
        if (Find(header.ProducerId) is not { } entry)
            return AppendStatus.Appended;
        if (entry.FindDuplicate(header) is { } earlier)
        {
            duplicate = earlier;
            return AppendStatus.Duplicate;
        }
        if (header.ProducerEpoch < entry.Epoch)
            return AppendStatus.InvalidProducerEpoch;
        if (header.ProducerEpoch != entry.Epoch)
        {
            // A new epoch starts anew; an entry without epoch is one of which everything was deleted.
            if (header.BaseSequence != 0 && entry.Epoch != RecordBatch.NoProducerEpoch)
                return AppendStatus.OutOfOrderSequence;
        }
        else if (!Follows(entry.LastSequence, header.BaseSequence))
        {
            return AppendStatus.OutOfOrderSequence;
        }
        return entry.TransactionFirstOffset != ProducerEntry.NoTransaction && !header.IsTransactional
            ? AppendStatus.InvalidTransactionState
            : AppendStatus.Appended;
    }

    /// <summary>Judges a transaction marker that a coordinator sent.</summary>
    public AppendStatus CheckMarker(in BatchHeader header, TransactionMarker marker)
    {
        if (Find(header.ProducerId) is not { } entry)
            return AppendStatus.Appended;
        if (header.ProducerEpoch < entry.Epoch)
            return AppendStatus.InvalidProducerEpoch;
        return marker.CoordinatorEpoch < entry.CoordinatorEpoch ? AppendStatus.TransactionCoordinatorFenced : AppendStatus.Appended;
    }

    /// <summary>Notes a written batch of a producer; <see cref="BatchHeader.BaseOffset"/> is final.</summary>
    public void Apply(in BatchHeader header)
    {
        var entry = GetOrAdd(header.ProducerId);
        entry.MoveToEpoch(header.ProducerEpoch);
        entry.Add(new ProducerBatch(header.LastSequence, header.LastOffset, header.LastOffsetDelta, header.MaxTimestamp));
        if (header.IsTransactional && entry.TransactionFirstOffset == ProducerEntry.NoTransaction)
        {
            entry.TransactionFirstOffset = header.BaseOffset;
            (_open ??= [])[header.BaseOffset] = header.ProducerId;
        }
    }

    /// <summary>Notes a written marker. Returns the aborted transaction when there was one.</summary>
    public AbortedTransaction? ApplyMarker(in BatchHeader header, TransactionMarker marker)
    {
        var entry = GetOrAdd(header.ProducerId);
        entry.MoveToEpoch(header.ProducerEpoch);
        entry.CoordinatorEpoch = marker.CoordinatorEpoch;
        entry.LastTimestamp = header.MaxTimestamp;
        var first = entry.TransactionFirstOffset;
        if (first == ProducerEntry.NoTransaction)
            return null;
        entry.TransactionFirstOffset = ProducerEntry.NoTransaction;
        _open!.Remove(first);
        var last = header.BaseOffset;
        var stable = _open.Count > 0 ? _open.First().Key : last + 1;
        // Before the marker is replicated it may still be lost: the transaction holds the last stable offset until then.
        (_undecided ??= [])[first] = last;
        return marker.IsCommit ? null : new AbortedTransaction(header.ProducerId, first, last, stable);
    }

    /// <summary>Forgets ended transactions whose marker is below the high watermark.</summary>
    public void OnHighWatermark(long highWatermark)
    {
        if (_undecided is not { Count: > 0 })
            return;
        List<long>? decided = null;
        foreach (var (first, last) in _undecided)
        {
            if (last < highWatermark)
                (decided ??= []).Add(first);
        }
        if (decided is null)
            return;
        foreach (var first in decided)
            _undecided.Remove(first);
    }

    /// <summary>Forgets producers that have been silent for so long and have no open transaction.</summary>
    public void RemoveExpired(long nowMs, long expirationMs)
    {
        if (_producers is null)
            return;
        List<long>? expired = null;
        foreach (var (id, entry) in _producers)
        {
            if (entry.TransactionFirstOffset == ProducerEntry.NoTransaction && nowMs - entry.LastTimestamp >= expirationMs)
                (expired ??= []).Add(id);
        }
        if (expired is null)
            return;
        foreach (var id in expired)
            _producers.Remove(id);
        if (_producers.Count == 0)
            _producers = null;
    }

    /// <summary>Puts back an entry that a snapshot held.</summary>
    public void Restore(long producerId, ProducerEntry entry)
    {
        (_producers ??= [])[producerId] = entry;
        if (entry.TransactionFirstOffset != ProducerEntry.NoTransaction)
            (_open ??= [])[entry.TransactionFirstOffset] = producerId;
    }

    private static bool Follows(int last, int next) => next == (long)last + 1 || (next == 0 && last == int.MaxValue);

    private ProducerEntry GetOrAdd(long producerId)
    {
        ref var entry = ref CollectionsMarshal.GetValueRefOrAddDefault(_producers ??= [], producerId, out _);
        return entry ??= new ProducerEntry();
    }
}
