namespace ActorBroker.Records;

/// <summary>The records of one entry of any magic, decompressed where needed. Dispose it to give the buffer back; records are valid until then.</summary>
public ref struct BatchRecords : IDisposable
{
    private RecordEnumerator _records;
    private MessageEnumerator _messages;
    private readonly bool _isOld;
    private readonly PooledBytes? _decompressed;

    private BatchRecords(RecordEnumerator records, PooledBytes? decompressed)
    {
        _records = records;
        _decompressed = decompressed;
    }

    private BatchRecords(MessageEnumerator messages, PooledBytes? decompressed)
    {
        _messages = messages;
        _decompressed = decompressed;
        _isOld = true;
    }

    public readonly Record Current => _isOld ? _messages.Current : _records.Current;

    /// <summary>Why the walk ended early; None when all records were seen.</summary>
    public readonly RecordsProblem Problem => _isOld ? _messages.Problem : _records.Problem;

    /// <summary>Opens a batch (magic 2).</summary>
    /// <param name="maxDecompressedBytes">Limit on the record array's size after decompression.</param>
    public static RecordsProblem TryOpen(RecordBatchView batch, int maxDecompressedBytes, out BatchRecords records)
    {
        records = default;
        // A batch that compaction emptied may have kept its codec bits.
        if (batch.Codec == CompressionCodec.None || (batch.RecordCount == 0 && batch.Payload.IsEmpty))
        {
            records = new BatchRecords(new RecordEnumerator(batch.Payload, batch), null);
            return RecordsProblem.None;
        }
        var bytes = new PooledBytes();
        var problem = Compression.Decompress(batch.Codec, batch.Magic, batch.Payload, maxDecompressedBytes, bytes);
        if (problem != RecordsProblem.None)
        {
            bytes.Dispose();
            return problem;
        }
        records = new BatchRecords(new RecordEnumerator(bytes.Span, batch), bytes);
        return RecordsProblem.None;
    }

    /// <summary>Opens an entry of any magic. Checksums of old messages inside a wrapper are checked, the entry's own is not.</summary>
    public static RecordsProblem TryOpen(BatchEntry entry, int maxDecompressedBytes, out BatchRecords records)
    {
        records = default;
        if (entry.Magic == RecordBatch.CurrentMagic)
            return entry.TryGetBatch(out var batch, out _) ? TryOpen(batch, maxDecompressedBytes, out records) : RecordsProblem.Malformed;
        if (!MessageView.TryRead(entry.Bytes, out var message))
            return RecordsProblem.Malformed;
        if (message.Codec == CompressionCodec.None)
        {
            records = new BatchRecords(MessageEnumerator.Single(message), null);
            return RecordsProblem.None;
        }
        if (!message.Value.HasValue)
            return RecordsProblem.Malformed;
        var bytes = new PooledBytes();
        var problem = message.Codec >= CompressionCodec.Zstd
            ? RecordsProblem.UnsupportedCompression
            : Compression.Decompress(message.Codec, message.Magic, message.Value.Bytes, maxDecompressedBytes, bytes);
        var inner = default(MessageEnumerator);
        if (problem == RecordsProblem.None)
            problem = MessageEnumerator.TryCreate(bytes.Span, message, out inner);
        if (problem != RecordsProblem.None)
        {
            bytes.Dispose();
            return problem;
        }
        records = new BatchRecords(inner, bytes);
        return RecordsProblem.None;
    }

    public bool MoveNext() => _isOld ? _messages.MoveNext() : _records.MoveNext();

    public readonly void Dispose() => _decompressed?.Dispose();
}
