using System.Buffers.Binary;
using System.IO.Hashing;
using ActorBroker.Records;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage.Segments;

/// <summary>Walks the batch headers of a range of a segment file without reading the records, through a small window: one read of the file
/// serves all small batches that start in it.</summary>
internal ref struct HeaderScanner(LogFile file, long start, long end, Span<byte> window)
{
    /// <summary>A good size for the window.</summary>
    public const int WindowSize = 4096;

    private readonly Span<byte> _window = window;
    private long _windowStart;
    private int _windowLength;
    private long _next = start;

    /// <summary>Where the current batch starts in the file.</summary>
    public long Position { get; private set; }

    public BatchHeader Header { get; private set; }

    /// <summary>Where the batch after the current one starts.</summary>
    public readonly long NextPosition => _next;

    /// <summary>Whether the walk ended before the end of the range, at <see cref="NextPosition"/>, since no whole batch is there.</summary>
    public bool IsBroken { get; private set; }

    public bool MoveNext()
    {
        if (_next >= end || IsBroken)
            return false;
        if (!BatchHeader.TryRead(Bytes(_next), out var header) || _next + header.Size > end)
        {
            IsBroken = true;
            return false;
        }
        Position = _next;
        Header = header;
        _next += header.Size;
        return true;
    }

    private ReadOnlySpan<byte> Bytes(long position)
    {
        var wanted = (int)Math.Min(BatchHeader.MaxSize, end - position);
        if (position < _windowStart || position + wanted > _windowStart + _windowLength)
        {
            _windowStart = position;
            _windowLength = file.Read(_window[..(int)Math.Min(_window.Length, end - position)], position);
        }
        var at = (int)(position - _windowStart);
        return _window[at..Math.Max(at, _windowLength)];
    }
}

/// <summary>The checksum of a batch or old message of any magic.</summary>
internal static class BatchChecksum
{
    /// <param name="batch">Exactly the batch.</param>
    public static bool IsValid(ReadOnlySpan<byte> batch) => batch[RecordBatch.MagicAt] == RecordBatch.CurrentMagic
        ? Crc32C.Compute(batch[RecordBatch.AttributesAt..]) == BinaryPrimitives.ReadUInt32BigEndian(batch[RecordBatch.CrcAt..])
        : Crc32.HashToUInt32(batch[RecordBatch.MagicAt..]) == BinaryPrimitives.ReadUInt32BigEndian(batch[RecordBatch.LogOverhead..]);
}
