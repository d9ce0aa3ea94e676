using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ActorBroker.Protocol;

/// <summary>A part of a finished message: bytes of the writer's buffer, or a payload that was not copied.</summary>
/// <param name="Memory">The bytes, of the writer's buffer or of a payload in memory; empty when <paramref name="Payload"/> is set.</param>
/// <param name="Payload">Bytes in a file.</param>
public readonly record struct FrameSegment(ReadOnlyMemory<byte> Memory, RecordsPayload? Payload)
{
    public int Size => Payload?.Size ?? Memory.Length;
}

/// <summary>
/// Writes Kafka's wire types into one pooled buffer that grows. Large record sets and those in files are not copied but remembered with
/// their place, so that a finished frame is a list of <see cref="FrameSegment"/>s for gathered writes and sendfile.
/// Not safe for several threads. <see cref="Dispose"/> gives back the buffer and releases the payloads.
/// </summary>
public sealed class ProtocolWriter : IDisposable
{
    /// <summary>Record sets in memory of at least this many bytes are not copied.</summary>
    public const int SpliceThreshold = 4096;

    private readonly List<(int Position, RecordsPayload Payload)> _splices = [];
    private byte[] _buffer;
    private int _position;
    private long _spliced;
    private int _openTags;

    public ProtocolWriter(int initialCapacity = 512) => _buffer = ArrayPool<byte>.Shared.Rent(initialCapacity);

    /// <summary>Bytes written so far, payloads included.</summary>
    public long Length => _position + _spliced;

    /// <summary>Whether everything is in <see cref="WrittenMemory"/>.</summary>
    public bool IsContiguous => _splices.Count == 0;

    /// <summary>Everything written, when no payload was spliced in.</summary>
    /// <exception cref="InvalidOperationException">There are spliced payloads.</exception>
    public ReadOnlyMemory<byte> WrittenMemory => _splices.Count == 0
        ? _buffer.AsMemory(0, _position)
        : throw new InvalidOperationException("the message has payloads outside the buffer");

    /// <summary>
    /// Adds the parts of the message in order to <paramref name="segments"/>. They are valid until the next write, <see cref="Reset"/> or <see cref="Dispose"/>.
    /// </summary>
    public void CopySegmentsTo(List<FrameSegment> segments)
    {
        var from = 0;
        foreach (var (position, payload) in _splices)
        {
            if (position > from)
            {
                segments.Add(new FrameSegment(_buffer.AsMemory(from, position - from), null));
            }

            AddPayload(payload, segments);
            from = position;
        }

        if (_position > from)
        {
            segments.Add(new FrameSegment(_buffer.AsMemory(from, _position - from), null));
        }
    }

    /// <summary>A contiguous copy of the whole message.</summary>
    public byte[] ToArray()
    {
        var copy = new byte[checked((int)Length)];
        var rest = copy.AsSpan();
        var segments = new List<FrameSegment>();
        CopySegmentsTo(segments);
        foreach (var segment in segments)
        {
            if (segment.Payload is { } payload)
            {
                payload.CopyTo(rest);
            }
            else
            {
                segment.Memory.Span.CopyTo(rest);
            }

            rest = rest[segment.Size..];
        }

        return copy;
    }

    /// <summary>Leaves room for the size that precedes every request and response; the writer must be empty.</summary>
    public void BeginFrame()
    {
        if (_position != 0)
        {
            throw new InvalidOperationException("a frame starts in an empty writer");
        }

        WriteInt32(0);
    }

    /// <summary>Fills in the size of the frame.</summary>
    /// <exception cref="ProtocolException">The frame is larger than its size field can say.</exception>
    public void EndFrame()
    {
        var size = Length - sizeof(int);
        if (size > int.MaxValue)
        {
            throw new ProtocolException($"a frame of {size} bytes is too large");
        }

        BinaryPrimitives.WriteInt32BigEndian(_buffer, (int)size);
    }

    /// <summary>Forgets everything written, releases the payloads and keeps the buffer.</summary>
    public void Reset()
    {
        foreach (var (_, payload) in _splices)
        {
            payload.Release();
        }

        _splices.Clear();
        _position = 0;
        _spliced = 0;
        _openTags = 0;
    }

