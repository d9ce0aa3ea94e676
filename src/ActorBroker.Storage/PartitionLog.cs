using ActorBroker.Model;
using ActorBroker.Storage.Checkpoints;
using ActorBroker.Storage.Epochs;
using ActorBroker.Storage.Files;
using ActorBroker.Storage.Producers;
using ActorBroker.Storage.Segments;

namespace ActorBroker.Storage;

/// <summary>The log of one partition replica, in Kafka's own files. One writer - the replica's actor - calls everything here, except what says
/// that any thread may; everybody else reads the immutable <see cref="View"/>. An idle log has no open file, no thread and no timer.
/// Methods that change files throw <see cref="DirectoryOfflineException"/> when the log directory fails or has failed; appends say so with a
/// status instead.</summary>
public sealed partial class PartitionLog
{
    private readonly DirectoryState _state;
    private readonly PartitionDirectory _directory;
    private readonly TailIndex _tail = new();
    private readonly ProducerTable _producers = new();

    /// <summary>Held while files are synced or removed from the end, so that a flush on another thread and a truncation exclude each other.</summary>
    private readonly Lock _flushGate = new();

    /// <summary>Segments that are out of the log, and whose files wait for the next view.</summary>
    private readonly List<Segment> _removed = [];

    private LogConfig _config;
    private Segment[] _segments = [];
    private LeaderEpochCache _epochs = LeaderEpochCache.Empty;
    private long _logStartOffset;
    private long _highWatermark;
    private long _logEndOffset;
    private long _recoveryPoint;
    private long _firstUnflushedMs = long.MaxValue;
    private bool _directoryUnsynced;
    private bool _closed;
    private bool _isAside;
    private LogView _view = null!;

    private PartitionLog(DirectoryState state, PartitionDirectory directory, TopicPartition partition, TopicId topicId, LogConfig config)
    {
        _state = state;
        _directory = directory;
        _config = config;
        Partition = partition;
        TopicId = topicId;
    }

    public TopicPartition Partition { get; }

    /// <summary>The id in partition.metadata; zero when the directory has none.</summary>
    public TopicId TopicId { get; private set; }

    /// <summary>The log directory. Any thread.</summary>
    public DirectoryState Directory => _state;

    /// <summary>The partition's own directory. Any thread.</summary>
    public string DirectoryPath => _directory.Path;

    public LogConfig Config => Volatile.Read(ref _config);

    /// <summary>The log as it is now. Any thread.</summary>
    public LogView View => Volatile.Read(ref _view);

    /// <summary>Everything below survives a power failure. Any thread.</summary>
    public Offset RecoveryPoint => new(Volatile.Read(ref _recoveryPoint));

    /// <summary>Milliseconds since 1970 of the first append that no flush has covered; <see cref="long.MaxValue"/> when there is none. Any
    /// thread.</summary>
    public long FirstUnflushedMs => Volatile.Read(ref _firstUnflushedMs);

    /// <summary>Producers that the log remembers.</summary>
    public int ProducerCount => _producers.Count;

    private Segment Active => _segments[^1];

    public void UpdateConfig(LogConfig config) => Volatile.Write(ref _config, config);

    /// <summary>Gives the directory its topic id when it has none (directories of old Kafka versions).</summary>
    public void AssignTopicId(TopicId id)
    {
        if (TopicId == id)
            return;
        Guarded(() => PartitionMetadataFile.Write(_state.FileSystem, _directory.Combine(LogFileNames.PartitionMetadata), id));
        TopicId = id;
        Volatile.Write(ref _directoryUnsynced, true);
    }

    /// <summary>Moves the high watermark forward; it is bounded by the log end. Returns whether it moved.</summary>
    public bool SetHighWatermark(Offset highWatermark)
    {
        var value = Math.Min(highWatermark.Value, _logEndOffset);
        if (value <= _highWatermark)
            return false;
        _highWatermark = value;
        _producers.OnHighWatermark(value);
        PublishOffsets();
        return true;
    }

    /// <summary>Moves the log start forward (DeleteRecords, or what the leader says). False when the offset is past the high watermark.
    /// Segments below go with the next <see cref="ApplyRetention"/>.</summary>
    public bool SetLogStartOffset(Offset offset)
    {
        if (offset.Value > _highWatermark)
            return false;
        if (offset.Value <= _logStartOffset)
            return true;
        _logStartOffset = offset.Value;
        CutEpochs(_epochs.TruncateFromStart(_logStartOffset));
        Publish();
        return true;
    }

    /// <summary>Notes that a leader of <paramref name="epoch"/> begins at the log end. Called when a replica becomes leader.</summary>
    public void AssignEpoch(LeaderEpoch epoch)
    {
        SetEpochs(_epochs.With(epoch.Value, _logEndOffset));
        Publish();
    }

    /// <summary>Closes the active segment and begins a new one at the log end; nothing happens when the active segment is empty.</summary>
    public void Roll()
    {
        if (Active.Size == 0)
            return;
        Guarded(() => RollSegment(_logEndOffset));
        Publish();
    }

    /// <summary>Writes what only memory holds (indexes, producers), makes the log survive a power failure, and closes the files. The log can
    /// still be read, and must not be written.</summary>
    public void Close()
    {
        PrepareClose();
        FinishClose();
    }

