using System.Globalization;
using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Model.Options;

namespace ActorBroker.Server.Configs;

/// <summary>How the topics that the broker makes for itself are laid out; -1 and no settings for every other topic.</summary>
internal static class InternalTopics
{
    private static readonly Dictionary<string, string> Nothing = [];

    public static (int Partitions, short ReplicationFactor, IReadOnlyDictionary<string, string> Configs) LayoutOf(string name, BrokerOptions options)
    {
        if (name != TopicName.ConsumerOffsets)
        {
            return (-1, -1, Nothing);
        }

        return (options.Groups.OffsetsTopicPartitions, options.Groups.OffsetsTopicReplicationFactor, OffsetsTopic(options));
    }

    private static Dictionary<string, string> OffsetsTopic(BrokerOptions options) => new()
    {
        [TopicConfigNames.CleanupPolicy] = "compact",
        [TopicConfigNames.CompressionType] = "producer",
        [TopicConfigNames.SegmentBytes] = options.Groups.OffsetsTopicSegmentBytes.ToString(CultureInfo.InvariantCulture),
    };
}
