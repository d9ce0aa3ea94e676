using System.Globalization;
using ActorBroker.Model;

namespace ActorBroker.Storage;

/// <summary>Kafka's names of files and directories. See docs/formats/log-directory.md.</summary>
public static class LogFileNames
{
    public const string LogSuffix = ".log";
    public const string OffsetIndexSuffix = ".index";
    public const string TimeIndexSuffix = ".timeindex";
    public const string AbortedIndexSuffix = ".txnindex";
    public const string ProducerSnapshotSuffix = ".snapshot";

    /// <summary>A file that waits for its removal.</summary>
    public const string DeletedFileSuffix = ".deleted";

    /// <summary>Output of an unfinished compaction.</summary>
    public const string CleanedFileSuffix = ".cleaned";

    /// <summary>Output of a finished compaction that is about to take the place of the segments that it was made from.</summary>
    public const string SwapFileSuffix = ".swap";

    public const string DeletedDirectorySuffix = "-delete";
    public const string StrayDirectorySuffix = "-stray";
    public const string FutureDirectorySuffix = "-future";

    public const string LeaderEpochCheckpoint = "leader-epoch-checkpoint";
    public const string PartitionMetadata = "partition.metadata";
    public const string RecoveryPointCheckpoint = "recovery-point-offset-checkpoint";
    public const string HighWatermarkCheckpoint = "replication-offset-checkpoint";
    public const string LogStartOffsetCheckpoint = "log-start-offset-checkpoint";
    public const string CleanerOffsetCheckpoint = "cleaner-offset-checkpoint";
    public const string MetaProperties = "meta.properties";
    public const string Lock = ".lock";
    public const string CleanShutdown = ".kafka_cleanshutdown";

    /// <summary>Ours: the <see cref="Files.IFileSystem.BootId"/> under which the directory was opened last.</summary>
    public const string BootId = ".actorbroker_boot";

    /// <summary>Ours: the Unix socket at which the node that has the directory tells how far it is.</summary>
    public const string StatusSocket = ".actorbroker_status";

    /// <summary>Longest name of a directory entry.</summary>
    private const int MaxNameLength = 255;

    /// <summary>Twenty digits and the suffix: names sort as their offsets do.</summary>
    public static string Segment(long baseOffset, string suffix) => baseOffset.ToString("D20", CultureInfo.InvariantCulture) + suffix;

    /// <summary>Reads the offset of a file name that ends with <paramref name="suffix"/>.</summary>
    public static bool TryParseSegment(string name, string suffix, out long baseOffset)
    {
        baseOffset = 0;
        return name.EndsWith(suffix, StringComparison.Ordinal)
            && long.TryParse(name.AsSpan(0, name.Length - suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out baseOffset);
    }

    public static string Directory(TopicPartition partition) => partition.ToString();

    /// <summary>The name of a directory that is set aside (<see cref="DeletedDirectorySuffix"/> and the others): unique, and with the topic's
    /// name cut where it would get too long.</summary>
    public static string DirectoryAside(TopicPartition partition, string suffix)
    {
        var tail = $"-{partition.Partition}.{Guid.NewGuid():N}{suffix}";
        var topic = partition.Topic.Length + tail.Length > MaxNameLength ? partition.Topic[..(MaxNameLength - tail.Length)] : partition.Topic;
        return topic + tail;
    }

    /// <summary>Reads the name of a directory that a partition is being moved into.</summary>
    public static bool TryParseFuture(string name, out TopicPartition partition)
    {
        partition = default;
        if (!name.EndsWith(FutureDirectorySuffix, StringComparison.Ordinal))
            return false;
        var dot = name.LastIndexOf('.');
        return dot > 0 && TryParseDirectory(name[..dot], out partition);
    }

    /// <summary>Reads the name of a partition's directory. The partition's number follows the last dash, since topics may contain dashes.</summary>
    public static bool TryParseDirectory(string name, out TopicPartition partition)
    {
        partition = default;
        var dash = name.LastIndexOf('-');
        if (dash <= 0 || !int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            return false;
        var topic = name[..dash];
        if (TopicName.Problem(topic) is not null)
            return false;
        partition = new TopicPartition(topic, index);
        return true;
    }
}
