using ActorBroker.Network;
using System.Buffers.Binary;

namespace ActorBroker.Server.Network;

/// <summary>A size field that no request can have: the reason for closing the connection.</summary>
public sealed class FrameException(string reason) : Exception(reason);

/// <summary>
/// Cuts received bytes into frames (int32 size, then that many bytes) without I/O. Small frames stay where they were received,
/// several in one buffer; a frame larger than the smallest buffer gets its own, into which the rest of it is received directly. No more
/// than the bytes before that point are ever copied. Used by one thread at a time.
/// </summary>
internal sealed class FrameReader(BufferPool pool, int maxFrameBytes)
{
    /// <summary>Api key, version, correlation id: the shortest request header.</summary>
    public const int MinFrameBytes = 8;

    private const int SizeBytes = sizeof(int);

    /// <summary>With less room than this at the end of a shared buffer, the next bytes go to a new one.</summary>
    private readonly int _leastUsefulRoom = Math.Min(4096, pool.SmallestBytes / 4);

    private PooledBuffer? _buffer;
    private int _start;
    private int _end;

    /// <summary>The size of the frame at <see cref="_start"/>, with its size field; 0 while that is not there.</summary>
    private int _frameBytes;

    /// <summary>Whether a frame is there in part.</summary>
    public bool HasPartialFrame => _end > _start;

    /// <summary>Bytes of the frame that is there in part.</summary>
    public int PartialBytes => _end - _start;

    /// <summary>Where to receive; valid after <see cref="PrepareAsync"/>.</summary>
    public Memory<byte> Free
    {
        get
        {
            var limit = _frameBytes > pool.SmallestBytes ? _start + _frameBytes : _buffer!.Capacity;
            return _buffer!.Memory[_end..limit];
        }
    }

    /// <summary>Says that so many bytes were received into <see cref="Free"/>.</summary>
    public void Advance(int bytes) => _end += bytes;

    /// <summary>The next whole frame; the caller releases it.</summary>
    /// <exception cref="FrameException">The size is negative, too small for a header, or above the limit.</exception>
    public bool TryRead(out Frame frame)
    {
        frame = default;
        var available = _end - _start;
        if (_frameBytes == 0)
        {
            if (available < SizeBytes)
            {
                return false;
            }

            _frameBytes = SizeBytes + CheckedSize(BinaryPrimitives.ReadInt32BigEndian(_buffer!.GetSpan()[_start..]));
        }

        if (available < _frameBytes)
        {
            return false;
        }

        _buffer!.Retain();
        frame = new Frame(_buffer, _start + SizeBytes, _frameBytes - SizeBytes);
        _start += _frameBytes;
        _frameBytes = 0;
        return true;
    }

    /// <summary>Makes room for receiving; waits while the pool's limit is reached.</summary>
    public ValueTask PrepareAsync()
    {
        if (_buffer is { } buffer)
        {
            if (_start == _end && buffer.IsExclusive)
            {
                _start = _end = 0;
            }

            if (_frameBytes > pool.SmallestBytes)
            {
                return buffer.Capacity - _start >= _frameBytes ? default : MoveAsync(_frameBytes);
            }

            var wanted = _frameBytes > 0 ? _frameBytes : _leastUsefulRoom;
            if (buffer.Capacity - _start >= wanted && _end < buffer.Capacity)
            {
                return default;
            }

            if (_start < _end)
            {
                Compact(buffer);
                return default;
            }

            _buffer = null;
            buffer.Release();
        }

        return MoveAsync(pool.SmallestBytes);
    }

    /// <summary>Gives back the memory when no part of a frame is in it, so that a waiting connection holds none.</summary>
    public void ReleaseIfEmpty()
    {
        if (_buffer is { } buffer && _start == _end)
        {
            _buffer = null;
            _start = _end = 0;
            buffer.Release();
        }
    }

    /// <summary>Gives back the memory and forgets what was received.</summary>
    public void Release()
    {
        _start = _end = 0;
        _frameBytes = 0;
        var buffer = _buffer;
        _buffer = null;
        buffer?.Release();
    }

    private int CheckedSize(int size)
    {
        if (size < 0)
        {
            throw new FrameException($"the request says that it has {size} bytes");
        }

        if (size < MinFrameBytes)
        {
            throw new FrameException($"a request of {size} bytes has no room for its header");
        }

        return size <= Math.Min(maxFrameBytes, Array.MaxLength - SizeBytes)
            ? size
            : throw new FrameException($"a request of {size} bytes is larger than socket.request.max.bytes allows ({maxFrameBytes})");
    }

    private void Compact(PooledBuffer buffer)
    {
        var partial = buffer.GetSpan()[_start.._end];
        if (buffer.IsExclusive)
        {
            partial.CopyTo(buffer.GetSpan());
        }
        else
        {
            var fresh = pool.RentSmallest();
            partial.CopyTo(fresh.GetSpan());
            buffer.Release();
            _buffer = fresh;
        }

        _end -= _start;
        _start = 0;
    }

    private ValueTask MoveAsync(int bytes)
    {
        var renting = pool.RentAsync(bytes);
        if (!renting.IsCompletedSuccessfully)
        {
            return AwaitMoveAsync(renting);
        }

        MoveTo(renting.Result);
        return default;
    }

    private async ValueTask AwaitMoveAsync(ValueTask<PooledBuffer> renting) => MoveTo(await renting.ConfigureAwait(false));

    private void MoveTo(PooledBuffer fresh)
    {
        if (_buffer is { } old)
        {
            old.GetSpan()[_start.._end].CopyTo(fresh.GetSpan());
            old.Release();
        }

        _buffer = fresh;
        _end -= _start;
        _start = 0;
    }
}
