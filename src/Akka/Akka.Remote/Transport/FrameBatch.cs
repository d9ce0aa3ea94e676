#nullable disable
using System.Buffers;
using System.Net.Sockets;

namespace Akka.Remote.Transport;

/// <summary>Bytes to be written together: pooled chunks, and payloads where they are.</summary>
internal sealed class FrameBatch
{
    private const int ChunkBytes = 64 * 1024;
    private const int MaxSegments = 512;
    private readonly List<ArraySegment<byte>> _segments = [];
    private readonly List<byte[]> _chunks = [];
    private readonly List<IDisposable> _owners = [];
    private readonly List<ArraySegment<byte>> _window = [];
    private byte[] _chunk;
    private int _start;
    private int _end;

    public long Bytes { get; private set; }

    public int Frames { get; set; }

    public bool IsEmpty => Bytes == 0;

    /// <summary>Room in one piece.</summary>
    public Span<byte> GetSpan(int bytes)
    {
        if (_chunk is null || _chunk.Length - _end < bytes)
        {
            CloseSegment();
            _chunk = ArrayPool<byte>.Shared.Rent(Math.Max(bytes, ChunkBytes));
            _chunks.Add(_chunk);
            _start = _end = 0;
        }

        return _chunk.AsSpan(_end);
    }

    public void Advance(int bytes)
    {
        _end += bytes;
        Bytes += bytes;
    }

    public void Copy(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Adds bytes that stay where they are.</summary>
    public void Refer(ArraySegment<byte> bytes, IDisposable owner)
    {
        CloseSegment();
        _segments.Add(bytes);
        if (owner is not null) _owners.Add(owner);
        Bytes += bytes.Count;
    }

    public void Send(Socket socket)
    {
        CloseSegment();
        for (var i = 0; i < _segments.Count; i += MaxSegments)
        {
            var count = Math.Min(MaxSegments, _segments.Count - i);
            long bytes = 0;
            _window.Clear();
            for (var j = i; j < i + count; j++)
            {
                _window.Add(_segments[j]);
                bytes += _segments[j].Count;
            }

            if (count == 1) SendAll(socket, _window[0]);
            else SendAll(socket, bytes);
        }
    }

    public void Send(Stream stream)
    {
        CloseSegment();
        foreach (ArraySegment<byte> segment in _segments) stream.Write(segment);
        stream.Flush();
    }

    /// <summary>Gives everything back.</summary>
    public void Clear()
    {
        foreach (IDisposable owner in _owners) owner.Dispose();
        foreach (byte[] chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        _owners.Clear();
        _chunks.Clear();
        _segments.Clear();
        _window.Clear();
        _chunk = null;
        _start = _end = 0;
        Bytes = 0;
        Frames = 0;
    }

    private static void SendAll(Socket socket, ArraySegment<byte> bytes)
    {
        while (bytes.Count > 0) bytes = bytes[socket.Send(bytes)..];
    }

    private void SendAll(Socket socket, long bytes)
    {
        while (true)
        {
            var sent = socket.Send(_window);
            bytes -= sent;
            if (bytes == 0) return;
            var whole = 0;
            while (sent >= _window[whole].Count) sent -= _window[whole++].Count;
            _window.RemoveRange(0, whole);
            _window[0] = _window[0][sent..];
        }
    }

    private void CloseSegment()
    {
        if (_end > _start) _segments.Add(new ArraySegment<byte>(_chunk, _start, _end - _start));
        _start = _end;
    }
}
