namespace ActorBroker.Records;

/// <summary>Rewrites entries of a log for consumers that know only magic 0 or 1 (Fetch versions 0 to 3). Headers and control batches have no
/// place there and are left out; compressed batches become compressed wrappers.</summary>
public static class DownConversion
{
    /// <summary>Converts entries one after the other until the next would pass <paramref name="maxBytes"/>; the first is written whatever its size.</summary>
    /// <param name="log">Consecutive entries of any magic; a torn tail is left alone.</param>
    /// <param name="targetMagic">0 or 1.</param>
    /// <param name="fromOffset">Uncompressed records before it are left out.</param>
    /// <param name="maxDecompressedBytes">Limit on one entry after decompression.</param>
    /// <param name="consumed">Bytes of <paramref name="log"/> that the output stands for.</param>
    /// <returns>UnsupportedCompression at a zstd batch that nothing precedes: old formats do not know the codec.</returns>
    public static RecordsProblem Convert(ReadOnlySpan<byte> log, byte targetMagic, long fromOffset, int maxBytes, int maxDecompressedBytes,
        PooledBytes destination, out int consumed)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(targetMagic, (byte)1);
        consumed = 0;
        var start = destination.Length;
        var entries = new BatchEntries(log);
        while (entries.MoveNext())
        {
            var before = destination.Length;
            var problem = entries.Current.Magic <= targetMagic
                ? Copy(entries.Current, destination)
                : ConvertEntry(entries.Current, targetMagic, fromOffset, maxDecompressedBytes, destination);
            var isFirst = before == start;
            if (problem != RecordsProblem.None || (destination.Length - start > maxBytes && !isFirst))
            {
                destination.Length = before;
                return isFirst ? problem : RecordsProblem.None;
            }
            consumed = entries.Position;
            if (destination.Length - start >= maxBytes)
                break;
        }
        return RecordsProblem.None;
    }

    private static RecordsProblem Copy(BatchEntry entry, PooledBytes destination)
    {
        destination.Append(entry.Bytes);
        return RecordsProblem.None;
    }

    private static RecordsProblem ConvertEntry(BatchEntry entry, byte magic, long fromOffset, int maxDecompressedBytes, PooledBytes destination)
    {
        var codec = CompressionCodec.None;
        var type = TimestampType.CreateTime;
        if (entry.TryGetBatch(out var batch, out _))
        {
            if (batch.IsControl)
                return RecordsProblem.None;
            (codec, type) = (batch.Codec, batch.TimestampType);
        }
        else if (MessageView.TryRead(entry.Bytes, out var message))
            (codec, type) = (message.Codec, message.TimestampType);
        if (codec >= CompressionCodec.Zstd)
            return RecordsProblem.UnsupportedCompression;

        var problem = BatchRecords.TryOpen(entry, maxDecompressedBytes, out var records);
        if (problem != RecordsProblem.None)
            return problem;
        using (records)
        {
            return codec == CompressionCodec.None
                ? WritePlain(records, magic, type, fromOffset, destination)
                : WriteWrapped(records, magic, codec, type, destination);
        }
    }

    private static RecordsProblem WritePlain(BatchRecords records, byte magic, TimestampType type, long fromOffset, PooledBytes destination)
    {
        while (records.MoveNext())
        {
            var record = records.Current;
            if (record.Offset >= fromOffset)
                MessageSetWriter.Append(destination, magic, record.Offset, CompressionCodec.None, type, record.Timestamp, record.Key, record.Value);
        }
        return records.Problem;
    }

    private static RecordsProblem WriteWrapped(BatchRecords records, byte magic, CompressionCodec codec, TimestampType type, PooledBytes destination)
    {
        using var wrapped = new MessageSetBuilder(magic, type);
        while (records.MoveNext())
            wrapped.Append(records.Current);
        return records.Problem != RecordsProblem.None ? records.Problem : wrapped.WriteWrapped(codec, destination);
    }
}
