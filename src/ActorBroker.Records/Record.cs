namespace ActorBroker.Records;

/// <summary>One record seen in place; valid as long as the bytes that it was read from. Records of old message sets look the same and have
/// no headers.</summary>
public readonly ref struct Record
{
    private readonly ReadOnlySpan<byte> _headers;

    internal Record(long offset, long timestamp, OptionalBytes key, OptionalBytes value, int headerCount, ReadOnlySpan<byte> headers, int sizeInBytes)
    {
        Offset = offset;
        Timestamp = timestamp;
        Key = key;
        Value = value;
        HeaderCount = headerCount;
        _headers = headers;
        SizeInBytes = sizeInBytes;
    }

    public long Offset { get; }

    /// <summary>Milliseconds since 1970, the batch's append time where that counts; -1 when the record has none.</summary>
    public long Timestamp { get; }

    public OptionalBytes Key { get; }

    public OptionalBytes Value { get; }

    /// <summary>Bytes in the (uncompressed) batch, the length prefix included.</summary>
    public int SizeInBytes { get; }

    public int HeaderCount { get; }

    /// <summary>Compaction reads a key without a value as "delete".</summary>
    public bool IsTombstone => Key.HasValue && !Value.HasValue;

    public RecordHeaders Headers => new(_headers);

    internal ReadOnlySpan<byte> EncodedHeaders => _headers;
}

/// <summary>A header to write.</summary>
/// <param name="Key">Not null; written as UTF-8.</param>
/// <param name="Value">May be null.</param>
public readonly record struct RecordHeader(string Key, ReadOnlyMemory<byte>? Value);

/// <summary>A header seen in place.</summary>
public readonly ref struct RecordHeaderView
{
    internal RecordHeaderView(ReadOnlySpan<byte> key, OptionalBytes value)
    {
        Key = key;
        Value = value;
    }

    /// <summary>UTF-8 as the producer sent it, not checked.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public OptionalBytes Value { get; }
}

/// <summary>The headers of a record that was read; their structure was checked then.</summary>
public ref struct RecordHeaders
{
    private readonly ReadOnlySpan<byte> _bytes;
    private int _next;
    private RecordHeaderView _current;

    internal RecordHeaders(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public readonly RecordHeaderView Current => _current;

    public readonly RecordHeaders GetEnumerator() => this;

    public bool MoveNext() => _next < _bytes.Length && TryReadOne(_bytes, ref _next, out _current);

    internal static bool TryReadOne(ReadOnlySpan<byte> bytes, scoped ref int position, out RecordHeaderView header)
    {
        header = default;
        if (!Varint.TryRead(bytes, ref position, out var keyLength) || (uint)keyLength > (uint)(bytes.Length - position))
            return false;
        var key = bytes.Slice(position, keyLength);
        position += keyLength;
        if (!RecordEnumerator.TryReadOptional(bytes, ref position, out var value))
            return false;
        header = new RecordHeaderView(key, value);
        return true;
    }
}
