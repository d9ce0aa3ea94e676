namespace ActorBroker.Records;

/// <summary>Walks an uncompressed record array (magic 2) without allocating. Ends early at the first record that does not fit its own
/// lengths; ask <see cref="Problem"/> afterwards.</summary>
public ref struct RecordEnumerator
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _baseOffset;
    private readonly long _baseTimestamp;
    private readonly long _appendTime;
    private readonly bool _hasAppendTime;
    private int _remaining;
    private int _next;
    private Record _current;

    /// <param name="records">The record array, uncompressed.</param>
    /// <param name="batch">The batch that it belongs to: count, offsets and timestamps count from its header.</param>
    public RecordEnumerator(ReadOnlySpan<byte> records, RecordBatchView batch)
    {
        _bytes = records;
        _remaining = batch.RecordCount;
        _baseOffset = batch.BaseOffset;
        _baseTimestamp = batch.BaseTimestamp;
        _hasAppendTime = batch.TimestampType == TimestampType.LogAppendTime;
        _appendTime = batch.MaxTimestamp;
    }

    public readonly Record Current => _current;

    /// <summary>Malformed when the walk ended before the count was reached, or when bytes are left after it.</summary>
    public RecordsProblem Problem { get; private set; }

    public readonly RecordEnumerator GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_remaining > 0 && Problem == RecordsProblem.None)
        {
            if (TryReadOne())
            {
                _remaining--;
                return true;
            }
            Problem = RecordsProblem.Malformed;
        }
        else if (_next != _bytes.Length)
            Problem = RecordsProblem.Malformed;
        _current = default;
        return false;
    }

    internal static bool TryReadOptional(ReadOnlySpan<byte> bytes, scoped ref int position, out OptionalBytes value)
    {
        value = default;
        if (!Varint.TryRead(bytes, ref position, out var length))
            return false;
        if (length < 0)
            return true;
        if (length > bytes.Length - position)
            return false;
        value = bytes.Slice(position, length);
        position += length;
        return true;
    }

    private bool TryReadOne()
    {
        var start = _next;
        if (!Varint.TryRead(_bytes, ref _next, out var length) || (uint)length > (uint)(_bytes.Length - _next))
            return false;
        var body = _bytes.Slice(_next, length);
        var at = 1; // The attributes byte has no meaning yet.
        if (!Varint.TryReadLong(body, ref at, out var timestampDelta)
            || !Varint.TryRead(body, ref at, out var offsetDelta)
            || !TryReadOptional(body, ref at, out var key)
            || !TryReadOptional(body, ref at, out var value)
            || !Varint.TryRead(body, ref at, out var headerCount)
            || headerCount < 0)
            return false;
        var headersAt = at;
        for (var i = 0; i < headerCount; i++)
        {
            if (!RecordHeaders.TryReadOne(body, ref at, out _))
                return false;
        }
        if (at != body.Length)
            return false;
        _next += length;
        _current = new Record(_baseOffset + offsetDelta, _hasAppendTime ? _appendTime : _baseTimestamp + timestampDelta,
            key, value, headerCount, body[headersAt..], _next - start);
        return true;
    }
}
