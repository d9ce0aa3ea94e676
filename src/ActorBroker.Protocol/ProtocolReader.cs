using ActorBroker.Model;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace ActorBroker.Protocol;

/// <summary>
/// Reads Kafka's wire types from one contiguous frame. Every length and count is checked against the bytes that are left before
/// anything is allocated, so that memory use is proportional to the frame. Layouts: docs/formats/protocol-schemas.md.
/// </summary>
/// <param name="frame">The bytes; slices of it are handed out, so it must outlive the messages.</param>
/// <param name="owner">What keeps <paramref name="frame"/> alive; record payloads that are read pass it on.</param>
public ref struct ProtocolReader(ReadOnlyMemory<byte> frame, IReferenceCounted? owner = null)
{
    /// <summary>Lists start with room for at most this many elements and grow with what is really there.</summary>
    private const int FirstCapacityLimit = 256;

    private readonly ReadOnlyMemory<byte> _frame = frame;
    private readonly ReadOnlySpan<byte> _span = frame.Span;
    private readonly IReferenceCounted? _owner = owner;
    private string? _message;
    private int _position;

    /// <summary>The next byte to read, counted from the start of the frame.</summary>
    public readonly int Position => _position;

    /// <summary>Bytes that are left.</summary>
    public readonly int Remaining => _span.Length - _position;

    /// <summary>Everything that is left, without reading it.</summary>
    public readonly ReadOnlyMemory<byte> RemainingMemory => _frame[_position..];

    /// <summary>Names the message in the errors that follow.</summary>
    public void EnterMessage(string name) => _message = name;

    public bool ReadBoolean() => ReadByte() != 0;

    public byte ReadByte()
    {
        if (_position >= _span.Length)
        {
            throw Truncated(1);
        }

        return _span[_position++];
    }

    public sbyte ReadInt8() => (sbyte)ReadByte();

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    public ErrorCode ReadErrorCode() => (ErrorCode)ReadInt16();

    /// <summary>At most five bytes, seven bits each, low group first.</summary>
    public uint ReadUVarint()
    {
        uint value = ReadByte();
        if (value < 0x80)
        {
            return value;
        }

        value &= 0x7f;
        for (var shift = 7; shift < 35; shift += 7)
        {
            uint next = ReadByte();
            if (shift == 28 && next > 0x0f)
            {
                break;
            }

            value |= (next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Error("a variable-length number has more than 32 bits");
    }

    public string ReadString(bool compact) => ReadNullableString(compact) ?? throw Error("a string is null that must not be");

    public string? ReadNullableString(bool compact)
    {
        var bytes = ReadStringBytes(compact, out var isNull);
        return isNull ? null : bytes.Length == 0 ? "" : Decode(bytes);
    }

    /// <summary>For names that repeat from request to request: equal bytes give the same string object while it is remembered.</summary>
    public string ReadInternedString(bool compact) => ReadNullableInternedString(compact) ?? throw Error("a string is null that must not be");

    /// <inheritdoc cref="ReadInternedString"/>
    public string? ReadNullableInternedString(bool compact)
    {
        var bytes = ReadStringBytes(compact, out var isNull);
        if (isNull)
        {
            return null;
        }

        if (bytes.Length == 0)
        {
            return "";
        }

        if (NameCache.Find(bytes) is { } known)
        {
            return known;
        }

        var text = Decode(bytes);
        NameCache.Add(bytes, text);
        return text;
    }

    public ReadOnlyMemory<byte> ReadBytes(bool compact) => ReadNullableBytes(compact) ?? throw Error("bytes are null that must not be");

    public ReadOnlyMemory<byte>? ReadNullableBytes(bool compact)
    {
        var length = ReadLength(compact);
        if (length < 0)
        {
            return null;
        }

        CheckAvailable(length);
        var slice = _frame.Slice(_position, length);
        _position += length;
        return slice;
    }

    /// <summary>A record set, not looked into; null when the wire says null.</summary>
    public RecordsPayload? ReadRecords(bool compact) => ReadNullableBytes(compact) is { } bytes ? new MemoryRecords(bytes, _owner) : null;

    /// <summary>The number of elements of an array, -1 for null; refused when that many cannot be in the rest of the frame.</summary>
    /// <param name="compact">Whether the version is flexible.</param>
    /// <param name="smallestElement">The fewest bytes that an element takes.</param>
    public int ReadArrayCount(bool compact, int smallestElement)
    {
        var count = ReadLength(compact);
        if ((long)count * smallestElement > Remaining)
        {
            throw Error($"an array of {count} elements does not fit into the {Remaining} bytes that are left");
        }

        return count;
    }

    /// <summary>The capacity to start a list with: counts come from the peer and are not to be believed.</summary>
    public static int FirstCapacity(int count) => Math.Min(count, FirstCapacityLimit);

    /// <summary>Whether a nullable struct follows.</summary>
    public bool ReadPresence() => ReadInt8() switch
    {
        1 => true,
        -1 => false,
        var other => throw Error($"a nullable struct starts with {other} instead of 1 or -1"),
    };

    /// <summary>The number of tagged fields that follow.</summary>
    public int ReadTagCount()
    {
        var count = ReadUVarint();
        if (count > (uint)Remaining / 2)
        {
            throw Error($"{count} tagged fields do not fit into the {Remaining} bytes that are left");
        }

        return (int)count;
    }

    /// <summary>The tag of the next tagged field; <paramref name="end"/> is the position after its value.</summary>
    public uint ReadTag(out int end)
    {
        var tag = ReadUVarint();
        var size = ReadUVarint();
        if (size > (uint)Remaining)
        {
            throw Truncated(size);
        }

        end = _position + (int)size;
        return tag;
    }

    /// <summary>Checks that the value of a known tagged field took exactly the size that it stated.</summary>
    public readonly void EndTag(int end)
    {
        if (_position != end)
        {
            throw Error("a tagged field does not have the size that it states");
        }
    }

    /// <summary>Steps over the value of an unknown tagged field.</summary>
    public void SkipTag(int end) => _position = end;

    /// <summary>Steps over a section of tagged fields of which none is known.</summary>
    public void SkipTaggedFields()
    {
        for (var count = ReadTagCount(); count > 0; count--)
        {
            ReadTag(out var end);
            _position = end;
        }
    }

    /// <summary>Checks that the frame was read to its end.</summary>
    public readonly void EndMessage()
    {
        if (Remaining != 0)
        {
            throw Error($"{Remaining} bytes follow the message");
        }
    }

    internal readonly ProtocolException NullNotAllowed(string field) => Error($"{field} is null");

    private readonly ProtocolException Error(string reason) => new(reason, _message, _position);

    private readonly ProtocolException Truncated(long wanted) => Error($"{wanted} bytes are needed and {Remaining} are left");

    private ReadOnlySpan<byte> Take(int count)
    {
        var position = _position;
        if (count > _span.Length - position)
        {
            throw Truncated(count);
        }

        _position = position + count;
        return _span.Slice(position, count);
    }

    private ReadOnlySpan<byte> ReadStringBytes(bool compact, out bool isNull)
    {
        int length;
        if (compact)
        {
            length = ReadLength(compact: true);
        }
        else
        {
            length = ReadInt16();
            if (length < -1)
            {
                throw NegativeLength(length);
            }
        }

        isNull = length < 0;
        return isNull ? default : Take(length);
    }

    /// <summary>A length of bytes or a count of elements; -1 for null.</summary>
    private int ReadLength(bool compact)
    {
        if (compact)
        {
            var raised = ReadUVarint();
            return raised <= int.MaxValue ? (int)raised - 1 : throw Error($"a length of {raised - 1L} is too large");
        }

        var length = ReadInt32();
        return length >= -1 ? length : throw NegativeLength(length);
    }

    private readonly string Decode(ReadOnlySpan<byte> bytes) =>
        Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw Error("a string is not valid UTF-8");

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CheckAvailable(int length)
    {
        if (length > Remaining)
        {
            throw Truncated(length);
        }
    }

    private readonly ProtocolException NegativeLength(int length) => Error($"a length is {length}");
}
