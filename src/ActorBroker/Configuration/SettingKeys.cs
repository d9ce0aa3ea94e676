using ActorBroker.Model.Configs;

namespace ActorBroker.Configuration;

/// <summary>Every key below <c>actorbroker</c>; hocon/reference.conf describes them.</summary>
internal static class SettingKeys
{
    public const string TopicDefaults = "topics.defaults";

    private const int Minute = 60_000;

    public static IReadOnlyList<SettingKey> All { get; } =
    [
        Int("node.id", 0, int.MaxValue, "node.id", "broker.id"),
        new("node.cluster-id", SettingKind.Text),
        new("node.roles", SettingKind.List) { Kafka = [new("process.roles")] },
        new("node.rack", SettingKind.Text) { Kafka = [new("broker.rack")] },
        Time("node.shutdown-timeout", 0, int.MaxValue),

        new("cluster.voters", SettingKind.List) { Kafka = [new("controller.quorum.voters")] },
        new("cluster.listener", SettingKind.Text),
        new("cluster.advertised", SettingKind.Text),
        new("cluster.cookie", SettingKind.Text),
        new("cluster.links.listener", SettingKind.Text),
        new("cluster.links.advertised", SettingKind.Text),
        Size("cluster.links.credit-bytes", 64 * 1024, int.MaxValue),
        Size("cluster.links.queue-bytes", 1024 * 1024, long.MaxValue),
        Time("cluster.links.keep-alive", 100, int.MaxValue),
        Time("cluster.broker-session-timeout", 100, int.MaxValue, "broker.session.timeout.ms"),
        Time("cluster.broker-heartbeat-interval", 10, int.MaxValue, "broker.heartbeat.interval.ms"),
        new("cluster.controlled-shutdown", SettingKind.Boolean) { Kafka = [new("controlled.shutdown.enable")] },
        new("cluster.prompt-downing", SettingKind.Boolean),
        new("cluster.auto-leader-rebalance", SettingKind.Boolean) { Kafka = [new("auto.leader.rebalance.enable")] },
        Int("cluster.leader-imbalance-check-interval", 1, long.MaxValue) with
        {
            Kind = SettingKind.Duration,
            Kafka = [new("leader.imbalance.check.interval.seconds", 1_000)],
        },
        Int("cluster.leader-imbalance-per-broker-percentage", 0, 100, "leader.imbalance.per.broker.percentage"),
        Int("cluster.flapping.limit", 0, 1_000),
        Time("cluster.flapping.window", 1, long.MaxValue),
        Time("cluster.flapping.pause", 1, int.MaxValue),
        Time("cluster.flapping.max-pause", 1, int.MaxValue),
        Size("cluster.quorum.snapshot-max-bytes", 1_024, long.MaxValue, "metadata.log.max.record.bytes.between.snapshots"),
        Int("cluster.quorum.snapshot-max-records", 1, long.MaxValue),
        Time("cluster.quorum.tick", 10, 10_000),
        Int("cluster.quorum.max-waiting", 1, 10_000_000),
        Int("cluster.quorum.max-batches-in-flight", 1, 1_000),
        Int("cluster.quorum.max-events-of-batch", 1, 1_000_000),
        Time("cluster.replication.lag-time-max", 100, long.MaxValue, "replica.lag.time.max.ms"),
        new("cluster.replication.replica-selector", SettingKind.Text) { Kafka = [new("replica.selector.class")] },
        Size("cluster.replication.window-bytes", 1_024, int.MaxValue),
        Size("cluster.replication.push-max-bytes", 1_024, int.MaxValue),
        Size("cluster.replication.catch-up-bytes-per-second", 0, long.MaxValue),

        new("log-level", SettingKind.Text),
        new("listeners", SettingKind.List) { Kafka = [new("listeners")] },
        new("advertised-listeners", SettingKind.List) { Kafka = [new("advertised.listeners")] },
        new("listener-security-protocols", SettingKind.List) { Kafka = [new("listener.security.protocol.map")] },

        Int("network.listen-backlog", 1, int.MaxValue, "socket.listen.backlog.size"),
        Size("network.socket-send-buffer-bytes", -1, int.MaxValue, "socket.send.buffer.bytes"),
        Size("network.socket-receive-buffer-bytes", -1, int.MaxValue, "socket.receive.buffer.bytes"),
        new("network.check-advertised", SettingKind.Boolean),
        Time("network.check-advertised-timeout", 1, int.MaxValue),

        Size("limits.request-max-bytes", 1, int.MaxValue, "socket.request.max.bytes"),
        Size("limits.queued-request-max-bytes", 1, long.MaxValue, "queued.max.request.bytes"),
        Int("limits.requests-in-flight-per-connection", 1, 65_536),
        Time("limits.connections-max-idle", -1, long.MaxValue, "connections.max.idle.ms"),
        Int("limits.max-connections", 1, int.MaxValue, "max.connections"),
        Int("limits.max-connections-per-ip", 0, int.MaxValue, "max.connections.per.ip"),
        new("limits.max-connections-per-ip-overrides", SettingKind.List) { Kafka = [new("max.connections.per.ip.overrides")] },
        Size("limits.fetch-max-bytes", 1024, int.MaxValue, "fetch.max.bytes"),
        Int("limits.fetch-session-slots", 0, int.MaxValue, "max.incremental.fetch.session.cache.slots"),
        Int("limits.fetch-session-partitions", 0, int.MaxValue),
        Int("limits.describe-partitions-max", 1, int.MaxValue, "max.request.partition.size.limit"),

        new("topics.auto-create", SettingKind.Boolean) { Kafka = [new("auto.create.topics.enable")] },
        new("topics.delete-enabled", SettingKind.Boolean) { Kafka = [new("delete.topic.enable")] },
        Int("topics.num-partitions", 1, int.MaxValue, "num.partitions"),
        Int("topics.default-replication-factor", 1, short.MaxValue, "default.replication.factor"),
        .. TopicConfigs.All.Select(Topic),

        Time("groups.min-session-timeout", 1, int.MaxValue, "group.min.session.timeout.ms"),
        Time("groups.max-session-timeout", 1, int.MaxValue, "group.max.session.timeout.ms"),
        Time("groups.initial-rebalance-delay", 0, int.MaxValue, "group.initial.rebalance.delay.ms"),
        Time("groups.new-member-join-timeout", 1, int.MaxValue),
        Int("groups.max-size", 1, int.MaxValue, "group.max.size"),
        Size("groups.offset-metadata-max-bytes", 0, int.MaxValue, "offset.metadata.max.bytes"),
        Time("groups.offsets-retention", 1, long.MaxValue) with { Kafka = [new("offsets.retention.minutes", Minute)] },
        Time("groups.offsets-retention-check-interval", 1, long.MaxValue, "offsets.retention.check.interval.ms"),
        Time("groups.offsets-commit-timeout", 1, int.MaxValue, "offsets.commit.timeout.ms"),
        Int("groups.offsets-topic.num-partitions", 1, int.MaxValue, "offsets.topic.num.partitions"),
        Int("groups.offsets-topic.replication-factor", 1, short.MaxValue, "offsets.topic.replication.factor"),
        Size("groups.offsets-topic.segment-bytes", 14, int.MaxValue, "offsets.topic.segment.bytes"),

        Time("replicas.restart-pause", 1, Minute),
        Time("replicas.restart-max-pause", 1, int.MaxValue),
        Int("replicas.restart-limit", 0, 1_000),
        Time("replicas.restart-window", 1, int.MaxValue),
        Time("producers.id-expiration", 1, int.MaxValue, "producer.id.expiration.ms"),
        Time("producers.id-expiration-check-interval", 1, int.MaxValue, "producer.id.expiration.check.interval.ms"),

        new("storage.data-dirs", SettingKind.List) { Kafka = [new("log.dirs"), new("log.dir")] },
        Int("storage.recovery-threads-per-data-dir", 1, 1_024, "num.recovery.threads.per.data.dir"),
        Time("storage.retention-check-interval", 1, long.MaxValue, "log.retention.check.interval.ms"),
        Time("storage.recovery-point-checkpoint-interval", 1, int.MaxValue, "log.flush.offset.checkpoint.interval.ms"),
        Time("storage.start-offset-checkpoint-interval", 1, int.MaxValue, "log.flush.start.offset.checkpoint.interval.ms"),
        Time("storage.high-watermark-checkpoint-interval", 1, long.MaxValue, "replica.high.watermark.checkpoint.interval.ms"),
        Size("storage.min-free-bytes", 0, long.MaxValue),
        Int("storage.max-open-files", 16, 1_000_000),
        new("storage.cleaner.enabled", SettingKind.Boolean) { Kafka = [new("log.cleaner.enable")] },
        Size("storage.cleaner.offset-map-bytes", 1_024, long.MaxValue, "log.cleaner.dedupe.buffer.size"),
        Size("storage.cleaner.max-bytes-per-second", 0, long.MaxValue),
        Time("storage.cleaner.backoff", 1, int.MaxValue, "log.cleaner.backoff.ms"),
        new("storage.scrub.enabled", SettingKind.Boolean),
        Size("storage.scrub.bytes-per-second", 0, long.MaxValue),
        Time("storage.scrub.interval", 1, int.MaxValue),
        Int("storage.mover.threads", 0, 1_024, "num.replica.alter.log.dirs.threads"),
        Size("storage.mover.max-bytes-per-second", 0, long.MaxValue, "replica.alter.log.dirs.io.max.bytes.per.second"),
    ];

    public static IReadOnlyDictionary<string, SettingKey> ByName { get; } = All.ToDictionary(key => key.Name);

    private static SettingKey Int(string name, long min, long max, params string[] kafka) =>
        new(name, SettingKind.Integer) { Min = min, Max = max, Kafka = [.. kafka.Select(property => new KafkaName(property))] };

    private static SettingKey Time(string name, long min, long max, params string[] kafka) => Int(name, min, max, kafka) with { Kind = SettingKind.Duration };

    private static SettingKey Size(string name, long min, long max, params string[] kafka) => Int(name, min, max, kafka) with { Kind = SettingKind.Size };

    private static SettingKey Topic(ConfigDefinition definition) => new($"{TopicDefaults}.{definition.Name}", SettingKind.Topic)
    {
        Kafka = [.. definition.Synonyms.Select(synonym => new KafkaName(synonym.Name, synonym.Factor))],
    };
}
