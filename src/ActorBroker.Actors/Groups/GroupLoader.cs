using ActorBroker.Coordination.Groups;
using ActorBroker.Model;
using ActorBroker.Protocol;
using ActorBroker.Records;

namespace ActorBroker.Actors.Groups;

/// <summary>What a load found.</summary>
public sealed record LoadedGroups(IReadOnlyList<GroupCore> Groups, long Records, long Bytes);

/// <summary>
/// Rebuilds the groups of a partition from its log. Blocks on reads: it is for a thread of its own, not for an actor's. The groups that it
/// returns belong to the caller.
/// </summary>
public sealed class GroupLoader(ICoordinatorLog log, GroupSettings settings)
{
    /// <summary>Kafka: offsets.load.buffer.size. A larger batch is still read whole.</summary>
    private const int ReadBytes = 5 * 1024 * 1024;

    /// <summary>Batches that say they decompress to more than this are corrupt.</summary>
    private const int MaxDecompressedBytes = 256 * 1024 * 1024;

    private readonly Dictionary<string, GroupCore> _groups = [];

    /// <summary>Offsets of transactions that are not decided yet, by producer.</summary>
    private readonly Dictionary<long, List<GroupRecord>> _undecided = [];

    private long _records;
    private long _bytes;

    /// <param name="isCancelled">Asked now and then; what was loaded is of no use then.</param>
    /// <exception cref="InvalidDataException">The log holds something that is not a record of this topic.</exception>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public LoadedGroups Load(Func<bool> isCancelled)
    {
        var next = log.LogStartOffset;
        var end = log.LogEndOffset;
        while (next < end && !isCancelled())
        {
            var read = log.Read(next, ReadBytes);
            if (read.Error != ErrorCode.None || read.Records is null)
            {
                throw new IOException($"Reading at offset {next} failed: {read.Error}.");
            }

            byte[] bytes;
            try
            {
                bytes = read.Records.ToArray();
            }
            finally
            {
                read.Records.Release();
            }

            if (bytes.Length == 0)
            {
                break; // what was below the end has been compacted away
            }

            next = new Offset(TakeIn(bytes, next.Value));
        }

        return new LoadedGroups([.. _groups.Values.Where(group => !group.IsVacant)], _records, _bytes);
    }

    /// <summary>Takes in every batch; the offset after them.</summary>
    private long TakeIn(byte[] bytes, long next)
    {
        _bytes += bytes.Length;
        for (var at = 0; at < bytes.Length;)
        {
            if (!RecordBatchView.TryRead(bytes.AsSpan(at), out var batch, out var problem))
            {
                throw new InvalidDataException($"The batch after offset {next} is not readable: {problem}.");
            }

            if (batch.IsControl)
            {
                Decide(batch);
            }
            else
            {
                TakeIn(batch);
            }

            next = batch.NextOffset;
            at += batch.SizeInBytes;
        }

        return next;
    }

    private void TakeIn(RecordBatchView batch)
    {
        var problem = BatchRecords.TryOpen(batch, MaxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
        {
            throw new InvalidDataException($"The batch at offset {batch.BaseOffset} is not readable: {problem}.");
        }

        using (records)
        {
            while (records.MoveNext())
            {
                _records++;
                var record = records.Current;
                // Copies: members' metadata and assignments live on in the groups.
                if (Decode(record.Key.ToArray(), record.Value.ToArray(), record.Offset) is { } decoded)
                {
                    TakeIn(decoded, batch);
                }
            }

            if (records.Problem != RecordsProblem.None)
            {
                throw new InvalidDataException($"A record of the batch at offset {batch.BaseOffset} is not readable: {records.Problem}.");
            }
        }
    }

    private static GroupRecord? Decode(byte[]? key, byte[]? value, long offset)
    {
        try
        {
            return GroupRecordCodec.Decode(key, value is null ? default(ReadOnlyMemory<byte>?) : value);
        }
        catch (ProtocolException error)
        {
            throw new InvalidDataException($"The record at offset {offset} is not one of a group: {error.Message}", error);
        }
    }

    private void TakeIn(GroupRecord record, RecordBatchView batch)
    {
        if (!batch.IsTransactional)
        {
            Apply(record);
        }
        else if (_undecided.TryGetValue(batch.ProducerId, out var waiting))
        {
            waiting.Add(record);
        }
        else
        {
            _undecided.Add(batch.ProducerId, [record]);
        }
    }

    private void Decide(RecordBatchView batch)
    {
        if (TransactionMarker.TryRead(batch, out var marker) && _undecided.Remove(marker.ProducerId, out var records) && marker.Marker.IsCommit)
        {
            records.ForEach(Apply);
        }
    }

    private void Apply(GroupRecord record)
    {
        if (!_groups.TryGetValue(record.GroupId, out var group))
        {
            _groups.Add(record.GroupId, group = new GroupCore(record.GroupId, settings));
        }

        group.Replay(record);
    }
}
