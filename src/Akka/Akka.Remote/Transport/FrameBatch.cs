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
    private int _next;

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

    /// <summary>Writes what is left, and waits while the socket is full.</summary>
    public void Send(Socket socket)
    {
        CloseSegment();
        while (_next < _segments.Count) Skip(_segments.Count - _next == 1 ? socket.Send(_segments[_next]) : socket.Send(Window(MaxSegments)));
    }

    /// <summary>Writes what the socket takes now; true when nothing is left. Nothing may be added after that, whatever comes of it.</summary>
    public bool SendNow(Socket socket)
    {
        CloseSegment();
        while (_next < _segments.Count)
        {
            var sent = PromptSend.Send(socket, Window(PromptSend.MaxSegments));
            if (sent == 0) return false;
            Skip(sent);
        }

        return true;
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
        _start = _end = _next = 0;
        Bytes = 0;
        Frames = 0;
    }

    private List<ArraySegment<byte>> Window(int most)
    {
        _window.Clear();
        for (var i = _next; i < _segments.Count && _window.Count < most; i++) _window.Add(_segments[i]);
        return _window;
    }

    private void Skip(int sent)
    {
        while (_next < _segments.Count && sent >= _segments[_next].Count) sent -= _segments[_next++].Count;
        if (sent > 0) _segments[_next] = _segments[_next][sent..];
    }

    private void CloseSegment()
    {
        if (_end > _start) _segments.Add(new ArraySegment<byte>(_chunk, _start, _end - _start));
        _start = _end;
    }
}
