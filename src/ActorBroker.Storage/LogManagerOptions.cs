using ActorBroker.Model;
using ActorBroker.Storage.Files;

namespace ActorBroker.Storage;

/// <summary>How a node's log directories are opened.</summary>
public sealed record LogManagerOptions
{
    /// <summary>log.dirs: at least one path. Directories that do not exist are created.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    public required NodeId NodeId { get; init; }

    /// <summary>The cluster that the directories must belong to. Null takes what the first of them says, or makes a new id.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The cluster that empty directories are for when nothing else says so; null for a new one.</summary>
    public string? NewClusterId { get; init; }

    /// <summary>The configuration of a log that is found at start.</summary>
    public Func<TopicPartition, LogConfig> ConfigOf { get; init; } = static _ => LogConfig.Default;

    /// <summary>Most files that are kept open while nobody uses them.</summary>
    public int MaxOpenFiles { get; init; } = 2000;

    /// <summary>num.recovery.threads.per.data.dir; 0 for one per processor.</summary>
    public int RecoveryThreads { get; init; }

    /// <summary>Appends are refused (<see cref="AppendStatus.DiskFull"/>) while a directory's file system has less than this left, so that there is room
    /// for checkpoints, compaction and metadata. 0: until the disk itself refuses.</summary>
    public long MinFreeBytes { get; init; }

    /// <summary>Threads of the group committer, which mostly wait for the disk.</summary>
    public int FlushThreads { get; init; } = 4;

    public IFileSystem FileSystem { get; init; } = RealFileSystem.Instance;

    /// <summary>Milliseconds since 1970.</summary>
    public Func<long> ClockMs { get; init; } = static () => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
}

/// <summary>Hears what happens to log directories. Called on any thread.</summary>
public interface IStorageListener
{
    /// <summary>A directory's logs are about to be opened.</summary>
    /// <param name="wasCleanShutdown">False: logs are recovered beyond their recovery points.</param>
    void DirectoryLoading(string path, int logs, bool wasCleanShutdown);

    /// <summary>A log of the directory was opened; <paramref name="report"/> says what recovery did, null when there was nothing to do.</summary>
    void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report);

    /// <summary>All of a directory's logs were opened that can be.</summary>
    void DirectoryLoaded(string path)
    {
    }

    /// <summary>A directory failed. Its logs answer with errors until restart.</summary>
    void DirectoryOffline(string path, Exception error);

    /// <summary>A directory's free space fell below the limit, or rose above it again: appends are refused meanwhile.</summary>
    void DiskFullChanged(string path, bool isFull, long availableBytes)
    {
    }

    /// <summary>Damaged bytes of a log were replaced by another replica's.</summary>
    void DamageRepaired(TopicPartition partition, DamagedSpan span)
    {
    }

    /// <summary>No other replica has the bytes that belong where a log is damaged.</summary>
    void DamageRemains(TopicPartition partition, DamagedSpan span)
    {
    }

    /// <summary>Something that an operator should know of, and that stops nothing.</summary>
    void Warning(string message);
}

/// <summary>Hears nothing.</summary>
public sealed class NullStorageListener : IStorageListener
{
    public static NullStorageListener Instance { get; } = new();

    public void DirectoryLoading(string path, int logs, bool wasCleanShutdown)
    {
    }

    public void LogLoaded(string path, TopicPartition partition, int loaded, int total, RecoveryReport? report)
    {
    }

    public void DirectoryOffline(string path, Exception error)
    {
    }

    public void Warning(string message)
    {
    }
}

/// <summary>A log directory cannot be used as configured: it belongs to another cluster or node, or another process has it.</summary>
public sealed class LogDirectoryException(string path, string reason) : Exception($"log directory {path}: {reason}")
{
    public string Path => path;
}
