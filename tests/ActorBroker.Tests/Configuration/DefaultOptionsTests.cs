using ActorBroker.Configuration;
using ActorBroker.Hocon;
using ActorBroker.Model.Options;

namespace ActorBroker.Tests.Configuration;

/// <summary>Pins every default.</summary>
public sealed class DefaultOptionsTests
{
    private static readonly BrokerOptions Loaded = OptionsLoader.Load(new SettingSources()).Options;

    [Fact]
    public void Nodes()
    {
        Assert.Equal(1, Loaded.Node.Id.Value);
        Assert.Null(Loaded.Node.ClusterId);
        Assert.Equal(NodeRoles.All, Loaded.Node.Roles);
        Assert.Null(Loaded.Node.Rack);
        Assert.Equal(30_000, Loaded.Node.ShutdownTimeoutMs);
        Assert.Equal(LogSeverity.Info, Loaded.LogLevel);
    }

    [Fact]
    public void Clusters()
    {
        Assert.Empty(Loaded.Cluster.Voters);
        Assert.False(Loaded.Cluster.IsClustered);
        Assert.Equal("", Loaded.Cluster.Cookie);
        Assert.Equal(new HostPort("127.0.0.1", 9094), Loaded.Cluster.Links.Listener);
        Assert.Equal(new HostPort("127.0.0.1", 9094), Loaded.Cluster.Links.Advertised);
        Assert.Equal(8_388_608, Loaded.Cluster.Links.CreditBytes);
        Assert.Equal(67_108_864, Loaded.Cluster.Links.QueueBytes);
        Assert.Equal(5_000, Loaded.Cluster.Links.KeepAliveMs);
        Assert.Equal(9_000, Loaded.Cluster.BrokerSessionTimeoutMs);
        Assert.Equal(1_000, Loaded.Cluster.BrokerHeartbeatIntervalMs);
        Assert.True(Loaded.Cluster.ControlledShutdown);
        Assert.True(Loaded.Cluster.AutoLeaderRebalance);
        Assert.Equal(300_000, Loaded.Cluster.LeaderImbalanceCheckIntervalMs);
        Assert.Equal(10, Loaded.Cluster.LeaderImbalancePerBrokerPercentage);
        Assert.Equal(3, Loaded.Cluster.Flapping.Limit);
        Assert.Equal(600_000, Loaded.Cluster.Flapping.WindowMs);
        Assert.Equal(60_000, Loaded.Cluster.Flapping.PauseMs);
        Assert.Equal(1_800_000, Loaded.Cluster.Flapping.MaxPauseMs);
        Assert.Equal(20_971_520, Loaded.Cluster.Quorum.SnapshotMaxBytes);
        Assert.Equal(250_000, Loaded.Cluster.Quorum.SnapshotMaxRecords);
        Assert.Equal(100, Loaded.Cluster.Quorum.TickMs);
        Assert.Equal(10_000, Loaded.Cluster.Quorum.MaxWaiting);
        Assert.Equal(8, Loaded.Cluster.Quorum.MaxBatchesInFlight);
        Assert.Equal(2_000, Loaded.Cluster.Quorum.MaxEventsOfBatch);
        Assert.Equal(30_000, Loaded.Cluster.Replication.LagTimeMaxMs);
        Assert.Equal(ReplicaSelector.Leader, Loaded.Cluster.Replication.ReplicaSelector);
        Assert.Equal(8_388_608, Loaded.Cluster.Replication.WindowBytes);
        Assert.Equal(1_048_576, Loaded.Cluster.Replication.PushMaxBytes);
        Assert.Equal(0, Loaded.Cluster.Replication.CatchUpBytesPerSecond);
    }

    [Fact]
    public void Replicas() => Assert.Equal(new ReplicaOptions { RestartPauseMs = 100, RestartMaxPauseMs = 10_000, RestartLimit = 5, RestartWindowMs = 600_000 }, Loaded.Replicas);

    [Fact]
    public void Listeners_and_sockets()
    {
        var listener = Assert.Single(Loaded.Listeners);
        Assert.Equal(("PLAINTEXT", SecurityProtocol.Plaintext, "127.0.0.1", 9092), (listener.Name, listener.Protocol, listener.Host, listener.Port));
        Assert.Null(listener.AdvertisedHost);
        Assert.Null(listener.AdvertisedPort);
        Assert.Equal(512, Loaded.Network.ListenBacklog);
        Assert.Equal(262_144, Loaded.Network.SocketSendBufferBytes);
        Assert.Equal(-1, Loaded.Network.SocketReceiveBufferBytes);
        Assert.True(Loaded.Network.CheckAdvertised);
        Assert.Equal(2_000, Loaded.Network.CheckAdvertisedTimeoutMs);
    }

    [Fact]
    public void Limits()
    {
        Assert.Equal(104_857_600, Loaded.Limits.RequestMaxBytes);
        Assert.Equal(536_870_912, Loaded.Limits.QueuedRequestMaxBytes);
        Assert.Equal(64, Loaded.Limits.RequestsInFlightPerConnection);
        Assert.Equal(600_000, Loaded.Limits.ConnectionsMaxIdleMs);
        Assert.Equal(20_000, Loaded.Limits.MaxConnections);
        Assert.Equal(2_147_483_647, Loaded.Limits.MaxConnectionsPerIp);
        Assert.Empty(Loaded.Limits.MaxConnectionsPerIpOverrides);
        Assert.Equal(57_671_680, Loaded.Limits.FetchMaxBytes);
        Assert.Equal(1_000, Loaded.Limits.FetchSessionSlots);
        Assert.Equal(500_000, Loaded.Limits.FetchSessionPartitions);
        Assert.Equal(2_000, Loaded.Limits.DescribePartitionsMax);
    }

