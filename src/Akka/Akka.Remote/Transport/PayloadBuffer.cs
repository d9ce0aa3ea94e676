#nullable disable
using System.Runtime.InteropServices;
using AkkaExtensions.Remoting;

namespace Akka.Remote.Transport;

/// <summary>The serialised form of one message on its way into a lane: written by the serialiser outside the lane's lock.</summary>
internal sealed class PayloadBuffer : IPayloadWriter
{
    /// <summary>A larger buffer is not kept for the next message.</summary>
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static PayloadBuffer cached;

    private readonly List<(int At, ArraySegment<byte> Bytes, IDisposable Owner)> _referred = [];
    private byte[] _bytes = new byte[1024];
    private int _count;
    private int _zeroCopyBytes;

    public long Length { get; private set; }

    public static PayloadBuffer Rent(int zeroCopyBytes)
    {
        PayloadBuffer buffer = cached ?? new PayloadBuffer();
        cached = null;
        buffer._zeroCopyBytes = zeroCopyBytes;
        return buffer;
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - _count);
        _count += count;
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_count);
    }

    public void WritePayload(ReadOnlyMemory<byte> payload, IDisposable owner = null)
    {
        if (payload.Length >= _zeroCopyBytes && MemoryMarshal.TryGetArray(payload, out ArraySegment<byte> segment))
        {
            _referred.Add((_count, segment, owner));
            Length += payload.Length;
            return;
        }

        Reserve(payload.Length);
        payload.Span.CopyTo(_bytes.AsSpan(_count));
        Advance(payload.Length);
        owner?.Dispose();
    }

    /// <summary>Moves everything into a batch, with the payloads' owners.</summary>
    public void MoveTo(FrameBatch batch)
    {
        var done = 0;
        foreach ((var at, ArraySegment<byte> bytes, IDisposable owner) in _referred)
        {
            if (at > done) batch.Copy(_bytes.AsSpan(done, at - done));
            batch.Refer(bytes, owner);
            done = at;
        }

        if (_count > done) batch.Copy(_bytes.AsSpan(done, _count - done));
        _referred.Clear();
    }

    /// <summary>Gives back what was not moved, and the buffer itself.</summary>
    public void Return()
    {
        foreach ((_, _, IDisposable owner) in _referred) owner?.Dispose();
        _referred.Clear();
        _count = 0;
        Length = 0;
        if (_bytes.Length <= KeptBytes) cached = this;
    }

    private void Reserve(int bytes)
    {
        if (_bytes.Length - _count >= Math.Max(bytes, 1)) return;
        Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _count + bytes));
    }
}