    public void Dispose()
    {
        Reset();
        var buffer = _buffer;
        _buffer = [];
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteByte(byte value) => Grow(1)[0] = value;

    public void WriteInt8(sbyte value) => WriteByte((byte)value);

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Grow(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Grow(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Grow(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Grow(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Grow(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Grow(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Grow(16), bigEndian: true, out _);

    public void WriteErrorCode(ErrorCode value) => WriteInt16((short)value);

    public void WriteUVarint(uint value)
    {
        while (value >= 0x80)
        {
            WriteByte((byte)(value | 0x80));
            value >>= 7;
        }

        WriteByte((byte)value);
    }

    public void WriteString(string value, bool compact)
    {
        ArgumentNullException.ThrowIfNull(value);
        var length = Encoding.UTF8.GetByteCount(value);
        if (compact)
        {
            WriteUVarint((uint)length + 1);
        }
        else
        {
            WriteInt16(length <= short.MaxValue ? (short)length : throw new ProtocolException($"a string of {length} bytes is too long"));
        }

        Encoding.UTF8.GetBytes(value, Grow(length));
    }

    public void WriteNullableString(string? value, bool compact)
    {
        if (value is not null)
        {
            WriteString(value, compact);
        }
        else if (compact)
        {
            WriteByte(0);
        }
        else
        {
            WriteInt16(-1);
        }
    }

    public void WriteBytes(ReadOnlyMemory<byte> value, bool compact)
    {
        WriteLength(value.Length, compact);
        value.Span.CopyTo(Grow(value.Length));
    }

    public void WriteNullableBytes(ReadOnlyMemory<byte>? value, bool compact)
    {
        if (value is { } bytes)
        {
            WriteBytes(bytes, compact);
        }
        else
        {
            WriteLength(-1, compact);
        }
    }

    /// <summary>A record set; takes over the caller's reference to it. Where null cannot be said, it becomes an empty set.</summary>
    public void WriteRecords(RecordsPayload? value, bool compact, bool nullAllowed = true)
    {
        if (value is null)
        {
            WriteLength(nullAllowed ? -1 : 0, compact);
            return;
        }

        WriteLength(value.Size, compact);
        if (_openTags > 0 || (value.Size < SpliceThreshold && value.TryGetMemory(out _)))
        {
            value.CopyTo(Grow(value.Size));
            value.Release();
        }
        else if (value.Size == 0)
        {
            value.Release();
        }
        else
        {
            _splices.Add((_position, value));
            _spliced += value.Size;
        }
    }

    /// <summary>The number of elements that follow, -1 for null.</summary>
    public void WriteArrayCount(int count, bool compact) => WriteLength(count, compact);

    /// <summary>Bytes as they are, without a length.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Grow(bytes.Length));

    /// <summary>Starts a tagged field; give the result to <see cref="EndTag"/> after the value.</summary>
    public int BeginTag(uint tag)
    {
        WriteUVarint(tag);
        _openTags++;
        WriteByte(0);
        return _position;
    }

    /// <summary>Fills in the size of a tagged field. Most are below 128 bytes; a larger one is moved to make room for its size.</summary>
    public void EndTag(int start)
    {
        _openTags--;
        var size = _position - start;
        if (size < 0x80)
        {
            _buffer[start - 1] = (byte)size;
            return;
        }

        var extra = (31 - int.LeadingZeroCount(size)) / 7;
        Grow(extra);
        _buffer.AsSpan(start, size).CopyTo(_buffer.AsSpan(start + extra));
        var end = _position;
        _position = start - 1;
        WriteUVarint((uint)size);
        _position = end;
    }

    private static void AddPayload(RecordsPayload payload, List<FrameSegment> segments)
    {
        if (payload.Parts is not { } parts)
        {
            segments.Add(payload.TryGetMemory(out var memory) ? new FrameSegment(memory, null) : new FrameSegment(default, payload));
            return;
        }

        foreach (var part in parts)
        {
            AddPayload(part, segments);
        }
    }

    private void WriteLength(int length, bool compact)
    {
        if (compact)
        {
            WriteUVarint((uint)(length + 1));
        }
        else
        {
            WriteInt32(length);
        }
    }

    private Span<byte> Grow(int count)
    {
        var position = _position;
        if (count > _buffer.Length - position)
        {
            Enlarge(count);
        }

        _position = position + count;
        return _buffer.AsSpan(position, count);
    }

    private void Enlarge(int count)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var needed = (long)_position + count;
        if (needed > Array.MaxLength)
        {
            throw new ProtocolException($"a message of {needed} bytes is too large");
        }

        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(needed, 2L * _buffer.Length)));
        _buffer.AsSpan(0, _position).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
