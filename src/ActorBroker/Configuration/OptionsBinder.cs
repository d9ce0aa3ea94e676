using System.Globalization;
using ActorBroker.Hocon;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Configuration;

/// <summary>Makes <see cref="BrokerOptions"/> of the settings.</summary>
internal static class OptionsBinder
{
    public static BrokerOptions Bind(HoconObject settings, List<string> problems)
    {
        var read = new SettingsReader(settings, problems);
        var options = new BrokerOptions
        {
            Node = Node(read),
            Cluster = ClusterBinder.Bind(read),
            LogLevel = LogLevel(read),
            Listeners = ListenerParser.Read(read),
            Network = Network(read),
            Limits = Limits(read),
            Topics = Topics(read),
            Groups = Groups(read),
            Replicas = new ReplicaOptions
            {
                RestartPauseMs = read.Int("replicas.restart-pause"),
                RestartMaxPauseMs = read.Int("replicas.restart-max-pause"),
                RestartLimit = read.Int("replicas.restart-limit"),
                RestartWindowMs = read.Int("replicas.restart-window"),
            },
            Producers = new ProducerOptions
            {
                IdExpirationMs = read.Int("producers.id-expiration"),
                IdExpirationCheckIntervalMs = read.Int("producers.id-expiration-check-interval"),
            },
            Storage = Storage(read),
            AkkaHocon = AkkaSection.Print(settings, problems),
        };
        if (problems.Count == 0)
            CheckTogether(options, read);
        return options;
    }

    private static NodeOptions Node(SettingsReader read)
    {
        var clusterId = read.OptionalText("node.cluster-id");
        if (clusterId is not null && !TopicId.TryParse(clusterId, out _))
            read.Add("node.cluster-id", $"expected 22 characters of URL-safe base64 or null, found \"{clusterId}\".");
        return new NodeOptions
        {
            Id = new NodeId(read.Int("node.id")),
            ClusterId = clusterId,
            Roles = ClusterBinder.Roles(read),
            Rack = read.OptionalText("node.rack"),
            ShutdownTimeoutMs = read.Int("node.shutdown-timeout"),
        };
    }

    private static LogSeverity LogLevel(SettingsReader read)
    {
        var text = read.OptionalText("log-level");
        LogSeverity? level = text?.ToLowerInvariant() switch
        {
            "trace" => LogSeverity.Trace,
            "debug" => LogSeverity.Debug,
            "info" => LogSeverity.Info,
            "warning" => LogSeverity.Warning,
            "error" => LogSeverity.Error,
            "fatal" => LogSeverity.Fatal,
            "off" => LogSeverity.Off,
            _ => null,
        };
        if (level is { } known)
            return known;
        read.Add("log-level", $"expected trace, debug, info, warning, error, fatal or off, found \"{text}\".");
        return LogSeverity.Info;
    }

    private static NetworkOptions Network(SettingsReader read) => new()
    {
        ListenBacklog = read.Int("network.listen-backlog"),
        SocketSendBufferBytes = read.Int("network.socket-send-buffer-bytes"),
        SocketReceiveBufferBytes = read.Int("network.socket-receive-buffer-bytes"),
        CheckAdvertised = read.Bool("network.check-advertised"),
        CheckAdvertisedTimeoutMs = read.Int("network.check-advertised-timeout"),
    };

    private static LimitOptions Limits(SettingsReader read) => new()
    {
        RequestMaxBytes = read.Int("limits.request-max-bytes"),
        QueuedRequestMaxBytes = read.Number("limits.queued-request-max-bytes"),
        RequestsInFlightPerConnection = read.Int("limits.requests-in-flight-per-connection"),
        ConnectionsMaxIdleMs = read.Number("limits.connections-max-idle"),
        MaxConnections = read.Int("limits.max-connections"),
        MaxConnectionsPerIp = read.Int("limits.max-connections-per-ip"),
        MaxConnectionsPerIpOverrides = PerIp(read),
        FetchMaxBytes = read.Int("limits.fetch-max-bytes"),
        FetchSessionSlots = read.Int("limits.fetch-session-slots"),
        FetchSessionPartitions = read.Int("limits.fetch-session-partitions"),
        DescribePartitionsMax = read.Int("limits.describe-partitions-max"),
    };

