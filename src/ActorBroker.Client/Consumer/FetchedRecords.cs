using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Protocol.Messages;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>The bytes of one partition from one fetch, opened batch by batch as they are consumed.</summary>
internal sealed class FetchedRecords
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly long _fetchOffset;
    private readonly ConsumerOptions _options;
    private readonly Queue<ConsumeResult> _opened = [];
    private readonly HashSet<long> _abortedNow = [];
    private readonly List<FetchResponse.AbortedTransaction> _abortedLater;
    private int _position;

    /// <param name="fetchOffset">Records below it, which a batch may start with, are left out.</param>
    /// <param name="aborted">Aborted transactions in these bytes, for consumers that read committed records only.</param>
    public FetchedRecords(
        TopicPartition partition, ReadOnlyMemory<byte> bytes, long fetchOffset, List<FetchResponse.AbortedTransaction>? aborted, ConsumerOptions options)
    {
        Partition = partition;
        _bytes = bytes;
        _fetchOffset = fetchOffset;
        _options = options;
        _abortedLater = aborted is null ? [] : [.. aborted.OrderBy(transaction => transaction.FirstOffset)];
        NextFetchOffset = LastOffset(bytes.Span, fetchOffset - 1) + 1;
        Position = fetchOffset;
    }

    public TopicPartition Partition { get; }

    public int SizeInBytes => _bytes.Length;

    /// <summary>Where the next fetch of the partition starts, known without opening compressed batches.</summary>
    public long NextFetchOffset { get; }

    /// <summary>The offset up to which everything was handed out or skipped.</summary>
    public long Position { get; private set; }

    /// <summary>The next record, or false at the end.</summary>
    /// <exception cref="KafkaException">The bytes are corrupt: <see cref="ErrorCode.CorruptMessage"/>.</exception>
    public bool TryNext(out ConsumeResult record)
    {
        while (!_opened.TryDequeue(out record!))
        {
            if (!OpenNextBatch())
            {
                return false;
            }
        }

        Position = record.Offset + 1;
        return true;
    }

    private static long LastOffset(ReadOnlySpan<byte> bytes, long ifEmpty)
    {
        var last = ifEmpty;
        foreach (var entry in new BatchEntries(bytes))
        {
            last = entry.LastOffset;
        }

        return last;
    }

    private bool OpenNextBatch()
    {
        // Fetches end where the size limit fell; a cut entry at the end is no error.
        if (!BatchEntry.TryRead(_bytes.Span[_position..], out var entry, out _))
        {
            Position = Math.Max(Position, NextFetchOffset);
            return false;
        }

        var start = _position;
        _position += entry.SizeInBytes;
        var type = TimestampType.CreateTime;
        var epoch = -1;
        if (entry.Magic == RecordBatch.CurrentMagic)
        {
            if (!entry.TryGetBatch(out var batch, out var problem) || (_options.CheckCrcs && !batch.IsCrcValid))
            {
                throw new KafkaException(ErrorCode.CorruptMessage, $"the batch at offset {entry.OffsetField} of {Partition} is damaged");
            }

            if (TransactionMarker.TryRead(batch, out var marker) && !marker.Marker.IsCommit)
            {
                _abortedNow.Remove(marker.ProducerId);
            }

            if (batch.IsControl || IsAborted(batch))
            {
                Position = Math.Max(Position, batch.NextOffset);
                return true;
            }

            (type, epoch) = (batch.TimestampType, batch.LeaderEpoch);
        }

        Open(entry, start, type, epoch);
        Position = Math.Max(Position, _opened.Count > 0 ? Position : entry.LastOffset + 1);
        return true;
    }

    private void Open(BatchEntry entry, int start, TimestampType type, int epoch)
    {
        var problem = BatchRecords.TryOpen(entry, _options.MaxDecompressedBatchBytes, out var records);
        if (problem != RecordsProblem.None)
        {
            throw new KafkaException(ErrorCode.CorruptMessage, $"the batch at offset {entry.OffsetField} of {Partition} cannot be opened: {problem}");
        }

        using (records)
        {
            while (records.MoveNext())
            {
                var record = records.Current;
                if (record.Offset >= _fetchOffset)
                {
                    _opened.Enqueue(new ConsumeResult(
                        Partition, record.Offset, record.Timestamp, Keep(record.Key, entry, start), Keep(record.Value, entry, start), Headers(record), epoch) { TimestampType = type });
                }
            }

            if (records.Problem != RecordsProblem.None)
            {
                throw new KafkaException(ErrorCode.CorruptMessage, $"the batch at offset {entry.OffsetField} of {Partition} is damaged: {records.Problem}");
            }
        }
    }

    /// <summary>Bytes that lie in the response are sliced; decompressed ones go back to a pool, so they are copied.</summary>
    private ReadOnlyMemory<byte>? Keep(OptionalBytes field, BatchEntry entry, int start)
    {
        if (!field.HasValue)
        {
            return null;
        }

        if (field.Bytes.IsEmpty)
        {
            return ReadOnlyMemory<byte>.Empty;
        }

        return entry.Bytes.Overlaps(field.Bytes, out _)
            ? _bytes.Slice(start + (int)Unsafe.ByteOffset(ref MemoryMarshal.GetReference(entry.Bytes), ref MemoryMarshal.GetReference(field.Bytes)), field.Bytes.Length)
            : field.Bytes.ToArray();
    }

    private static List<RecordHeader> Headers(Record record)
    {
        var headers = new List<RecordHeader>(record.HeaderCount);
        foreach (var header in record.Headers)
        {
            headers.Add(new RecordHeader(Encoding.UTF8.GetString(header.Key), header.Value.HasValue ? new ReadOnlyMemory<byte>(header.Value.ToArray()) : default(ReadOnlyMemory<byte>?)));
        }

        return headers;
    }

    private bool IsAborted(RecordBatchView batch)
    {
        if (!_options.ReadCommitted || !batch.IsTransactional)
        {
            return false;
        }

        while (_abortedLater.Count > 0 && _abortedLater[0].FirstOffset <= batch.LastOffset)
        {
            _abortedNow.Add(_abortedLater[0].ProducerId);
            _abortedLater.RemoveAt(0);
        }

        return _abortedNow.Contains(batch.ProducerId);
    }
}