    [Fact]
    public void Topics()
    {
        Assert.True(Loaded.Topics.AutoCreate);
        Assert.True(Loaded.Topics.DeleteEnabled);
        Assert.Equal(1, Loaded.Topics.NumPartitions);
        Assert.Equal(1, Loaded.Topics.DefaultReplicationFactor);
        Assert.Empty(Loaded.Topics.Defaults);
    }

    [Fact]
    public void Groups()
    {
        Assert.Equal(6_000, Loaded.Groups.MinSessionTimeoutMs);
        Assert.Equal(1_800_000, Loaded.Groups.MaxSessionTimeoutMs);
        Assert.Equal(3_000, Loaded.Groups.InitialRebalanceDelayMs);
        Assert.Equal(300_000, Loaded.Groups.NewMemberJoinTimeoutMs);
        Assert.Equal(2_147_483_647, Loaded.Groups.MaxSize);
        Assert.Equal(4_096, Loaded.Groups.OffsetMetadataMaxBytes);
        Assert.Equal(604_800_000, Loaded.Groups.OffsetsRetentionMs);
        Assert.Equal(600_000, Loaded.Groups.OffsetsRetentionCheckIntervalMs);
        Assert.Equal(5_000, Loaded.Groups.OffsetsCommitTimeoutMs);
        Assert.Equal(50, Loaded.Groups.OffsetsTopicPartitions);
        Assert.Equal(1, Loaded.Groups.OffsetsTopicReplicationFactor);
        Assert.Equal(104_857_600, Loaded.Groups.OffsetsTopicSegmentBytes);
    }

    [Fact]
    public void Producers_and_storage()
    {
        Assert.Equal(86_400_000, Loaded.Producers.IdExpirationMs);
        Assert.Equal(600_000, Loaded.Producers.IdExpirationCheckIntervalMs);
        Assert.Equal([Path.GetFullPath("data")], Loaded.Storage.DataDirs);
        Assert.Equal(2, Loaded.Storage.RecoveryThreadsPerDataDir);
        Assert.Equal(300_000, Loaded.Storage.RetentionCheckIntervalMs);
        Assert.Equal(60_000, Loaded.Storage.RecoveryPointCheckpointIntervalMs);
        Assert.Equal(60_000, Loaded.Storage.StartOffsetCheckpointIntervalMs);
        Assert.Equal(5_000, Loaded.Storage.HighWatermarkCheckpointIntervalMs);
        Assert.Equal(new CleanerOptions { Enabled = true, OffsetMapBytes = 134_217_728, MaxBytesPerSecond = 0, BackoffMs = 15_000 }, Loaded.Storage.Cleaner);
        Assert.Equal(67_108_864, Loaded.Storage.MinFreeBytes);
        Assert.Equal(2_000, Loaded.Storage.MaxOpenFiles);
        Assert.Equal(new ScrubOptions { Enabled = true, BytesPerSecond = 10_485_760, IntervalMs = 86_400_000 }, Loaded.Storage.Scrub);
        Assert.Equal(new MoverOptions { Threads = 0, MaxBytesPerSecond = 0 }, Loaded.Storage.Mover);
    }

    [Fact]
    public void The_records_own_defaults_are_those_of_the_reference() =>
        Assert.Equivalent(new BrokerOptions() with { AkkaHocon = Loaded.AkkaHocon }, Loaded, strict: true);

    [Fact]
    public void The_actor_system_gets_the_akka_section() =>
        Assert.Equal("off", HoconDocument.Parse(Loaded.AkkaHocon).Items["akka"].Object!.Items["log-dead-letters"].Text);

    [Fact]
    public void Single_conf_changes_only_the_rebalance_delay()
    {
        var single = OptionsLoader.Load(new SettingSources { ConfigFile = Path.Combine(Checkout.Root, "hocon", "single.conf") }).Options;

        Assert.Equivalent(Loaded with { Groups = Loaded.Groups with { InitialRebalanceDelayMs = 0 } }, single, strict: true);
    }

    [Fact]
    public void Every_key_is_described_in_the_reference()
    {
        var lines = File.ReadAllLines(Path.Combine(Checkout.Root, "hocon", "reference.conf"));

        for (var i = 1; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Contains(" = ") && !line.StartsWith('#'))
                Assert.True(lines[i - 1].Trim().StartsWith('#') || lines[i - 1].Contains("remote.log") || lines[i - 1].Contains("log-dead-letters"), $"line {i + 1} of reference.conf has no description: {line}");
        }
    }

    [KafkaFacts]
    public void Defaults_that_the_reference_calls_kafkas_are_kafkas()
    {
        var facts = KafkaFactsAttribute.Rows("broker-configs.tsv").ToDictionary(row => row[0], row => row[2]);
        string[] different =
        [
            "node.id", "broker.id", "broker.heartbeat.interval.ms", "listeners", "listener.security.protocol.map", "socket.listen.backlog.size", "socket.send.buffer.bytes", "socket.receive.buffer.bytes",
            "queued.max.request.bytes", "max.connections", "offsets.topic.replication.factor", "log.dir", "log.dirs", "replica.alter.log.dirs.io.max.bytes.per.second", "num.recovery.threads.per.data.dir",
        ];
        var same = SettingKeys.All.SelectMany(key => key.Kafka).Select(kafka => kafka.Name).Except(different)
            .Where(name => facts[name] is not ("null" or "\"\""))
            .Select(name => $"{name}={facts[name]}").ToArray();

        Assert.True(same.Length > 50);
        Assert.Equivalent(Loaded, OptionsLoader.Load(new SettingSources { Sets = same }).Options, strict: true);
    }
}
