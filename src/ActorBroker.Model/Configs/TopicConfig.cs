using System.Globalization;
using N = ActorBroker.Model.Configs.TopicConfigNames;

namespace ActorBroker.Model.Configs;

/// <summary>What happens to a topic's old segments (<c>cleanup.policy</c>).</summary>
[Flags]
public enum CleanupPolicy
{
    None = 0,

    /// <summary>They are deleted by age and size.</summary>
    Delete = 1,

    /// <summary>Only the last record of each key is kept.</summary>
    Compact = 2,
}

/// <summary>When appended bytes are made to survive a power failure (<c>flush.mode</c>).</summary>
public enum FlushMode
{
    /// <summary>When the operating system writes them. A power failure may lose the last seconds; a crash of the process loses nothing.</summary>
    Os,

    /// <summary>After <see cref="TopicConfig.FlushMs"/> or <see cref="TopicConfig.FlushMessages"/>. A power failure may lose what came since.</summary>
    Interval,

    /// <summary>Before an append is acknowledged. A power failure loses nothing acknowledged.</summary>
    GroupCommit,
}

/// <summary>The codec of stored batches (<c>compression.type</c>); from 0 on the numbers are those of batch attributes.</summary>
public enum TopicCompression
{
    /// <summary>What the producer chose.</summary>
    Producer = -1,
    Uncompressed = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>A topic's settings, each under its Kafka name, with the types that code wants. Immutable.</summary>
public sealed record TopicConfig
{
    /// <summary>The interval of <see cref="FlushMode.Interval"/> where neither flush.ms nor flush.messages is set, in milliseconds.</summary>
    public const long DefaultFlushIntervalMs = 1_000;

    private static readonly Dictionary<string, string> None = [];

    /// <summary>Kafka's defaults.</summary>
    public static TopicConfig Default { get; } = From(None, None);

    public required CleanupPolicy CleanupPolicy { get; init; }

    public required TopicCompression CompressionType { get; init; }

    /// <summary>-1 is the library's default.</summary>
    public required int CompressionGzipLevel { get; init; }

    public required int CompressionLz4Level { get; init; }

    public required int CompressionZstdLevel { get; init; }

    public required long DeleteRetentionMs { get; init; }

    public required long FileDeleteDelayMs { get; init; }

    /// <summary>The effective mode: os together with flush.ms or flush.messages counts as <see cref="Configs.FlushMode.Interval"/>, because Kafka then flushes too.</summary>
    public required FlushMode FlushMode { get; init; }

    /// <summary>Records; <see cref="long.MaxValue"/> for no limit.</summary>
    public required long FlushMessages { get; init; }

    /// <summary><see cref="long.MaxValue"/> for no limit; in interval mode <see cref="DefaultFlushIntervalMs"/> unless something is set.</summary>
    public required long FlushMs { get; init; }

    /// <summary>Replicas whose catching up the follower's rate bounds.</summary>
    public required ThrottledReplicas FollowerThrottledReplicas { get; init; }

    /// <summary>Leaders (partition and broker) that feed followers at the leader's rate.</summary>
    public required ThrottledReplicas LeaderThrottledReplicas { get; init; }

    public required int IndexIntervalBytes { get; init; }

    public required long MaxCompactionLagMs { get; init; }

    /// <summary>Largest batch in bytes, its 12 bytes of log overhead included.</summary>
    public required int MaxMessageBytes { get; init; }

    public required bool MessageDownconversionEnable { get; init; }

    /// <summary>How far ahead of the broker's clock a timestamp may be; <see cref="long.MaxValue"/> for any.</summary>
    public required long MessageTimestampAfterMaxMs { get; init; }

    /// <summary>How far behind the broker's clock a timestamp may be; <see cref="long.MaxValue"/> for any.</summary>
    public required long MessageTimestampBeforeMaxMs { get; init; }

    /// <summary>message.timestamp.type is LogAppendTime: the broker writes its own clock into batches.</summary>
    public required bool UsesLogAppendTime { get; init; }

    public required double MinCleanableDirtyRatio { get; init; }

    public required long MinCompactionLagMs { get; init; }

    public required int MinInsyncReplicas { get; init; }

    public required bool Preallocate { get; init; }

    /// <summary>Of one partition; -1 for no limit.</summary>
    public required long RetentionBytes { get; init; }

    /// <summary>-1 for ever.</summary>
    public required long RetentionMs { get; init; }

    public required int SegmentBytes { get; init; }

    public required int SegmentIndexBytes { get; init; }

    public required long SegmentJitterMs { get; init; }

    public required long SegmentMs { get; init; }

    public required bool UncleanLeaderElectionEnable { get; init; }

    public bool IsCompacted => (CleanupPolicy & CleanupPolicy.Compact) != 0;

