namespace ActorBroker.Records;

/// <summary>A record found by time.</summary>
public readonly record struct TimestampedOffset(long Timestamp, long Offset)
{
    public static readonly TimestampedOffset None = new(RecordBatch.NoTimestamp, -1);

    public bool IsFound => Offset >= 0;
}

/// <summary>Searches inside one entry of a log.</summary>
public static class BatchSearch
{
    /// <summary>The first record with an offset of at least <paramref name="fromOffset"/> and a timestamp of at least
    /// <paramref name="timestamp"/>.</summary>
    /// <param name="maxDecompressedBytes">Limit on the record array after decompression.</param>
    public static RecordsProblem FindFirstAtOrAfter(BatchEntry entry, long timestamp, long fromOffset, int maxDecompressedBytes, out TimestampedOffset found)
    {
        found = TimestampedOffset.None;
        // The header alone often decides: nothing late enough, or nothing far enough.
        if (entry.LastOffset < fromOffset
            || (entry.Magic == RecordBatch.CurrentMagic && entry.TryGetBatch(out var batch, out _) && batch.MaxTimestamp < timestamp))
            return RecordsProblem.None;
        var problem = BatchRecords.TryOpen(entry, maxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
            return problem;
        try
        {
            while (records.MoveNext())
            {
                if (records.Current.Timestamp < timestamp || records.Current.Offset < fromOffset)
                    continue;
                found = new TimestampedOffset(records.Current.Timestamp, records.Current.Offset);
                return RecordsProblem.None;
            }
            return records.Problem;
        }
        finally
        {
            records.Dispose();
        }
    }

    /// <summary>The first of the records with the largest timestamp (ListOffsets with -3, KIP-734). With LogAppendTime that is the first record.</summary>
    public static RecordsProblem FindMaxTimestamp(BatchEntry entry, int maxDecompressedBytes, out TimestampedOffset found)
    {
        found = TimestampedOffset.None;
        var problem = BatchRecords.TryOpen(entry, maxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
            return problem;
        while (records.MoveNext())
        {
            if (!found.IsFound || records.Current.Timestamp > found.Timestamp)
                found = new TimestampedOffset(records.Current.Timestamp, records.Current.Offset);
        }
        problem = records.Problem;
        records.Dispose();
        return problem;
    }
}
