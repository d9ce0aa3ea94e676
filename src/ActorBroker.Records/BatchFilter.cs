namespace ActorBroker.Records;

/// <summary>Decides record by record what compaction keeps.</summary>
public interface IRecordRetention
{
    bool Retains(in Record record);
}

/// <summary>What became of a batch that was filtered.</summary>
public enum FilterResult
{
    /// <summary>All records stay; the batch was copied as it is.</summary>
    Copied,

    /// <summary>Some records stay, or the delete horizon was set.</summary>
    Rewritten,

    /// <summary>No record stays, the header does.</summary>
    Emptied,

    /// <summary>Nothing was written.</summary>
    Dropped,
}

/// <summary>Writes what compaction keeps of a batch. Base offset, last offset and the producer's fields never change, so offsets and
/// sequences of what remains stay true.</summary>
public static class BatchFilter
{
    /// <summary>Appends the kept part of <paramref name="batch"/> to <paramref name="destination"/>.</summary>
    /// <param name="deleteHorizon">Set in the batch's header unless it has one already; null to leave it.</param>
    /// <param name="keepEmpty">Whether a header without records remains when no record does (the last batch of an active producer).</param>
    /// <param name="maxDecompressedBytes">Limit on the record array after decompression.</param>
    public static RecordsProblem Filter<TRetention>(RecordBatchView batch, ref TRetention retention, long? deleteHorizon, bool keepEmpty,
        int maxDecompressedBytes, PooledBytes destination, out FilterResult result)
        where TRetention : IRecordRetention, allows ref struct
    {
        result = FilterResult.Dropped;
        var problem = BatchRecords.TryOpen(batch, maxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
            return problem;
        var properties = BatchProperties.Of(batch);
        var setsHorizon = deleteHorizon is not null && properties.DeleteHorizon is null;
        if (setsHorizon)
            properties = properties with { DeleteHorizon = deleteHorizon };
        using var builder = new RecordBatchBuilder(properties, batch.SizeInBytes);
        using (records)
        {
            while (records.MoveNext())
            {
                if (retention.Retains(records.Current))
                    builder.Append(records.Current);
            }
            if (records.Problem != RecordsProblem.None)
                return records.Problem;
        }
        if (builder.Count == 0 && !keepEmpty)
            return RecordsProblem.None;
        if (builder.Count == batch.RecordCount && !setsHorizon)
        {
            destination.Append(batch.Bytes);
            result = FilterResult.Copied;
            return RecordsProblem.None;
        }
        problem = builder.Build(out var built);
        if (problem != RecordsProblem.None)
            return problem;
        destination.Append(built.Span);
        result = builder.Count == 0 ? FilterResult.Emptied : FilterResult.Rewritten;
        return RecordsProblem.None;
    }
}
