using System.Diagnostics;
using ActorBroker.Model;
using ActorBroker.Storage;
using Microsoft.Extensions.Logging;

namespace ActorBroker.Hosting;

/// <summary>Writes what happens to the log directories into the node's log, with progress at most once a second.</summary>
internal sealed class StorageLog(ILogger logger) : IStorageListener
{
    private long lastProgress = Stopwatch.GetTimestamp();

    public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
    {
        if (wasCleanShutdown || logs == 0)
        {
            HostLog.Opening(logger, path, logs);
        }
        else
        {
            HostLog.Recovering(logger, path, logs);
        }
    }

    public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
    {
        if (report is { CutBytes: > 0 })
        {
            HostLog.TailCut(logger, partition, report.CutBytes, report.CutFrom, report.Reason);
        }
        else if (report is { RebuiltIndexes: > 0 } or { ScannedBytes: > 0 })
        {
            HostLog.Recovered(logger, partition, report.ScannedBytes, report.RebuiltIndexes);
        }

        var last = Volatile.Read(ref lastProgress);
        if (Stopwatch.GetElapsedTime(last) > TimeSpan.FromSeconds(1) && Interlocked.CompareExchange(ref lastProgress, Stopwatch.GetTimestamp(), last) == last)
        {
            HostLog.Progress(logger, loaded, total);
        }
    }

    public void DirectoryOffline(string path, Exception error) => HostLog.DirectoryOffline(logger, path, error.Message);

    public void DiskFullChanged(string path, bool isFull, long availableBytes)
    {
        if (isFull)
        {
            HostLog.DiskFull(logger, path, availableBytes);
        }
        else
        {
            HostLog.DiskHasRoom(logger, path, availableBytes);
        }
    }

    public void Warning(string message) => HostLog.StorageWarning(logger, message);
}