    /// <summary>The first half of <see cref="Close"/>: afterwards the files hold everything, synced or not.</summary>
    internal void PrepareClose()
    {
        if (_closed || _state.IsOffline)
            return;
        _closed = true;
        Guarded(() =>
        {
            Active.CompleteIndexes();
            Publish();
            WriteProducerSnapshot(_logEndOffset);
        });
    }

    /// <summary>The second half: syncs what still has to be, and closes the files.</summary>
    internal void FinishClose()
    {
        _closed = true;
        if (_state.IsOffline)
            return;
        Flush();
        foreach (var segment in _segments)
        {
            foreach (var file in segment.Files)
                file.Close();
        }
    }

    /// <summary>Deletes the log: its directory gets another name at once and disappears after file.delete.delay.ms. Readers that hold slices
    /// are not disturbed.</summary>
    public void Delete() => SetAside(LogFileNames.DeletedDirectorySuffix, remove: true);

    /// <summary>Keeps the log's files, under a name that shows that no broker uses them: the metadata knows no such replica here.</summary>
    public void MarkStray() => SetAside(LogFileNames.StrayDirectorySuffix, remove: false);

    private void SetAside(string suffix, bool remove)
    {
        if (_isAside)
            return;
        _closed = true;
        var path = Path.Combine(_state.Path, LogFileNames.DirectoryAside(Partition, suffix));
        Guarded(() =>
        {
            lock (_flushGate)
            {
                if (!remove)
                    Active.CompleteIndexes();
                _isAside = true;
                _state.FileSystem.MoveDirectory(_directory.Path, path);
                _directory.Path = path;
            }
        });
        Publish();
        if (!remove)
            return;
        var segments = _segments;
        _state.Deletions.Add(_state.NowMs + _config.FileDeleteDelayMs, () =>
        {
            foreach (var segment in segments)
                segment.DeleteFiles();
            _state.FileSystem.DeleteDirectory(path);
        });
    }

    /// <summary>Gives the partition's directory its usual name: a moved replica takes the place of the one that it was copied from.</summary>
    internal void TakeUsualName()
    {
        var path = Path.Combine(_state.Path, LogFileNames.Directory(Partition));
        Guarded(() =>
        {
            lock (_flushGate)
            {
                _state.FileSystem.MoveDirectory(_directory.Path, path);
                _directory.Path = path;
                _state.FileSystem.SyncDirectory(_state.Path);
            }
        });
    }

    private void RollSegment(long baseOffset)
    {
        Active.CompleteIndexes();
        WriteProducerSnapshot(baseOffset);
        _segments = [.. _segments, NewSegment(baseOffset)];
        _tail.Clear();
        // A closed segment is flushed soon in every mode: it bounds what a recovery has to read.
        _state.RequestFlush?.Invoke(this);
    }

    /// <param name="isFirst">Whether the directory is new.</param>
    private Segment NewSegment(long baseOffset, bool isFirst = false)
    {
        var segment = new Segment(_state.Handles, _directory, baseOffset);
        segment.Log.SetLength(0);
        // Files of that name can only be left over from a crash in the middle of a roll or truncation.
        foreach (var file in isFirst ? [] : segment.Files.Skip(1))
            _state.FileSystem.DeleteFile(file.Path);
        segment.CreatedMs = segment.LastWriteMs = _state.NowMs;
        Volatile.Write(ref _directoryUnsynced, true);
        return segment;
    }

    /// <summary>Adds epochs: they must be on disk before the batches that carry them.</summary>
    private void SetEpochs(LeaderEpochCache epochs)
    {
        if (ReferenceEquals(epochs, _epochs))
            return;
        Guarded(() => LeaderEpochCheckpointFile.Write(_state.FileSystem, _directory.Combine(LogFileNames.LeaderEpochCheckpoint), epochs.Entries));
        Volatile.Write(ref _directoryUnsynced, true);
        _epochs = epochs;
    }

    /// <summary>Takes epochs away. On a full disk only in memory: a restart takes them away again.</summary>
    private void CutEpochs(LeaderEpochCache epochs)
    {
        try
        {
            SetEpochs(epochs);
        }
        catch (DiskFullException)
        {
            _epochs = epochs;
        }
    }

    private void Publish()
    {
        var active = Active;
        PublishOffsets(new LogContent(_segments, active.Size, active.OffsetIndex.View, active.TimeIndex.View, _tail.View, _epochs, _logEndOffset));
        ScheduleDeletions();
    }

    private void PublishOffsets(LogContent? content = null)
    {
        var stable = _producers.FirstUnstableOffset is { } unstable ? Math.Min(unstable, _highWatermark) : _highWatermark;
        Volatile.Write(ref _view, new LogView(this, content ?? _view.Content, _logStartOffset, _highWatermark, Math.Max(stable, _logStartOffset)));
    }

    /// <summary>Runs an action on files. A full disk is passed on as it is; any other I/O error takes the directory offline.</summary>
    private void Guarded(Action action)
    {
        if (_state.IsOffline)
            throw new DirectoryOfflineException(_state.Path, _state.Failure);
        try
        {
            action();
        }
        catch (IOException e) when (e is not DiskFullException and not DirectoryOfflineException)
        {
            _state.MarkOffline(e);
            throw new DirectoryOfflineException(_state.Path, e);
        }
    }
}
