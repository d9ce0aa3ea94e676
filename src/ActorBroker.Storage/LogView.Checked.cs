using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class LogView
{
    /// <summary>As <see cref="Read"/>, for callers that hand the bytes on without looking at them: of batches whose places only memory told, the headers
    /// are read, and the slice ends in front of the first that is not the one that was written there. Of older batches only the header of the first is known
    /// to be whole. Throws <see cref="IOException"/>.</summary>
    /// <returns><see cref="ReadStatus.Corrupt"/> when already the first batch is not what was written.</returns>
    public ReadResult ReadChecked(Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch)
    {
        var read = Read(from, maxBytes, upTo, atLeastOneBatch);
        if (read.Slice.IsEmpty)
            return read;
        var length = 0;
        try
        {
            length = LengthAsWritten(read.Slice);
        }
        finally
        {
            if (length == 0)
                read.Slice.Release();
        }
        if (length > 0)
            return read with { Slice = read.Slice.Shortened(length) };
        // A truncation since this view replaces the segment, and then other batches may rightly be there.
        var current = _log.View;
        return current.Content.Segments.Contains(_content.Segments[^1])
            ? new ReadResult(ReadStatus.Corrupt, default)
            : current.ReadChecked(from, maxBytes, upTo, atLeastOneBatch);
    }

    /// <summary>Bytes of the slice in front of the first batch that the tail knows to be another one. Behind a small batch one read of the file serves all
    /// headers that lie close together; a slice that begins in front of the tail is taken as it is.</summary>
    private int LengthAsWritten(in FileSlice slice)
    {
        var active = _content.Segments.Length - 1;
        if (!slice.IsOf(_content.Segments[active].Log) || !_content.Tail.CoversPosition(slice.Position))
            return slice.Length;
        Span<byte> window = stackalloc byte[HeaderScanner.WindowSize];
        int at = 0, start = 0, filled = 0, wanted = BatchHeader.MaxSize;
        while (at < slice.Length)
        {
            if (at + Math.Min(BatchHeader.MaxSize, slice.Length - at) > start + filled)
            {
                start = at;
                filled = slice.Read(window[..wanted], at);
            }
            if (!BatchHeader.TryRead(window[(at - start)..Math.Max(at - start, filled)], out var header)
                || !_content.IsAsWritten(active, (int)slice.Position + at, header))
                break;
            at += header.Size;
            wanted = header.Size < window.Length / 2 ? window.Length : BatchHeader.MaxSize;
        }
        return Math.Min(at, slice.Length);
    }
}
