using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ActorBroker.Model;
using ActorBroker.Storage.Compaction;

namespace ActorBroker.Storage;

/// <summary>The figures of the journal, under the meter <see cref="MeterName"/>: it hears what happens to log directories, tells
/// another listener, and counts. Costs next to nothing while nobody listens. Any thread.</summary>
public sealed class StorageMetrics : IStorageListener, IDisposable
{
    public const string MeterName = "ActorBroker.Storage";

    private readonly IStorageListener _inner;
    private readonly Meter _meter = new(MeterName);
    private readonly ConcurrentDictionary<string, bool> _full = new();
    private readonly ConcurrentDictionary<string, bool> _offline = new();
    private readonly Counter<long> _compactions;
    private readonly Counter<long> _compactionsFailed;
    private readonly Counter<long> _compactedBytes;
    private readonly Counter<long> _reclaimedBytes;
    private readonly Counter<long> _recordsDropped;
    private readonly Counter<long> _scrubbedBytes;
    private readonly Counter<long> _scrubRounds;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _repairsFailed;
    private long _logsFound;
    private long _logsLoaded;
    private long _verifiedBytes;
    private long _cutBytes;

    /// <param name="inner">Hears everything as well.</param>
    public StorageMetrics(IStorageListener? inner = null)
    {
        _inner = inner ?? NullStorageListener.Instance;
        _meter.CreateObservableGauge("actorbroker.storage.recovery.logs.found", () => Volatile.Read(ref _logsFound), "{log}", "Logs found at start so far");
        _meter.CreateObservableGauge("actorbroker.storage.recovery.logs.loaded", () => Volatile.Read(ref _logsLoaded), "{log}", "Logs opened at start so far");
        _meter.CreateObservableGauge("actorbroker.storage.recovery.verified", () => Volatile.Read(ref _verifiedBytes), "By", "Bytes checked by recovery");
        _meter.CreateObservableGauge("actorbroker.storage.recovery.cut", () => Volatile.Read(ref _cutBytes), "By", "Bytes of torn tails cut by recovery");
        _meter.CreateObservableGauge("actorbroker.storage.directories.offline", () => _offline.Count, "{directory}");
        _meter.CreateObservableGauge("actorbroker.storage.directories.full", () => _full.Count, "{directory}", "Directories with less free space than the reserve");
        _compactions = _meter.CreateCounter<long>("actorbroker.storage.compactions", "{compaction}");
        _compactionsFailed = _meter.CreateCounter<long>("actorbroker.storage.compactions.failed", "{compaction}");
        _compactedBytes = _meter.CreateCounter<long>("actorbroker.storage.compaction.read", "By", "Bytes of segments that were compacted");
        _reclaimedBytes = _meter.CreateCounter<long>("actorbroker.storage.compaction.reclaimed", "By");
        _recordsDropped = _meter.CreateCounter<long>("actorbroker.storage.compaction.records.dropped", "{record}");
        _scrubbedBytes = _meter.CreateCounter<long>("actorbroker.storage.scrub.checked", "By");
        _scrubRounds = _meter.CreateCounter<long>("actorbroker.storage.scrub.rounds", "{round}", "Rounds over all logs that were ended");
        _repairs = _meter.CreateCounter<long>("actorbroker.storage.repairs", "{span}", "Damaged spans that were replaced by another replica's bytes");
        _repairsFailed = _meter.CreateCounter<long>("actorbroker.storage.repairs.failed", "{span}", "Attempts at damaged spans that no other replica had the bytes of");
    }

    /// <summary>Adds gauges of what an open log manager holds now.</summary>
    public void Observe(LogManager logs)
    {
        _meter.CreateObservableGauge("actorbroker.storage.logs", () => logs.Logs.Count, "{log}");
        _meter.CreateObservableGauge("actorbroker.storage.strays", () => logs.Directories.Sum(directory => directory.Strays.Count), "{directory}", "Directories of replicas that were set aside; an operator is to look at them");
        _meter.CreateObservableGauge("actorbroker.storage.strays.size", () => logs.Directories.Sum(directory => directory.Strays.Bytes), "By", "What they hold");
        _meter.CreateObservableGauge("actorbroker.storage.files.open", () => logs.OpenFiles, "{file}");
        _meter.CreateObservableGauge("actorbroker.storage.flush.waiting", () => logs.Committer.QueueLength, "{log}", "Logs that wait for an fsync");
        _meter.CreateObservableGauge("actorbroker.storage.corrupt", () => logs.Logs.Sum(log => log.CorruptRanges.Count), "{batch}", "Known damage that is still part of a log");
        _meter.CreateObservableGauge("actorbroker.storage.uncleanable", () => logs.Logs.Count(log => log.CompactionProblem is not null), "{log}", "Logs that cannot be compacted");
    }

    public void Compacted(in CompactionResult result)
    {
        _compactions.Add(1);
        _compactedBytes.Add(result.BytesBefore);
        _reclaimedBytes.Add(result.BytesBefore - result.BytesAfter);
        _recordsDropped.Add(result.RecordsDropped);
    }

    public void CompactionFailed() => _compactionsFailed.Add(1);

    public void Scrubbed(long bytes) => _scrubbedBytes.Add(bytes);

    public void ScrubRoundEnded() => _scrubRounds.Add(1);

    public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
    {
        Interlocked.Add(ref _logsFound, logs);
        _inner.DirectoryLoading(path, logs, wasCleanShutdown);
    }

    public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
    {
        Interlocked.Increment(ref _logsLoaded);
        if (report is not null)
        {
            Interlocked.Add(ref _verifiedBytes, report.ScannedBytes);
            Interlocked.Add(ref _cutBytes, report.CutBytes);
        }
        _inner.LogLoaded(path, partition, loaded, total, report);
    }

    public void DirectoryLoaded(string path) => _inner.DirectoryLoaded(path);

    public void DirectoryOffline(string path, Exception error)
    {
        _offline[path] = true;
        _inner.DirectoryOffline(path, error);
    }

    public void DiskFullChanged(string path, bool isFull, long availableBytes)
    {
        if (isFull)
            _full[path] = true;
        else
            _full.TryRemove(path, out _);
        _inner.DiskFullChanged(path, isFull, availableBytes);
    }

    public void DamageRepaired(TopicPartition partition, DamagedSpan span)
    {
        _repairs.Add(1);
        _inner.DamageRepaired(partition, span);
    }

    public void DamageRemains(TopicPartition partition, DamagedSpan span)
    {
        _repairsFailed.Add(1);
        _inner.DamageRemains(partition, span);
    }

    public void Warning(string message) => _inner.Warning(message);

    internal bool Owns(Instrument instrument) => instrument.Meter == _meter;

    public void Dispose() => _meter.Dispose();
}
