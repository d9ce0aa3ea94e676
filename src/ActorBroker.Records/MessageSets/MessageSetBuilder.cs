namespace ActorBroker.Records;

/// <summary>Gathers messages of magic 0 or 1 and writes them as the compressed set of one wrapper message.</summary>
internal ref struct MessageSetBuilder(byte magic, TimestampType timestampType) : IDisposable
{
    private readonly PooledBytes _set = new();
    private long _first = -1;
    private long _last = -1;
    private long _maxTimestamp = RecordBatch.NoTimestamp;

    public int Count { get; private set; }

    /// <summary>Adds a record at its own offset, which must be above that of the one before.</summary>
    public void Append(in Record record)
    {
        if (Count++ == 0)
            _first = record.Offset;
        _last = record.Offset;
        _maxTimestamp = Math.Max(_maxTimestamp, record.Timestamp);
        // Inner offsets of magic 1 count from the first one; the wrapper has the last one's.
        MessageSetWriter.Append(
            _set, magic, magic == 0 ? record.Offset : record.Offset - _first, CompressionCodec.None, timestampType, record.Timestamp, record.Key, record.Value);
    }

    /// <summary>Appends the wrapper; nothing when there is no message.</summary>
    public readonly RecordsProblem WriteWrapped(CompressionCodec codec, PooledBytes destination)
    {
        if (Count == 0)
            return RecordsProblem.None;
        using var compressed = new PooledBytes();
        var problem = Compression.Compress(codec, null, magic, _set.Span, compressed);
        if (problem == RecordsProblem.None)
            MessageSetWriter.Append(destination, magic, _last, codec, timestampType, _maxTimestamp, default, (ReadOnlySpan<byte>)compressed.Span);
        return problem;
    }

    public readonly void Dispose() => _set.Dispose();
}
