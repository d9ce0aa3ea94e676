using System.Globalization;
using ActorBroker.Model.Options;

namespace ActorBroker.Model.Configs;

/// <summary>The broker's settings that have a Kafka name, as DescribeConfigs reports them.</summary>
public static partial class BrokerConfigs
{
    private const string LeaderThrottledRate = "leader.replication.throttled.rate";
    private const string FollowerThrottledRate = "follower.replication.throttled.rate";

    private static readonly BrokerOptions Defaults = new();

    private static readonly IReadOnlyList<Entry> Entries =
    [
        new("node.id", ConfigType.Int, "Number of this node.", options => Text(options.Node.Id.Value)),
        new("broker.id", ConfigType.Int, "Older name of node.id.", options => Text(options.Node.Id.Value)),
        new("broker.rack", ConfigType.String, "Rack or zone the node stands in.", options => options.Node.Rack),
        new("listeners", ConfigType.String, "Where the broker listens.", options => Join(options.Listeners.Select(ListensAt))),
        new("advertised.listeners", ConfigType.String, "Under which addresses clients reach the broker.", options => Join(options.Listeners.Select(ReachedAt))),
        new("listener.security.protocol.map", ConfigType.String, "Security protocol of each listener.", options => Join(options.Listeners.Select(listener => $"{listener.Name}:{listener.Protocol.ToString().ToUpperInvariant()}"))),
        new("log.dirs", ConfigType.String, "Directories for the logs.", options => Join(options.Storage.DataDirs)),
        new("socket.listen.backlog.size", ConfigType.Int, "Connections that may wait to be accepted.", options => Text(options.Network.ListenBacklog)),
        new("socket.send.buffer.bytes", ConfigType.Int, "Send buffer of a connection; -1 is the operating system's choice.", options => Text(options.Network.SocketSendBufferBytes)),
        new("socket.receive.buffer.bytes", ConfigType.Int, "Receive buffer of a connection; -1 is the operating system's choice.", options => Text(options.Network.SocketReceiveBufferBytes)),
        new("socket.request.max.bytes", ConfigType.Int, "Longest request.", options => Text(options.Limits.RequestMaxBytes)),
        new("queued.max.request.bytes", ConfigType.Long, "Bytes of requests in memory above which no further one is read.", options => Text(options.Limits.QueuedRequestMaxBytes)),
        new("connections.max.idle.ms", ConfigType.Long, "Milliseconds after which an idle connection is closed.", options => Text(options.Limits.ConnectionsMaxIdleMs)),
        new("max.connections", ConfigType.Int, "Connections to this node.", options => Text(options.Limits.MaxConnections)),
        new("max.connections.per.ip", ConfigType.Int, "Connections from one address.", options => Text(options.Limits.MaxConnectionsPerIp)),
        new("max.connections.per.ip.overrides", ConfigType.String, "Other limits for single addresses.", options => Join(options.Limits.MaxConnectionsPerIpOverrides.Select(limit => $"{limit.Key}:{limit.Value}"))),
        new("fetch.max.bytes", ConfigType.Int, "Most bytes of one fetch response.", options => Text(options.Limits.FetchMaxBytes)),
        new("max.incremental.fetch.session.cache.slots", ConfigType.Int, "Fetch sessions that the node remembers.", options => Text(options.Limits.FetchSessionSlots)),
        new("max.request.partition.size.limit", ConfigType.Int, "Most partitions in one answer to DescribeTopicPartitions.", options => Text(options.Limits.DescribePartitionsMax)),
        new("auto.create.topics.enable", ConfigType.Boolean, "Whether asking for a topic creates it.", options => Text(options.Topics.AutoCreate)),
        new("delete.topic.enable", ConfigType.Boolean, "Whether topics can be deleted.", options => Text(options.Topics.DeleteEnabled)),
        new("num.partitions", ConfigType.Int, "Partitions of a topic that does not say.", options => Text(options.Topics.NumPartitions)),
        new("default.replication.factor", ConfigType.Int, "Replicas of a topic that does not say.", options => Text(options.Topics.DefaultReplicationFactor)),
        new("group.min.session.timeout.ms", ConfigType.Int, "Shortest session timeout of a group's member.", options => Text(options.Groups.MinSessionTimeoutMs)),
        new("group.max.session.timeout.ms", ConfigType.Int, "Longest session timeout of a group's member.", options => Text(options.Groups.MaxSessionTimeoutMs)),
        new("group.initial.rebalance.delay.ms", ConfigType.Int, "Milliseconds that an empty group waits for more members.", options => Text(options.Groups.InitialRebalanceDelayMs)),
        new("group.max.size", ConfigType.Int, "Most members of a group.", options => Text(options.Groups.MaxSize)),
        new("offset.metadata.max.bytes", ConfigType.Int, "Longest text stored with a committed offset.", options => Text(options.Groups.OffsetMetadataMaxBytes)),
        new("offsets.retention.minutes", ConfigType.Int, "Minutes for which offsets outlive their group's last member.", options => Text(options.Groups.OffsetsRetentionMs / 60_000)),
        new("offsets.retention.check.interval.ms", ConfigType.Long, "Milliseconds between two searches for expired offsets.", options => Text(options.Groups.OffsetsRetentionCheckIntervalMs)),
        new("offsets.commit.timeout.ms", ConfigType.Int, "Milliseconds that a commit may wait.", options => Text(options.Groups.OffsetsCommitTimeoutMs)),
        new("offsets.topic.num.partitions", ConfigType.Int, "Partitions of __consumer_offsets.", options => Text(options.Groups.OffsetsTopicPartitions)),
        new("offsets.topic.replication.factor", ConfigType.Short, "Replicas of __consumer_offsets.", options => Text(options.Groups.OffsetsTopicReplicationFactor)),
        new("offsets.topic.segment.bytes", ConfigType.Int, "Segment size of __consumer_offsets.", options => Text(options.Groups.OffsetsTopicSegmentBytes)),
        new("producer.id.expiration.ms", ConfigType.Int, "Milliseconds after which an idle producer is forgotten.", options => Text(options.Producers.IdExpirationMs)),
        new("producer.id.expiration.check.interval.ms", ConfigType.Int, "Milliseconds between two searches for forgotten producers.", options => Text(options.Producers.IdExpirationCheckIntervalMs)),
        new("num.recovery.threads.per.data.dir", ConfigType.Int, "Partitions of one directory recovered at the same time.", options => Text(options.Storage.RecoveryThreadsPerDataDir)),
        new("log.retention.check.interval.ms", ConfigType.Long, "Milliseconds between two searches for segments to delete.", options => Text(options.Storage.RetentionCheckIntervalMs)),
        new("log.flush.offset.checkpoint.interval.ms", ConfigType.Int, "Milliseconds between two recovery point checkpoints.", options => Text(options.Storage.RecoveryPointCheckpointIntervalMs)),
        new("log.flush.start.offset.checkpoint.interval.ms", ConfigType.Int, "Milliseconds between two log start offset checkpoints.", options => Text(options.Storage.StartOffsetCheckpointIntervalMs)),
        new("replica.high.watermark.checkpoint.interval.ms", ConfigType.Long, "Milliseconds between two high watermark checkpoints.", options => Text(options.Storage.HighWatermarkCheckpointIntervalMs)),
        new("log.cleaner.enable", ConfigType.Boolean, "Whether compacted topics are compacted.", options => Text(options.Storage.Cleaner.Enabled)),
        new("log.cleaner.dedupe.buffer.size", ConfigType.Long, "Most bytes of memory for the keys of one log.", options => Text(options.Storage.Cleaner.OffsetMapBytes)),
        new("log.cleaner.backoff.ms", ConfigType.Long, "Milliseconds to wait when no log needs compaction.", options => Text(options.Storage.Cleaner.BackoffMs)),
        new("num.replica.alter.log.dirs.threads", ConfigType.Int, "Replicas moved between data directories at the same time; 0 for as many as there are directories.", options => Text(options.Storage.Mover.Threads)),
        new("replica.alter.log.dirs.io.max.bytes.per.second", ConfigType.Long, "Bytes a second copied between data directories; 0 for no limit.", options => Text(options.Storage.Mover.MaxBytesPerSecond)),
        new("replica.selector.class", ConfigType.String, "Chooses the replica that consumers who state their rack read from.", options => options.Cluster.Replication.ReplicaSelector == ReplicaSelector.RackAware ? "org.apache.kafka.common.replica.RackAwareReplicaSelector" : null),
        new(LeaderThrottledRate, ConfigType.Long, "Bytes a second that this broker sends to throttled followers.", options => Text(options.Cluster.Replication.LeaderThrottledBytesPerSecond)),
        new(FollowerThrottledRate, ConfigType.Long, "Bytes a second that throttled replicas of this broker receive.", options => Text(options.Cluster.Replication.FollowerThrottledBytesPerSecond)),
        .. TopicConfigs.All.Where(topic => topic.Synonyms.Length > 0).Select(topic =>
            new Entry(topic.Synonyms[0].Name, topic.Type, topic.Documentation, options => options.Topics.Defaults.GetValueOrDefault(topic.Name, topic.Default!))),
    ];

