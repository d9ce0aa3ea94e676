using ActorBroker.Metadata;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Configs;

/// <summary>Settings of topics and of this broker, with the node's options as the defaults beneath them.</summary>
public sealed class ConfigView(BrokerOptions options)
{
    /// <summary>All settings of a topic: its own over this broker's defaults.</summary>
    public IEnumerable<DescribedConfig> OfTopic(IReadOnlyDictionary<string, string> overrides) => DescribedConfig.OfTopic(overrides, options.Topics.Defaults);

    /// <summary>The effective settings of this broker, under Kafka's names.</summary>
    public IEnumerable<DescribedConfig> OfThisBroker() => BrokerConfigs.Describe(options);

    /// <summary>The typed settings of a topic in an image.</summary>
    public TopicConfig TypedTopic(ClusterImage image, string topic) =>
        TopicConfig.From(image.ConfigOf(ConfigResource.Topic(topic)), options.Topics.Defaults);

    /// <summary>Why a broker setting is not changed at run time: none can be.</summary>
    public static string BrokerProblem(string name, string? value) => BrokerConfigs.IsKnown(name)
        ? $"Cannot update these configs dynamically: Set({name}). Change the node's configuration (to {value ?? "its default"}) and restart it."
        : $"Unknown broker config name: {name}";
}
