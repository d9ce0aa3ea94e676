using System.Buffers.Binary;
using System.Text;

namespace ActorBroker.Records;

/// <summary>Builds one batch (magic 2). Append records, then <see cref="Build"/>, then <see cref="Reset"/> for the next; dispose it at the
/// end. Not thread-safe.</summary>
public sealed class RecordBatchBuilder : IDisposable
{
    private readonly PooledBytes _plain;
    private PooledBytes? _compressed;
    private BatchProperties _properties;
    private long _baseTimestamp;
    private long _maxTimestamp;
    private int _lastOffsetDelta;

    /// <param name="capacity">Expected bytes of the uncompressed batch.</param>
    public RecordBatchBuilder(BatchProperties? properties = null, int capacity = 1024)
    {
        _plain = new PooledBytes(Math.Max(capacity, RecordBatch.HeaderSize));
        _properties = BatchProperties.Default;
        Reset(properties ?? BatchProperties.Default);
    }

    /// <summary>Records appended so far.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of the batch if it were built now without compression.</summary>
    public int UncompressedSize => _plain.Length;

    /// <summary>Bytes that a record will add at most, so that a caller can stop before a limit.</summary>
    public static int MaximumSizeOf(OptionalBytes key, OptionalBytes value, ReadOnlySpan<RecordHeader> headers)
    {
        const int fixedPart = Varint.MaximumSize * 4 + Varint.MaximumLongSize + 1;
        var size = fixedPart + key.Bytes.Length + value.Bytes.Length;
        foreach (var header in headers)
            size += (2 * Varint.MaximumSize) + Encoding.UTF8.GetByteCount(header.Key) + (header.Value?.Length ?? 0);
        return size;
    }

    /// <summary>Starts an empty batch. Memory of a batch built before becomes invalid.</summary>
    public void Reset(BatchProperties properties)
    {
        _properties = properties;
        _plain.Clear();
        _plain.Reserve(RecordBatch.HeaderSize);
        _plain.Commit(RecordBatch.HeaderSize);
        Count = 0;
        _lastOffsetDelta = -1;
        _baseTimestamp = properties.DeleteHorizon ?? RecordBatch.NoTimestamp;
        _maxTimestamp = RecordBatch.NoTimestamp;
    }

    /// <summary>Appends a record at the next offset.</summary>
    /// <param name="timestamp">Milliseconds since 1970; -1 for none.</param>
    public void Append(long timestamp, OptionalBytes key, OptionalBytes value, ReadOnlySpan<RecordHeader> headers = default)
    {
        var headerBytes = 0;
        foreach (var header in headers)
        {
            ArgumentNullException.ThrowIfNull(header.Key, nameof(headers));
            var keyBytes = Encoding.UTF8.GetByteCount(header.Key);
            headerBytes += Varint.SizeOf(keyBytes) + keyBytes + Varint.SizeOf(header.Value?.Length ?? -1) + (header.Value?.Length ?? 0);
        }
        var room = Begin(_lastOffsetDelta + 1, timestamp, key, value, headers.Length, headerBytes, out var at);
        foreach (var header in headers)
        {
            at += Varint.Write(room[at..], Encoding.UTF8.GetByteCount(header.Key));
            at += Encoding.UTF8.GetBytes(header.Key, room[at..]);
            at = WriteOptional(room, at, OptionalBytes.From(header.Value));
        }
        _plain.Commit(at);
    }

    /// <summary>Appends a record of another batch at its own offset, which must lie behind the previous one and not before the base offset.</summary>
    public void Append(in Record record) => Append(record, checked((int)(record.Offset - _properties.BaseOffset)));

    /// <summary>Appends a record of another batch at the next offset.</summary>
    internal void AppendAtNextOffset(in Record record) => Append(record, _lastOffsetDelta + 1);

    /// <summary>Completes the batch. The memory belongs to the builder and is valid until it is reset or disposed.</summary>
    public RecordsProblem Build(out ReadOnlyMemory<byte> batch)
    {
        var problem = Complete(out var bytes);
        batch = bytes.Memory;
        return problem;
    }

    /// <summary>Completes the batch and hands its memory over; the builder cannot be used again and need not be disposed.</summary>
    internal RecordsProblem BuildAndDetach(out PooledBytes batch)
    {
        var problem = Complete(out batch);
        (ReferenceEquals(batch, _plain) ? _compressed : _plain)?.Dispose();
        return problem;
    }

