using ActorBroker.Model;
using ActorBroker.Model.Configs;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>A topic's settings as its logs want them.</summary>
public static class LogConfigs
{
    /// <summary>Of a topic by its name: groups commit offsets, and transactions end, as long as the disk has any room at all.</summary>
    public static LogConfig From(string name, TopicConfig topic) => From(topic) with { UsesReserve = TopicName.IsInternal(name) };

    public static LogConfig From(TopicConfig topic) => new()
    {
        SegmentBytes = topic.SegmentBytes,
        SegmentMs = topic.SegmentMs,
        SegmentJitterMs = topic.SegmentJitterMs,
        SegmentIndexBytes = topic.SegmentIndexBytes,
        IndexIntervalBytes = topic.IndexIntervalBytes,
        CleanupPolicy = topic.CleanupPolicy,
        RetentionMs = topic.RetentionMs,
        RetentionBytes = topic.RetentionBytes,
        FileDeleteDelayMs = topic.FileDeleteDelayMs,
        DeleteRetentionMs = topic.DeleteRetentionMs,
        MinCleanableDirtyRatio = topic.MinCleanableDirtyRatio,
        MinCompactionLagMs = topic.MinCompactionLagMs,
        MaxCompactionLagMs = topic.MaxCompactionLagMs,
        FlushMode = topic.FlushMode,
        FlushMessages = topic.FlushMessages,
        FlushMs = topic.FlushMs,
    };
}
