using System.Buffers;

namespace ActorBroker.Records;

/// <summary>A growing run of bytes in an array of the shared pool. Whoever holds it disposes it once; its spans and memories are
/// invalid after that and after every call that may grow it. Not thread-safe.</summary>
public sealed class PooledBytes : IDisposable
{
    private byte[]? _array;
    private int _length;

    /// <param name="capacity">Bytes that will fit before the first growth.</param>
    public PooledBytes(int capacity = 0) => _array = capacity > 0 ? ArrayPool<byte>.Shared.Rent(capacity) : [];

    /// <summary>Bytes written so far. May be set lower, to forget the end.</summary>
    public int Length
    {
        get => _length;
        set
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)value, (uint)_length, nameof(value));
            _length = value;
        }
    }

    /// <summary>The bytes written so far.</summary>
    public Span<byte> Span => Array.AsSpan(0, _length);

    /// <summary>The bytes written so far.</summary>
    public Memory<byte> Memory => Array.AsMemory(0, _length);

    private byte[] Array => _array ?? throw new ObjectDisposedException(nameof(PooledBytes));

    /// <summary>Room for at least <paramref name="count"/> more bytes, not yet part of the content; see <see cref="Commit"/>.</summary>
    public Span<byte> Reserve(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (Array.Length - _length < count)
            Grow(count);
        return Array.AsSpan(_length);
    }

    /// <summary>Makes the first <paramref name="count"/> bytes of the reserved room part of the content.</summary>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(Array.Length - _length), nameof(count));
        _length += count;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        _length += bytes.Length;
    }

    public void Append(byte value)
    {
        Reserve(1)[0] = value;
        _length++;
    }

    public void Clear() => _length = 0;

    public void Dispose()
    {
        if (_array is { Length: > 0 } array)
            ArrayPool<byte>.Shared.Return(array);
        _array = null;
        _length = 0;
    }

    private void Grow(int count)
    {
        var old = Array;
        var needed = checked(_length + count);
        var grown = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(2L * old.Length, Math.Max(needed, 256), System.Array.MaxLength));
        old.AsSpan(0, _length).CopyTo(grown);
        _array = grown;
        if (old.Length > 0)
            ArrayPool<byte>.Shared.Return(old);
    }
}
