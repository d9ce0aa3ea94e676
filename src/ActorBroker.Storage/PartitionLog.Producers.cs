using System.Buffers;
using ActorBroker.Records;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Offsets of the producer snapshots on disk, ascending: one at the start of each segment, and one at the last clean close.</summary>
    private List<long> _snapshots = [];

    /// <summary>Forgets producers that were silent for producer.id.expiration.ms.</summary>
    public void ExpireProducers(long nowMs) => _producers.RemoveExpired(nowMs, _config.ProducerIdExpirationMs);

    /// <summary>Writes the producers as of the log end, under the offset at which the next segment starts.</summary>
    private void WriteProducerSnapshot(long offset)
    {
        if (offset <= _segments[0].BaseOffset || (_snapshots.Count > 0 && _snapshots[^1] == offset))
            return;
        ProducerSnapshotFile.Write(_state.FileSystem, SnapshotPath(offset), _producers);
        _snapshots.Add(offset);
    }

    /// <summary>Takes the producers from the newest readable snapshot and the batches behind it.</summary>
    private void LoadProducers(List<long> snapshots)
    {
        _snapshots = snapshots;
        RemoveSnapshots(offset => offset > _logEndOffset);
        // Kept: where a truncation to a segment's start finds its state, and the newest.
        var newest = _snapshots.Count > 0 ? _snapshots[^1] : -1;
        RemoveSnapshots(offset => offset != newest && Array.TrueForAll(_segments, segment => segment.BaseOffset != offset));
        ReloadProducers();
    }

    private void ReloadProducers()
    {
        _producers.Clear();
        var from = _segments[0].BaseOffset;
        for (var i = _snapshots.Count - 1; i >= 0; i--)
        {
            var offset = _snapshots[i];
            if (offset > _logEndOffset)
                continue;
            if (AtomicFile.TryRead(_state.FileSystem, SnapshotPath(offset)) is { } bytes && ProducerSnapshotFile.TryDecode(bytes, _producers))
            {
                from = offset;
                break;
            }
            _state.FileSystem.DeleteFile(SnapshotPath(offset));
            _snapshots.RemoveAt(i);
        }
        if (from < _logEndOffset)
            VisitBatches(from, Replay);
        _producers.OnHighWatermark(_highWatermark);
    }

    private void Replay(BatchHeader header, Segment segment, long position)
    {
        if (!header.HasProducerId)
            return;
        if (!header.IsControl)
        {
            _producers.Apply(header);
            return;
        }
        var bytes = ArrayPool<byte>.Shared.Rent(header.Size);
        try
        {
            var length = segment.Log.Read(bytes.AsSpan(0, header.Size), position);
            if (EndMarker.TryRead(bytes.AsSpan(0, length), out var marker)
                && _producers.ApplyMarker(header, marker) is { } aborted
                && IsMissing(segment.Aborted, aborted))
                segment.Aborted.Append(aborted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    /// <summary>Whether a crash lost the transaction's entry: entries are in the order of their markers.</summary>
    private static bool IsMissing(AbortedTransactionIndex index, AbortedTransaction transaction) =>
        index.Count == 0 || index.ReadAll()[^1].LastOffset < transaction.LastOffset;

    private void RemoveSnapshots(Predicate<long> remove)
    {
        foreach (var offset in _snapshots.FindAll(remove))
            _state.FileSystem.DeleteFile(SnapshotPath(offset));
        _snapshots.RemoveAll(remove);
    }

    private string SnapshotPath(long offset) => _directory.Combine(LogFileNames.Segment(offset, LogFileNames.ProducerSnapshotSuffix));
}
