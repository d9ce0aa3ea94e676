using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

public sealed partial class LogView
{
    /// <summary>As <see cref="Read"/>, for callers that hand the bytes on without looking at them. Where only memory told the place of the first batch, its
    /// header is read, and it must be the one that was written there. Headers behind it are not looked at: a reader that stops at a broken one comes again
    /// from there, and is answered with <see cref="ReadStatus.Corrupt"/> then. Throws <see cref="IOException"/>.</summary>
    public ReadResult ReadChecked(Offset from, int maxBytes, Offset upTo, bool atLeastOneBatch)
    {
        var read = Read(from, maxBytes, upTo, atLeastOneBatch);
        if (read.Slice.IsEmpty)
            return read;
        var isKept = false;
        try
        {
            isKept = BeginsAsWritten(read.Slice);
        }
        finally
        {
            if (!isKept)
                read.Slice.Release();
        }
        if (isKept)
            return read;
        // A truncation since this view replaces the segment, and then other batches may rightly be there.
        var current = _log.View;
        return current.Content.Segments.Contains(_content.Segments[^1])
            ? new ReadResult(ReadStatus.Corrupt, default)
            : current.ReadChecked(from, maxBytes, upTo, atLeastOneBatch);
    }

    private bool BeginsAsWritten(in FileSlice slice)
    {
        var active = _content.Segments.Length - 1;
        if (!slice.IsOf(_content.Segments[active].Log) || !_content.Tail.CoversPosition(slice.Position))
            return true;
        Span<byte> bytes = stackalloc byte[BatchHeader.MaxSize];
        return BatchHeader.TryRead(bytes[..slice.Read(bytes)], out var header) && _content.IsAsWritten(active, (int)slice.Position, header);
    }
}