    private static Dictionary<string, int> PerIp(SettingsReader read)
    {
        const string Key = "limits.max-connections-per-ip-overrides";
        var limits = new Dictionary<string, int>();
        foreach (var entry in read.List(Key))
        {
            var colon = entry.LastIndexOf(':');
            if (colon > 0 && int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
                limits[entry[..colon].Trim('[', ']')] = limit;
            else
                read.Add(Key, $"expected host:count, found \"{entry}\".");
        }

        return limits;
    }

    private static TopicOptions Topics(SettingsReader read) => new()
    {
        AutoCreate = read.Bool("topics.auto-create"),
        DeleteEnabled = read.Bool("topics.delete-enabled"),
        NumPartitions = read.Int("topics.num-partitions"),
        DefaultReplicationFactor = (short)read.Int("topics.default-replication-factor"),
        Defaults = read.TopicDefaults(),
    };

    private static GroupOptions Groups(SettingsReader read) => new()
    {
        MinSessionTimeoutMs = read.Int("groups.min-session-timeout"),
        MaxSessionTimeoutMs = read.Int("groups.max-session-timeout"),
        InitialRebalanceDelayMs = read.Int("groups.initial-rebalance-delay"),
        NewMemberJoinTimeoutMs = read.Int("groups.new-member-join-timeout"),
        MaxSize = read.Int("groups.max-size"),
        OffsetMetadataMaxBytes = read.Int("groups.offset-metadata-max-bytes"),
        OffsetsRetentionMs = read.Number("groups.offsets-retention"),
        OffsetsRetentionCheckIntervalMs = read.Number("groups.offsets-retention-check-interval"),
        OffsetsCommitTimeoutMs = read.Int("groups.offsets-commit-timeout"),
        OffsetsTopicPartitions = read.Int("groups.offsets-topic.num-partitions"),
        OffsetsTopicReplicationFactor = (short)read.Int("groups.offsets-topic.replication-factor"),
        OffsetsTopicSegmentBytes = read.Int("groups.offsets-topic.segment-bytes"),
    };

    private static StorageOptions Storage(SettingsReader read)
    {
        var directories = read.List("storage.data-dirs");
        if (directories.Count == 0 || directories.Any(directory => directory.Length == 0))
            read.Add("storage.data-dirs", "expected at least one directory, and none without a name.");
        var absolute = directories.Where(directory => directory.Length > 0).Select(Path.GetFullPath).ToArray();
        if (absolute.Distinct().Count() < absolute.Length)
            read.Add("storage.data-dirs", "the same directory is named twice.");
        return new StorageOptions
        {
            DataDirs = absolute,
            RecoveryThreadsPerDataDir = read.Int("storage.recovery-threads-per-data-dir"),
            RetentionCheckIntervalMs = read.Number("storage.retention-check-interval"),
            RecoveryPointCheckpointIntervalMs = read.Int("storage.recovery-point-checkpoint-interval"),
            StartOffsetCheckpointIntervalMs = read.Int("storage.start-offset-checkpoint-interval"),
            HighWatermarkCheckpointIntervalMs = read.Number("storage.high-watermark-checkpoint-interval"),
            MinFreeBytes = read.Number("storage.min-free-bytes"),
            MaxOpenFiles = read.Int("storage.max-open-files"),
            Cleaner = new CleanerOptions
            {
                Enabled = read.Bool("storage.cleaner.enabled"),
                OffsetMapBytes = read.Number("storage.cleaner.offset-map-bytes"),
                MaxBytesPerSecond = read.Number("storage.cleaner.max-bytes-per-second"),
                BackoffMs = read.Int("storage.cleaner.backoff"),
            },
            Scrub = new ScrubOptions
            {
                Enabled = read.Bool("storage.scrub.enabled"),
                BytesPerSecond = read.Number("storage.scrub.bytes-per-second"),
                IntervalMs = read.Int("storage.scrub.interval"),
            },
            Mover = new MoverOptions
            {
                Threads = read.Int("storage.mover.threads"),
                MaxBytesPerSecond = read.Number("storage.mover.max-bytes-per-second"),
            },
        };
    }

    private static void CheckTogether(BrokerOptions options, SettingsReader read)
    {
        ClusterBinder.CheckTogether(options, read);
        if (options.Groups.MinSessionTimeoutMs > options.Groups.MaxSessionTimeoutMs)
            read.Add("groups.min-session-timeout", $"must not be more than groups.max-session-timeout ({options.Groups.MaxSessionTimeoutMs} ms).");
        if (options.Limits.QueuedRequestMaxBytes < options.Limits.RequestMaxBytes)
            read.Add("limits.queued-request-max-bytes", $"must be at least limits.request-max-bytes ({options.Limits.RequestMaxBytes} bytes).");
        if (options.Limits.MaxConnectionsPerIp == 0 && options.Limits.MaxConnectionsPerIpOverrides.Count == 0)
            read.Add("limits.max-connections-per-ip", "0 lets nobody in; name those who may in limits.max-connections-per-ip-overrides.");
        if (TopicConfigs.Problem(new Dictionary<string, string>(), options.Topics.Defaults) is { } problem)
            read.Add(SettingKeys.TopicDefaults, problem + ".");
    }
}
