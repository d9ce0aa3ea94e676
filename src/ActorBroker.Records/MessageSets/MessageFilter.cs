namespace ActorBroker.Records;

/// <summary>Writes what compaction keeps of an entry of magic 0 or 1, in its own format: a message as it is or not at all, a compressed wrapper with fewer
/// messages, each at its offset.</summary>
public static class MessageFilter
{
    /// <summary>Appends the kept part of <paramref name="entry"/> to <paramref name="destination"/>.</summary>
    /// <param name="entry">Its checksum is compared here.</param>
    /// <param name="maxDecompressedBytes">Limit on a wrapper's set after decompression.</param>
    /// <param name="recordCount">Messages that the entry holds.</param>
    public static RecordsProblem Filter<TRetention>(
        BatchEntry entry, ref TRetention retention, int maxDecompressedBytes, PooledBytes destination, out FilterResult result, out int recordCount)
        where TRetention : IRecordRetention, allows ref struct
    {
        result = FilterResult.Dropped;
        recordCount = 0;
        if (!MessageView.TryRead(entry.Bytes, out var message))
            return RecordsProblem.Malformed;
        if (!message.IsCrcValid)
            return RecordsProblem.ChecksumMismatch;
        var problem = BatchRecords.TryOpen(entry, maxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
            return problem;
        using (records)
        {
            using var kept = new MessageSetBuilder(message.Magic, message.TimestampType);
            while (records.MoveNext())
            {
                recordCount++;
                if (retention.Retains(records.Current))
                    kept.Append(records.Current);
            }
            if (records.Problem != RecordsProblem.None || kept.Count == 0)
                return records.Problem;
            if (kept.Count < recordCount)
            {
                result = FilterResult.Rewritten;
                return kept.WriteWrapped(message.Codec, destination);
            }
        }
        destination.Append(entry.Bytes);
        result = FilterResult.Copied;
        return RecordsProblem.None;
    }
}