    /// <summary>Reads a topic's settings.</summary>
    /// <param name="overrides">The topic's own settings, by Kafka name.</param>
    /// <param name="brokerDefaults">Topic settings, by Kafka name, for which the broker's configuration supplies another default.</param>
    /// <exception cref="FormatException">A value is not legal; <see cref="TopicConfigs.Problem(string, string?)"/> is asked before.</exception>
    public static TopicConfig From(IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults)
    {
        var read = new Reader(overrides, brokerDefaults);
        var flushMs = read.Long(N.FlushMs);
        var flushMessages = read.Long(N.FlushMessages);
        var flushesByCount = flushMs != long.MaxValue || flushMessages != long.MaxValue;
        var mode = read.Text(N.FlushMode) switch
        {
            "group-commit" => FlushMode.GroupCommit,
            "interval" => FlushMode.Interval,
            _ => flushesByCount ? FlushMode.Interval : FlushMode.Os,
        };
        var difference = read.Long(N.MessageTimestampDifferenceMaxMs);
        return new TopicConfig
        {
            CleanupPolicy = Cleanup(read.Text(N.CleanupPolicy)),
            CompressionType = Compression(read.Text(N.CompressionType)),
            CompressionGzipLevel = read.Int(N.CompressionGzipLevel),
            CompressionLz4Level = read.Int(N.CompressionLz4Level),
            CompressionZstdLevel = read.Int(N.CompressionZstdLevel),
            DeleteRetentionMs = read.Long(N.DeleteRetentionMs),
            FileDeleteDelayMs = read.Long(N.FileDeleteDelayMs),
            FlushMode = mode,
            FlushMessages = flushMessages,
            FlushMs = mode == FlushMode.Interval && !flushesByCount ? DefaultFlushIntervalMs : flushMs,
            FollowerThrottledReplicas = ThrottledReplicas.Parse(read.Text(N.FollowerThrottledReplicas)),
            LeaderThrottledReplicas = ThrottledReplicas.Parse(read.Text(N.LeaderThrottledReplicas)),
            IndexIntervalBytes = read.Int(N.IndexIntervalBytes),
            MaxCompactionLagMs = read.Long(N.MaxCompactionLagMs),
            MaxMessageBytes = read.Int(N.MaxMessageBytes),
            MessageDownconversionEnable = read.Bool(N.MessageDownconversionEnable),
            MessageTimestampAfterMaxMs = read.Long(N.MessageTimestampAfterMaxMs) is var after && after == long.MaxValue ? difference : after,
            MessageTimestampBeforeMaxMs = read.Long(N.MessageTimestampBeforeMaxMs) is var before && before == long.MaxValue ? difference : before,
            UsesLogAppendTime = read.Text(N.MessageTimestampType) == "LogAppendTime",
            MinCleanableDirtyRatio = double.Parse(read.Text(N.MinCleanableDirtyRatio), CultureInfo.InvariantCulture),
            MinCompactionLagMs = read.Long(N.MinCompactionLagMs),
            MinInsyncReplicas = read.Int(N.MinInsyncReplicas),
            Preallocate = read.Bool(N.Preallocate),
            RetentionBytes = read.Long(N.RetentionBytes),
            RetentionMs = read.Long(N.RetentionMs),
            SegmentBytes = read.Int(N.SegmentBytes),
            SegmentIndexBytes = read.Int(N.SegmentIndexBytes),
            SegmentJitterMs = read.Long(N.SegmentJitterMs),
            SegmentMs = read.Long(N.SegmentMs),
            UncleanLeaderElectionEnable = read.Bool(N.UncleanLeaderElectionEnable),
        };
    }

    // Not Enum.Parse: what is generic over an enum is compiled at each start, and this runs before the first answer.
    private static TopicCompression Compression(string name) => name switch
    {
        "producer" => TopicCompression.Producer,
        "gzip" => TopicCompression.Gzip,
        "snappy" => TopicCompression.Snappy,
        "lz4" => TopicCompression.Lz4,
        "zstd" => TopicCompression.Zstd,
        _ => TopicCompression.Uncompressed,
    };

    private static CleanupPolicy Cleanup(string list)
    {
        var policy = CleanupPolicy.None;
        foreach (var element in ConfigDefinition.SplitList(list))
            policy |= element == "compact" ? CleanupPolicy.Compact : CleanupPolicy.Delete;
        return policy;
    }

    private readonly struct Reader(IReadOnlyDictionary<string, string> overrides, IReadOnlyDictionary<string, string> brokerDefaults)
    {
        public string Text(string name) => TopicConfigs.ValueOf(name, overrides, brokerDefaults).Trim();

        public int Int(string name) => int.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        public long Long(string name) => long.Parse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

        public bool Bool(string name) => ConfigDefinition.IsTrue(Text(name));
    }
}
