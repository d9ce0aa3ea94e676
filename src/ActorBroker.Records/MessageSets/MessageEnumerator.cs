namespace ActorBroker.Records;

/// <summary>Walks the messages of an old entry: the one message itself, or the decompressed set inside a wrapper, with absolute offsets.</summary>
internal ref struct MessageEnumerator
{
    private readonly ReadOnlySpan<byte> _set;
    private readonly MessageView _single;
    private readonly byte _magic;
    private readonly long _offsetShift;
    private readonly long _appendTime;
    private readonly bool _hasAppendTime;
    private BatchEntries _entries;
    private bool _singlePending;
    private Record _current;

    private MessageEnumerator(MessageView single)
    {
        _single = single;
        _singlePending = true;
    }

    private MessageEnumerator(ReadOnlySpan<byte> set, MessageView wrapper, long offsetShift)
    {
        _set = set;
        _entries = new BatchEntries(set);
        _magic = wrapper.Magic;
        _offsetShift = offsetShift;
        _hasAppendTime = wrapper.TimestampType == TimestampType.LogAppendTime;
        _appendTime = wrapper.Timestamp;
    }

    internal readonly Record Current => _current;

    internal RecordsProblem Problem { get; private set; }

    internal static MessageEnumerator Single(MessageView message) => new(message);

    /// <summary>Opens the decompressed set of a wrapper. Inner offsets of magic 1 count from 0 and the wrapper carries the last one, so the
    /// set is walked once to find its last relative offset.</summary>
    internal static RecordsProblem TryCreate(ReadOnlySpan<byte> set, MessageView wrapper, out MessageEnumerator messages)
    {
        messages = default;
        var entries = new BatchEntries(set);
        var last = -1L;
        while (entries.MoveNext())
        {
            if (entries.Current.Magic != wrapper.Magic)
                return RecordsProblem.Malformed;
            last = entries.Current.OffsetField;
        }
        if (entries.Problem != BatchProblem.None || set.IsEmpty)
            return RecordsProblem.Malformed;
        // Some producers leave the wrapper's offset 0; their set starts at 0.
        var shift = wrapper.Magic == 0 || wrapper.Offset == 0 ? 0 : wrapper.Offset - last;
        messages = new MessageEnumerator(set, wrapper, shift);
        return RecordsProblem.None;
    }

    internal bool MoveNext()
    {
        if (_singlePending)
        {
            _singlePending = false;
            _current = ToRecord(_single, _single.Offset, _single.Timestamp);
            return true;
        }
        if (_set.IsEmpty || Problem != RecordsProblem.None || !_entries.MoveNext())
            return false;
        Problem = !MessageView.TryRead(_entries.Current.Bytes, out var message) || message.Magic != _magic ? RecordsProblem.Malformed
            : message.Codec != CompressionCodec.None ? RecordsProblem.NestedCompression
            : !message.IsCrcValid ? RecordsProblem.ChecksumMismatch
            : RecordsProblem.None;
        if (Problem != RecordsProblem.None)
            return false;
        _current = ToRecord(message, message.Offset + _offsetShift, _hasAppendTime ? _appendTime : message.Timestamp);
        return true;
    }

    private static Record ToRecord(MessageView message, long offset, long timestamp) =>
        new(offset, timestamp, message.Key, message.Value, 0, default, message.Bytes.Length);
}
