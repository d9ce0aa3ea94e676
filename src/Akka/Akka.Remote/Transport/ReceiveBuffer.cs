#nullable disable
using System.Buffers;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

/// <summary>A pooled array that a connection receives into, shared with those who keep parts of it.</summary>
internal sealed class ReceiveBuffer
{
    private int _users = 1;

    public ReceiveBuffer(int bytes) => Bytes = ArrayPool<byte>.Shared.Rent(bytes);

    public byte[] Bytes { get; }

    /// <summary>True if nobody else keeps a part.</summary>
    public bool IsOwn => Volatile.Read(ref _users) == 1;

    public void Keep() => Interlocked.Increment(ref _users);

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) ArrayPool<byte>.Shared.Return(Bytes);
    }
}

/// <summary>Bytes that the receivers of a connection hold; reading waits while they are too many.</summary>
internal sealed class ReceiveWindow
{
    private readonly object _gate = new();
    private readonly long _limit;
    private long _held;
    private bool _closed;

    public ReceiveWindow(long limit) => _limit = limit;

    public long Held => Interlocked.Read(ref _held);

    public void Add(int bytes)
    {
        lock (_gate) _held += bytes;
    }

    public void Remove(int bytes)
    {
        lock (_gate)
        {
            _held -= bytes;
            if (_held <= _limit) Monitor.PulseAll(_gate);
        }
    }

    public void WaitForRoom()
    {
        if (Held <= _limit) return;
        lock (_gate)
            while (_held > _limit && !_closed) Monitor.Wait(_gate);
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }
}

/// <summary>The payload of one frame, for its serialiser.</summary>
internal sealed class PayloadReader : IPayloadReader
{
    private ReceiveBuffer _buffer;
    private ReceiveWindow _window;
    private int _at;
    private int _length;

    public ReadOnlyMemory<byte> Bytes => _buffer is null ? throw new ObjectDisposedException(nameof(IPayloadReader)) : _buffer.Bytes.AsMemory(_at, _length);

    public void Open(ReceiveBuffer buffer, ReceiveWindow window, int at, int length)
    {
        (_buffer, _window) = (buffer, window);
        (_at, _length) = (at, length);
    }

    public void Close() => _buffer = null;

    public IMemoryOwner<byte> Keep(Range part)
    {
        if (_buffer is null) throw new ObjectDisposedException(nameof(IPayloadReader));
        (int offset, int length) = part.GetOffsetAndLength(_length);
        _buffer.Keep();
        _window.Add(length);
        return new Kept(_buffer, _window, _at + offset, length);
    }

    private sealed class Kept : IMemoryOwner<byte>
    {
        private readonly ReceiveWindow _window;
        private readonly int _at;
        private readonly int _length;
        private ReceiveBuffer _buffer;

        public Kept(ReceiveBuffer buffer, ReceiveWindow window, int at, int length)
        {
            _buffer = buffer;
            _window = window;
            _at = at;
            _length = length;
        }

        // A message that became a dead letter must not stop the connection for ever.
        ~Kept() => Release();

        public Memory<byte> Memory => (_buffer ?? throw new ObjectDisposedException(nameof(IMemoryOwner<byte>))).Bytes.AsMemory(_at, _length);

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            if (Interlocked.Exchange(ref _buffer, null) is not { } buffer) return;
            _window.Remove(_length);
            buffer.Release();
        }
    }
}
