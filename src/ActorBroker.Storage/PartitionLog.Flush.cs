using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

public sealed partial class PartitionLog
{
    /// <summary>Makes everything that the current view shows survive a power failure. Any thread: group commit calls it off the writer's.
    /// An error takes the directory offline and is not tried again: after a failed fsync nobody knows what the disk has.</summary>
    /// <returns>The new recovery point.</returns>
    public Offset Flush()
    {
        lock (_flushGate)
        {
            // Of a deleted log nothing has to survive.
            if (_isAside)
                return RecoveryPoint;
            Volatile.Write(ref _firstUnflushedMs, long.MaxValue);
            var content = View.Content;
            var target = content.LogEndOffset;
            var from = Volatile.Read(ref _recoveryPoint);
            if (target <= from && !_directoryUnsynced && !content.Segments[^1].HasUnsyncedIndexes)
                return new Offset(from);
            if (_state.IsOffline)
                throw new DirectoryOfflineException(_state.Path, _state.Failure);
            try
            {
                SyncFiles(content, from);
                if (Volatile.Read(ref _directoryUnsynced))
                {
                    Volatile.Write(ref _directoryUnsynced, false);
                    _state.FileSystem.SyncDirectory(_directory.Path);
                    _state.FileSystem.SyncDirectory(_state.Path);
                }
            }
            catch (IOException e)
            {
                _state.MarkOffline(e);
                throw new DirectoryOfflineException(_state.Path, e);
            }
            Volatile.Write(ref _recoveryPoint, Math.Max(from, target));
            return new Offset(Math.Max(from, target));
        }
    }

    /// <summary>Notes that the whole file system was synced after this log was <see cref="PrepareClose">prepared</see>.</summary>
    internal void NoteSynced()
    {
        lock (_flushGate)
        {
            Volatile.Write(ref _firstUnflushedMs, long.MaxValue);
            Volatile.Write(ref _recoveryPoint, Math.Max(_recoveryPoint, View.LogEndOffset.Value));
            Volatile.Write(ref _directoryUnsynced, false);
            foreach (var segment in View.Content.Segments)
                segment.NoteSynced();
        }
    }

    /// <summary>Whether a background flush is due by flush.ms or flush.messages. Any thread.</summary>
    public bool IsFlushDue(long nowMs)
    {
        var config = Config;
        if (config.FlushMode == FlushMode.Os && config.FlushMessages == long.MaxValue && config.FlushMs == long.MaxValue)
            return false;
        var first = FirstUnflushedMs;
        if (first == long.MaxValue)
            return false;
        return nowMs - first >= config.FlushMs || View.LogEndOffset - RecoveryPoint >= config.FlushMessages;
    }

    private static void SyncFiles(LogContent content, long from)
    {
        for (var i = content.Segments.Length - 1; i >= 0; i--)
        {
            var segment = content.Segments[i];
            if (content.EndOf(i) <= from && !segment.HasUnsyncedIndexes)
                continue;
            segment.Log.Sync();
            segment.OffsetIndex.Sync();
            segment.TimeIndex.Sync();
            if (segment.Aborted.Count > 0)
                segment.Aborted.File.Sync();
        }
    }
}
