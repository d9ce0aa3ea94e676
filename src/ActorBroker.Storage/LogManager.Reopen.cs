using ActorBroker.Model;

namespace ActorBroker.Storage;

public sealed partial class LogManager
{
    /// <summary>Opens a log again from its files, as after a crash of the process: its writer failed half-way, and what it had in memory is not to be believed. Views
    /// of the log before go on to read. A copy that was made to move it is given up. Called by the next writer. Throws <see cref="IOException"/> and
    /// <see cref="Checkpoints.CorruptFileException"/>.</summary>
    /// <returns>Null when the partition has no log.</returns>
    public PartitionLog? Reopen(TopicPartition partition, LogConfig config)
    {
        CancelMove(partition);
        lock (_createGate)
        {
            if (!_logs.TryGetValue(partition, out var left))
                return null;
            var state = left.Leave();
            var log = PartitionLog.Open(left.Directory, partition, left.TopicId, config, state, out var report);
            _logs[partition] = log;
            _listener.LogLoaded(left.Directory.Path, partition, 1, 1, report);
            return log;
        }
    }
}

public sealed partial class PartitionLog
{
    /// <summary>Writes nothing any more: the files belong to the next one who opens them.</summary>
    /// <returns>What a checkpoint of the log would say now.</returns>
    internal OpenState Leave()
    {
        lock (_flushGate)
        {
            _closed = true;
            _isAside = true;
        }
        var view = View;
        foreach (var segment in view.Content.Segments)
        {
            foreach (var file in segment.Files)
                file.Close();
        }
        return new OpenState(WasCleanShutdown: false, RecoveryPoint, view.LogStartOffset, view.HighWatermark, FirstDirtyOffset: FirstDirtyOffset);
    }
}
