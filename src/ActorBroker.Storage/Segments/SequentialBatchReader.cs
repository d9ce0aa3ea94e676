using System.Buffers;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>Reads a range of a segment from front to back in large pieces and gives its batches whole. It says why it ended early; what a checksum says
/// is for the caller.</summary>
internal sealed class SequentialBatchReader : IDisposable
{
    private const int BufferSize = 1024 * 1024;

    private readonly LogFile _log;
    private readonly IFile _file;
    private readonly long _end;
    private byte[] _buffer;
    private int _at;
    private int _filled;

    /// <param name="start">Position of a batch.</param>
    /// <param name="end">Position behind the last batch.</param>
    public SequentialBatchReader(LogFile log, long start, long end)
    {
        _log = log;
        _file = log.Acquire(FileOpenMode.OpenOrCreate);
        _end = end;
        NextPosition = start;
        _buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferSize, Math.Max(BatchHeader.MaxSize, end - start)));
    }

    /// <summary>Where the current batch starts.</summary>
    public long Position { get; private set; }

    /// <summary>Where the batch after the current one starts.</summary>
    public long NextPosition { get; private set; }

    public BatchHeader Header { get; private set; }

    /// <summary>Exactly the current batch; valid until the next move.</summary>
    public ReadOnlySpan<byte> Batch => _buffer.AsSpan(_at - Header.Size, Header.Size);

    /// <summary>Why there is no batch at <see cref="NextPosition"/>, where one must be; null at the end of the range.</summary>
    public string? Problem { get; private set; }

    public bool MoveNext()
    {
        if (NextPosition >= _end)
            return false;
        if (_filled - _at < BatchHeader.MaxSize)
            Fill(BatchHeader.MaxSize);
        if (!BatchHeader.TryRead(_buffer.AsSpan(_at, _filled - _at), out var header))
        {
            Problem = "no batch header";
            return false;
        }
        if (header.Size > _end - NextPosition)
        {
            Problem = $"a batch of {header.Size} bytes of which {_end - NextPosition} are there";
            return false;
        }
        if (_filled - _at < header.Size)
            Fill(header.Size);
        if (_filled - _at < header.Size)
        {
            Problem = "the file ends inside a batch";
            return false;
        }
        Header = header;
        Position = NextPosition;
        NextPosition += header.Size;
        _at += header.Size;
        return true;
    }

    public void Dispose()
    {
        _log.Release();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Fill(int wanted)
    {
        var rest = _buffer.AsSpan(_at, _filled - _at);
        if (_buffer.Length < wanted)
        {
            var larger = ArrayPool<byte>.Shared.Rent(wanted);
            rest.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        else
        {
            rest.CopyTo(_buffer);
        }
        _filled = rest.Length;
        _at = 0;
        var missing = (int)Math.Min(_buffer.Length - _filled, _end - NextPosition - _filled);
        _filled += _file.Read(_buffer.AsSpan(_filled, missing), NextPosition + _filled);
    }
}
