using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Model.Tests.Configs;

public sealed class BrokerConfigsTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    [Fact]
    public void What_was_set_is_told_from_what_was_not()
    {
        var options = new BrokerOptions { Groups = new GroupOptions { MaxSize = 5 }, Topics = new TopicOptions { Defaults = new Dictionary<string, string> { ["retention.ms"] = "7" } } };

        var all = BrokerConfigs.Describe(options, Nothing, Nothing).ToDictionary(config => config.Name);

        Assert.Equal(("5", ConfigSource.StaticBroker), (all["group.max.size"].Value, all["group.max.size"].Source));
        Assert.Equal(("7", ConfigSource.StaticBroker), (all["log.retention.ms"].Value, all["log.retention.ms"].Source));
        Assert.Equal(("1", ConfigSource.Default), (all["num.partitions"].Value, all["num.partitions"].Source));
        Assert.Equal("PLAINTEXT://127.0.0.1:9092", all["advertised.listeners"].Value);
    }

    [KafkaFacts]
    public void Names_and_types_are_kafkas()
    {
        var types = KafkaFactsAttribute.Rows("broker-configs.tsv").ToDictionary(row => row[0], row => row[1]);

        Assert.All(BrokerConfigs.Describe(new BrokerOptions(), Nothing, Nothing), config => Assert.Equal(types[config.Name], config.Definition.Type.ToString().ToUpperInvariant()));
    }

    [Fact]
    public void What_was_made_for_the_broker_counts_before_what_was_made_for_all()
    {
        var own = new Dictionary<string, string> { ["log.retention.ms"] = "1" };
        var ofAll = new Dictionary<string, string> { ["log.retention.ms"] = "2", ["max.connections"] = "3", ["node.id"] = "4" };

        var all = BrokerConfigs.Describe(new BrokerOptions(), own, ofAll).ToDictionary(config => config.Name);

        Assert.Equal(
            [new("log.retention.ms", "1", ConfigSource.DynamicBroker), new("log.retention.ms", "2", ConfigSource.DynamicDefaultBroker), new("log.retention.ms", "604800000", ConfigSource.Default)],
            all["log.retention.ms"].Synonyms);
        Assert.Equal(("3", ConfigSource.DynamicDefaultBroker, false), (all["max.connections"].Value, all["max.connections"].Source, all["max.connections"].IsReadOnly));
        Assert.Equal(("1", true), (all["node.id"].Value, all["node.id"].IsReadOnly));
        Assert.Equal(["max.connections", "log.retention.ms"], BrokerConfigs.DescribeDefaults(ofAll).Select(config => config.Name));
    }

    [Fact]
    public void Settings_made_at_run_time_change_the_options()
    {
        var options = BrokerConfigs.With(new BrokerOptions(), new Dictionary<string, string>
        {
            ["max.connections"] = "7",
            ["max.connections.per.ip"] = "8",
            ["log.cleaner.backoff.ms"] = "9",
            ["log.cleaner.dedupe.buffer.size"] = "10000",
            ["replica.alter.log.dirs.io.max.bytes.per.second"] = "11",
            ["leader.replication.throttled.rate"] = "12",
            ["follower.replication.throttled.rate"] = "13",
            ["min.insync.replicas"] = "2",
            ["log.retention.ms"] = "none of it",
            ["some.plugin"] = "x",
        });

        Assert.Equal((7, 8), (options.Limits.MaxConnections, options.Limits.MaxConnectionsPerIp));
        Assert.Equal((9, 10_000L), (options.Storage.Cleaner.BackoffMs, options.Storage.Cleaner.OffsetMapBytes));
        Assert.Equal(11, options.Storage.Mover.MaxBytesPerSecond);
        Assert.Equal((12L, 13L), (options.Cluster.Replication.LeaderThrottledBytesPerSecond, options.Cluster.Replication.FollowerThrottledBytesPerSecond));
        Assert.Equal("2", Assert.Single(options.Topics.Defaults, setting => setting.Key == "min.insync.replicas").Value);
        Assert.DoesNotContain("retention.ms", options.Topics.Defaults.Keys);
    }

    [Theory]
    [InlineData("log.retention.ms", "5", null)]
    [InlineData("log.retention.ms", "-2", "Invalid value -2 for configuration log.retention.ms")]
    [InlineData("max.connections", "0", "Value must be at least 1")]
    [InlineData("num.partitions", "5", "Cannot update these configs dynamically")]
    [InlineData("no.such", "5", "Unknown broker config name: no.such")]
    public void What_cannot_be_changed_at_run_time_is_said(string name, string value, string? problem)
    {
        var found = BrokerConfigs.DynamicProblem(name, value);

        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "");
    }

    [KafkaFacts]
    public void What_can_be_changed_at_run_time_can_be_in_kafka()
    {
        var modes = KafkaFactsAttribute.Rows("broker-configs.tsv").ToDictionary(row => row[0], row => row[5]);

        Assert.All(BrokerConfigs.Describe(new BrokerOptions(), Nothing, Nothing).Where(config => !config.IsReadOnly), config => Assert.NotEqual("read-only", modes[config.Name]));
    }
}
