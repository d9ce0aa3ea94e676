using System.Globalization;
using N = ActorBroker.Model.Configs.TopicConfigNames;

namespace ActorBroker.Model.Configs;

/// <summary>
/// Every setting that a topic can have: Apache Kafka's names, types, defaults, legal values and broker synonyms, and <c>flush.mode</c>, which is ours.
/// </summary>
public static class TopicConfigs
{
    private const string MaxLong = "9223372036854775807";
    private const long Minute = 60_000;
    private const long Hour = 60 * Minute;

    /// <summary>All definitions, by name in alphabetical order.</summary>
    public static IReadOnlyList<ConfigDefinition> All { get; } =
    [
        new(N.CleanupPolicy, ConfigType.List, "delete", "What happens to old segments: delete removes them by age and size, compact keeps the last record of each key; both together do both.")
            { Allowed = ["compact", "delete"], Synonyms = [new("log.cleanup.policy")] },
        new(N.CompressionGzipLevel, ConfigType.Int, "-1", "Level of gzip when compression.type is gzip; -1 is the library's default.")
            { Min = 1, Max = 9, Exception = -1, Synonyms = [new("compression.gzip.level")] },
        new(N.CompressionLz4Level, ConfigType.Int, "9", "Level of lz4 when compression.type is lz4.")
            { Min = 1, Max = 17, Synonyms = [new("compression.lz4.level")] },
        new(N.CompressionType, ConfigType.String, "producer", "Codec of the stored batches; producer keeps what the producer chose.")
            { Allowed = ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"], Synonyms = [new("compression.type")] },
        new(N.CompressionZstdLevel, ConfigType.Int, "3", "Level of zstd when compression.type is zstd.")
            { Min = -131072, Max = 22, Synonyms = [new("compression.zstd.level")] },
        new(N.DeleteRetentionMs, ConfigType.Long, "86400000", "Milliseconds for which compaction keeps tombstones, so that readers from the beginning see them.")
            { Min = 0, Synonyms = [new("log.cleaner.delete.retention.ms")] },
        new(N.FileDeleteDelayMs, ConfigType.Long, "60000", "Milliseconds between renaming a removed file and deleting it.")
            { Min = 0, Synonyms = [new("log.segment.delete.delay.ms")] },
        new(N.FlushMessages, ConfigType.Long, MaxLong, "Records after which the log is fsynced; 1 is after each batch, the default leaves it to the operating system.")
            { Min = 1, Synonyms = [new("log.flush.interval.messages")] },
        new(N.FlushMode, ConfigType.String, "os", "When appended bytes are made to survive a power failure: os leaves it to the operating system (as Kafka does; flush.ms and flush.messages still count when set), interval fsyncs after flush.ms (1000 unless set) or flush.messages, group-commit fsyncs before an append is acknowledged, many appends at once. Not one of Kafka's settings.")
            { Allowed = ["os", "interval", "group-commit"] },
        new(N.FlushMs, ConfigType.Long, MaxLong, "Milliseconds after which appended records are fsynced; the default leaves it to the operating system.")
            { Min = 0, Synonyms = [new("log.flush.interval.ms"), new("log.flush.scheduler.interval.ms")] },
        new(N.FollowerThrottledReplicas, ConfigType.List, "", "Replicas, as partition:broker or *, whose replication is throttled at the follower.")
            { Rule = ThrottledReplicas.Problem },
        new(N.IndexIntervalBytes, ConfigType.Int, "4096", "Bytes of log between two entries of its offset index.")
            { Min = 0, Synonyms = [new("log.index.interval.bytes")] },
        new(N.LeaderThrottledReplicas, ConfigType.List, "", "Replicas, as partition:broker or *, whose replication is throttled at the leader.")
            { Rule = ThrottledReplicas.Problem },
        new(N.LocalRetentionBytes, ConfigType.Long, "-2", "Bytes kept on local disk when the topic is tiered; -2 is retention.bytes.")
            { Min = -2, Synonyms = [new("log.local.retention.bytes")] },
        new(N.LocalRetentionMs, ConfigType.Long, "-2", "Milliseconds kept on local disk when the topic is tiered; -2 is retention.ms.")
            { Min = -2, Synonyms = [new("log.local.retention.ms")] },
        new(N.MaxCompactionLagMs, ConfigType.Long, MaxLong, "Milliseconds after which a record must have become eligible for compaction.")
            { Min = 1, Synonyms = [new("log.cleaner.max.compaction.lag.ms")] },
        new(N.MaxMessageBytes, ConfigType.Int, "1048588", "Largest record batch, in bytes, after compression, with its 12 bytes of log overhead.")
            { Min = 0, Synonyms = [new("message.max.bytes")] },
        new(N.MessageDownconversionEnable, ConfigType.Boolean, "true", "Whether records are converted to older formats for consumers that need them.")
            { Synonyms = [new("log.message.downconversion.enable")] },
        new(N.MessageFormatVersion, ConfigType.String, "3.0-IV1", "Accepted for compatibility and without effect: the format is always v2.")
            { Synonyms = [new("log.message.format.version")] },
        new(N.MessageTimestampAfterMaxMs, ConfigType.Long, MaxLong, "Most milliseconds that a record's timestamp may lie ahead of the broker's clock; with CreateTime only.")
            { Min = 0, Synonyms = [new("log.message.timestamp.after.max.ms")] },
        new(N.MessageTimestampBeforeMaxMs, ConfigType.Long, MaxLong, "Most milliseconds that a record's timestamp may lie behind the broker's clock; with CreateTime only.")
            { Min = 0, Synonyms = [new("log.message.timestamp.before.max.ms")] },
        new(N.MessageTimestampDifferenceMaxMs, ConfigType.Long, MaxLong, "Older form of the two limits before and after the broker's clock; counts where those are not set.")
            { Min = 0, Synonyms = [new("log.message.timestamp.difference.max.ms")] },
        new(N.MessageTimestampType, ConfigType.String, "CreateTime", "Whose clock a record's timestamp is: the producer's (CreateTime) or the broker's (LogAppendTime).")
            { Allowed = ["CreateTime", "LogAppendTime"], Synonyms = [new("log.message.timestamp.type")] },
        new(N.MinCleanableDirtyRatio, ConfigType.Double, "0.5", "Share of the log that must be new since the last compaction before the next one starts.")
            { Min = 0, Max = 1, Synonyms = [new("log.cleaner.min.cleanable.ratio")] },
        new(N.MinCompactionLagMs, ConfigType.Long, "0", "Milliseconds for which a record is safe from compaction.")
            { Min = 0, Synonyms = [new("log.cleaner.min.compaction.lag.ms")] },
        new(N.MinInsyncReplicas, ConfigType.Int, "1", "In-sync replicas below which a produce request with acks=all is refused.")
            { Min = 1, Synonyms = [new("min.insync.replicas")] },
        new(N.Preallocate, ConfigType.Boolean, "false", "Whether a new segment's file gets its full size at once.")
            { Synonyms = [new("log.preallocate")] },
        new(N.RemoteLogCopyDisable, ConfigType.Boolean, "false", "Whether a tiered topic stops copying to remote storage."),
        new(N.RemoteLogDeleteOnDisable, ConfigType.Boolean, "false", "Whether remote data is deleted when tiering of the topic ends."),
        new(N.RemoteStorageEnable, ConfigType.Boolean, "false", "Whether the topic is tiered."),
        new(N.RetentionBytes, ConfigType.Long, "-1", "Bytes of one partition above which old segments are deleted; -1 is no limit.")
            { Synonyms = [new("log.retention.bytes")] },
        new(N.RetentionMs, ConfigType.Long, "604800000", "Milliseconds after which segments are deleted; -1 is never.")
            { Min = -1, Synonyms = [new("log.retention.ms"), new("log.retention.minutes", Minute), new("log.retention.hours", Hour)] },
        new(N.SegmentBytes, ConfigType.Int, "1073741824", "Bytes at which a segment is closed and a new one begun.")
            { Min = 14, Synonyms = [new("log.segment.bytes")] },
        new(N.SegmentIndexBytes, ConfigType.Int, "10485760", "Largest offset index of a segment, in bytes.")
            { Min = 4, Synonyms = [new("log.index.size.max.bytes")] },
        new(N.SegmentJitterMs, ConfigType.Long, "0", "Most milliseconds taken off segment.ms at random, so that segments do not all roll at once.")
            { Min = 0, Synonyms = [new("log.roll.jitter.ms"), new("log.roll.jitter.hours", Hour)] },
        new(N.SegmentMs, ConfigType.Long, "604800000", "Milliseconds after which a segment is closed even if it is not full.")
            { Min = 1, Synonyms = [new("log.roll.ms"), new("log.roll.hours", Hour)] },
        new(N.UncleanLeaderElectionEnable, ConfigType.Boolean, "false", "Whether a replica that is not in sync may become leader when no other is left, losing records.")
            { Synonyms = [new("unclean.leader.election.enable")] },
    ];

    private static readonly Dictionary<string, ConfigDefinition> ByName = All.ToDictionary(definition => definition.Name);

    /// <summary>The definition of a setting; null when there is no such setting.</summary>
    public static ConfigDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether the setting is a list, to which values can be appended.</summary>
    public static bool IsList(string name) => Find(name)?.Type == ConfigType.List;

    /// <summary>Null when a topic may have this setting with this value, else Kafka's sentence on what is wrong.</summary>
    public static string? Problem(string name, string? value) =>
        Find(name) is { } definition ? definition.Problem(value) : $"Unknown topic config name: {name}";

    /// <summary>Null when all settings are legal, each by itself and together, else what is wrong with the first.</summary>
    /// <param name="overrides">The topic's own settings.</param>
    /// <param name="brokerDefaults">Topic settings for which the broker's configuration supplies another default.</param>
    public static string? Problem(IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults)
    {
        foreach (var (name, value) in overrides)
        {
            if (Problem(name, value) is { } problem)
                return problem;
        }

        var config = TopicConfig.From(overrides, brokerDefaults);
        if (config.MinCompactionLagMs > config.MaxCompactionLagMs)
        {
            return $"conflict topic config setting {N.MinCompactionLagMs} ({config.MinCompactionLagMs}) > {N.MaxCompactionLagMs} ({config.MaxCompactionLagMs})";
        }

        return LocalRetentionProblem(overrides, brokerDefaults, N.LocalRetentionMs, N.RetentionMs)
            ?? LocalRetentionProblem(overrides, brokerDefaults, N.LocalRetentionBytes, N.RetentionBytes);
    }

    /// <summary>A setting's value: the topic's own, else the broker's default for it, else Kafka's.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    public static string ValueOf(string name, IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults) =>
        overrides.TryGetValue(name, out var own) ? own
        : brokerDefaults.TryGetValue(name, out var supplied) ? supplied
        : ByName[name].Default!;

    private static string? LocalRetentionProblem(
        IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults, string localName, string name)
    {
        var local = long.Parse(ValueOf(localName, overrides, brokerDefaults), CultureInfo.InvariantCulture);
        var total = long.Parse(ValueOf(name, overrides, brokerDefaults), CultureInfo.InvariantCulture);
        if (local == -2 || total == -1)
            return null;
        return local == -1 || local > total
            ? $"Invalid value {local} for configuration {localName}: Value must not be -1 or more than {name} ({total})"
            : null;
    }
}