    /// <summary>Whether the broker has a setting of this Kafka name.</summary>
    public static bool IsKnown(string name) => Entries.Any(entry => entry.Name == name);

    /// <summary>A setting's value by these options; null when there is none.</summary>
    public static string? ValueOf(BrokerOptions options, string name) => Entries.FirstOrDefault(entry => entry.Name == name)?.Read(options);

    /// <summary>All settings of a broker with these options.</summary>
    /// <param name="own">Settings made for the broker at run time.</param>
    /// <param name="ofAll">Settings made for all brokers at run time.</param>
    public static IEnumerable<DescribedConfig> Describe(
        BrokerOptions options, IReadOnlyDictionary<string, string> own, IReadOnlyDictionary<string, string> ofAll)
    {
        foreach (var entry in Entries)
        {
            var value = entry.Read(options);
            var byDefault = entry.Read(Defaults);
            var definition = new ConfigDefinition(entry.Name, entry.Type, byDefault, entry.Documentation);
            var isDynamic = IsDynamic(entry.Name);
            var synonyms = new List<ConfigSynonym>(4);
            if (isDynamic && own.TryGetValue(entry.Name, out var set))
                synonyms.Add(new(entry.Name, set, ConfigSource.DynamicBroker));
            if (isDynamic && ofAll.TryGetValue(entry.Name, out var common))
                synonyms.Add(new(entry.Name, common, ConfigSource.DynamicDefaultBroker));
            if (value != byDefault)
                synonyms.Add(new(entry.Name, value, ConfigSource.StaticBroker));
            if (byDefault is not null)
                synonyms.Add(new(entry.Name, byDefault, ConfigSource.Default));
            yield return synonyms.Count > 0
                ? new(definition, synonyms[0].Value, synonyms[0].Source, IsReadOnly: !isDynamic, synonyms)
                : new(definition, null, ConfigSource.Default, IsReadOnly: !isDynamic, synonyms);
        }
    }

    /// <summary>The settings made for all brokers at run time.</summary>
    public static IEnumerable<DescribedConfig> DescribeDefaults(IReadOnlyDictionary<string, string> ofAll)
    {
        foreach (var described in Describe(Defaults, new Dictionary<string, string>(), ofAll))
        {
            if (described.Source == ConfigSource.DynamicDefaultBroker)
                yield return described with { Synonyms = [described.Synonyms[0]] };
        }
    }

    private static string ListensAt(ListenerOptions listener) => $"{listener.Name}://{Bracketed(listener.Host)}:{listener.Port}";

    private static string ReachedAt(ListenerOptions listener) =>
        $"{listener.Name}://{Bracketed(listener.AdvertisedHost ?? listener.Host)}:{listener.AdvertisedPort ?? listener.Port}";

    private static string Bracketed(string host) => host.Contains(':') ? $"[{host}]" : host;

    private static string Join(IEnumerable<string> elements) => string.Join(',', elements);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";

    private sealed record Entry(string Name, ConfigType Type, string Documentation, Func<BrokerOptions, string?> Read);
}
