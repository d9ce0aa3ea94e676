using ActorBroker.Model;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <param name="Segments">Segments that were deleted.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="LogStartOffset">The log start afterwards.</param>
public readonly record struct RetentionResult(int Segments, long Bytes, Offset LogStartOffset);

public sealed partial class PartitionLog
{
    /// <summary>Rolls the active segment when its time is over, and deletes old segments by retention.ms, retention.bytes and the log start offset.
    /// Whole segments only, oldest first, and never what the high watermark has not passed. On a full disk, where no segment can be begun, the active
    /// one stays and the others go. Call it every few minutes.</summary>
    public RetentionResult ApplyRetention(long nowMs)
    {
        ExpireProducers(nowMs);
        if (Active.Size > 0 && IsOld(Active, nowMs, nowMs))
            _ = TryRoll();
        var count = CountExpired(nowMs);
        // The log always has an active segment.
        if (count == _segments.Length && !TryRoll())
            count--;
        if (count == 0)
            return new RetentionResult(0, 0, new Offset(_logStartOffset));
        var removed = _segments[..count];
        Guarded(() =>
        {
            RemoveSegments(removed);
            _segments = _segments[count..];
            RemoveSnapshots(offset => offset < _segments[0].BaseOffset);
        });
        _logStartOffset = Math.Max(_logStartOffset, _segments[0].BaseOffset);
        CutEpochs(_epochs.TruncateFromStart(_logStartOffset));
        Publish();
        return new RetentionResult(count, removed.Sum(segment => (long)segment.Size), new Offset(_logStartOffset));
    }

    /// <summary>False when the disk has no room for another segment: what makes room must not need some first.</summary>
    private bool TryRoll()
    {
        try
        {
            Roll();
            return true;
        }
        catch (DiskFullException)
        {
            return false;
        }
    }

    private int CountExpired(long nowMs)
    {
        var deletes = _config.DeletesOldSegments;
        var excess = deletes && _config.RetentionBytes >= 0 ? _segments.Sum(segment => (long)segment.Size) - _config.RetentionBytes : 0;
        var count = 0;
        for (; count < _segments.Length; count++)
        {
            var segment = _segments[count];
            var isActive = count == _segments.Length - 1;
            var end = isActive ? _logEndOffset : _segments[count + 1].BaseOffset;
            if (end > _highWatermark || (isActive && segment.Size == 0))
                break;
            var isBelowStart = end <= _logStartOffset && !isActive;
            var isTooMuch = excess - segment.Size >= 0 && excess > 0;
            if (!isBelowStart && !(deletes && (isTooMuch || IsExpired(segment, nowMs))))
                break;
            excess -= segment.Size;
        }
        return count;
    }

    private bool IsExpired(Segment segment, long nowMs)
    {
        if (_config.RetentionMs < 0)
            return false;
        var newest = segment.MaxTimestamp >= 0 ? segment.MaxTimestamp : segment.LastWriteMs;
        return nowMs - newest > _config.RetentionMs;
    }
}
