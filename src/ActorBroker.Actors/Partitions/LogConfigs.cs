using ActorBroker.Model.Configs;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>A topic's settings as its logs want them.</summary>
public static class LogConfigs
{
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