    /// <summary>Completes the batch as an array of its own.</summary>
    /// <exception cref="InvalidOperationException">The codec is not available here.</exception>
    public byte[] BuildArray() => Build(out var batch) is var problem && problem == RecordsProblem.None
        ? batch.ToArray()
        : throw new InvalidOperationException($"The batch cannot be compressed with {_properties.Codec}: {problem}.");

    public void Dispose()
    {
        _plain.Dispose();
        _compressed?.Dispose();
    }

    private void Append(in Record record, int offsetDelta)
    {
        if (offsetDelta <= _lastOffsetDelta)
            throw new ArgumentOutOfRangeException(nameof(record), offsetDelta, $"The offset must lie behind that of the previous record ({_lastOffsetDelta}).");
        var headers = record.EncodedHeaders;
        var room = Begin(offsetDelta, record.Timestamp, record.Key, record.Value, record.HeaderCount, headers.Length, out var at);
        headers.CopyTo(room[at..]);
        _plain.Commit(at + headers.Length);
    }

    /// <summary>Writes a record up to its header count; the caller writes the headers and commits.</summary>
    private Span<byte> Begin(int offsetDelta, long timestamp, OptionalBytes key, OptionalBytes value, int headerCount, int headerBytes, out int at)
    {
        if (Count == 0 && _properties.DeleteHorizon is null)
            _baseTimestamp = timestamp;
        var timestampDelta = timestamp - _baseTimestamp;
        var body = checked(1 + Varint.SizeOfLong(timestampDelta) + Varint.SizeOf(offsetDelta)
            + Varint.SizeOf(key.EncodedLength) + key.Bytes.Length
            + Varint.SizeOf(value.EncodedLength) + value.Bytes.Length
            + Varint.SizeOf(headerCount) + headerBytes);
        var room = _plain.Reserve(checked(body + Varint.MaximumSize));
        at = Varint.Write(room, body);
        room[at++] = 0;
        at += Varint.WriteLong(room[at..], timestampDelta);
        at += Varint.Write(room[at..], offsetDelta);
        at = WriteOptional(room, at, key);
        at = WriteOptional(room, at, value);
        at += Varint.Write(room[at..], headerCount);
        Count++;
        _lastOffsetDelta = offsetDelta;
        _maxTimestamp = Math.Max(_maxTimestamp, timestamp);
        return room;
    }

    private static int WriteOptional(Span<byte> room, int at, OptionalBytes field)
    {
        at += Varint.Write(room[at..], field.EncodedLength);
        field.Bytes.CopyTo(room[at..]);
        return at + field.Bytes.Length;
    }

    private RecordsProblem Complete(out PooledBytes batch)
    {
        batch = _plain;
        if (_properties.Codec != CompressionCodec.None && Count > 0)
        {
            _compressed ??= new PooledBytes(_plain.Length);
            _compressed.Clear();
            _compressed.Reserve(RecordBatch.HeaderSize);
            _compressed.Commit(RecordBatch.HeaderSize);
            var problem = Compression.Compress(_properties.Codec, _properties.CompressionLevel, RecordBatch.CurrentMagic,
                _plain.Span[RecordBatch.HeaderSize..], _compressed);
            if (problem != RecordsProblem.None)
                return problem;
            batch = _compressed;
        }
        WriteHeader(batch.Span);
        return RecordsProblem.None;
    }

    private void WriteHeader(Span<byte> batch)
    {
        var properties = _properties;
        BinaryPrimitives.WriteInt64BigEndian(batch, properties.BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BatchLengthAt..], batch.Length - RecordBatch.LogOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LeaderEpochAt..], properties.LeaderEpoch);
        batch[RecordBatch.MagicAt] = RecordBatch.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.AttributesAt..],
            (short)(Count == 0 ? properties.Attributes & ~RecordBatch.CodecMask : properties.Attributes));
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.LastOffsetDeltaAt..], properties.LastOffsetDelta ?? Math.Max(_lastOffsetDelta, 0));
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.BaseTimestampAt..], _baseTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.MaxTimestampAt..],
            properties.TimestampType == TimestampType.LogAppendTime ? properties.LogAppendTime : _maxTimestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatch.ProducerIdAt..], properties.ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatch.ProducerEpochAt..], properties.ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.BaseSequenceAt..], properties.BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatch.RecordCountAt..], Count);
        BatchPatch.RenewCrc(batch);
    }
}
