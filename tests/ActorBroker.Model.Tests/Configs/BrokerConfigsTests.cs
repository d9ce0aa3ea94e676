using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Model.Tests.Configs;

public sealed class BrokerConfigsTests
{
    [Fact]
    public void What_was_set_is_told_from_what_was_not()
    {
        var options = new BrokerOptions { Groups = new GroupOptions { MaxSize = 5 }, Topics = new TopicOptions { Defaults = new Dictionary<string, string> { ["retention.ms"] = "7" } } };

        var all = BrokerConfigs.Describe(options).ToDictionary(config => config.Name);

        Assert.Equal(("5", ConfigSource.StaticBroker), (all["group.max.size"].Value, all["group.max.size"].Source));
        Assert.Equal(("7", ConfigSource.StaticBroker), (all["log.retention.ms"].Value, all["log.retention.ms"].Source));
        Assert.Equal(("1", ConfigSource.Default), (all["num.partitions"].Value, all["num.partitions"].Source));
        Assert.Equal("PLAINTEXT://127.0.0.1:9092", all["advertised.listeners"].Value);
    }

    [KafkaFacts]
    public void Names_and_types_are_kafkas()
    {
        var types = File.ReadLines(KafkaFactsAttribute.PathOf("broker-configs.tsv")).Skip(1).Select(line => line.Split('\t')).ToDictionary(row => row[0], row => row[1]);

        Assert.All(BrokerConfigs.Describe(new BrokerOptions()), config => Assert.Equal(types[config.Name], config.Definition.Type.ToString().ToUpperInvariant()));
    }
}
