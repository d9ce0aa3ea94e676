using System.Collections.Immutable;
using ActorBroker.Metadata;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Configs;

/// <summary>
/// Settings of topics and of this broker. Of several for one thing the first of these counts: the topic's own, one made for this broker at run
/// time, one made for all brokers at run time (KIP-226), the node's options.
/// </summary>
public sealed class ConfigView(BrokerOptions options)
{
    private volatile Merged merged = new(ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty, options);

    /// <summary>This broker's options with the settings of an image that were made at run time. Any thread, at any time: it is cheap.</summary>
    public BrokerOptions Effective(ClusterImage image)
    {
        var known = merged;
        if (!ReferenceEquals(known.Configs, image.Configs))
        {
            var common = BrokerConfigs.With(options, image.ConfigOf(ConfigResource.AllBrokers));
            merged = known = new Merged(image.Configs, BrokerConfigs.With(common, OwnSettings(image)));
        }

        return known.Options;
    }

    /// <summary>All settings of a topic with these of its own.</summary>
    public IEnumerable<DescribedConfig> OfTopic(ClusterImage image, IReadOnlyDictionary<string, string> overrides) => DescribedConfig.OfTopic(
        overrides, options.Topics.Defaults, BrokerConfigs.TopicDefaults(OwnSettings(image)), BrokerConfigs.TopicDefaults(image.ConfigOf(ConfigResource.AllBrokers)));

    /// <summary>The effective settings of this broker, under Kafka's names.</summary>
    public IEnumerable<DescribedConfig> OfThisBroker(ClusterImage image) =>
        BrokerConfigs.Describe(options, OwnSettings(image), image.ConfigOf(ConfigResource.AllBrokers));

    /// <summary>The settings made for all brokers at run time.</summary>
    public static IEnumerable<DescribedConfig> OfAllBrokers(ClusterImage image) => BrokerConfigs.DescribeDefaults(image.ConfigOf(ConfigResource.AllBrokers));

    /// <summary>The typed settings of a topic in an image.</summary>
    public TopicConfig TypedTopic(ClusterImage image, string topic) =>
        TopicConfig.From(image.ConfigOf(ConfigResource.Topic(topic)), Effective(image).Topics.Defaults);

    private ImmutableSortedDictionary<string, string> OwnSettings(ClusterImage image) => image.ConfigOf(ConfigResource.Broker(options.Node.Id));

    private sealed record Merged(ImmutableDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> Configs, BrokerOptions Options);
}
