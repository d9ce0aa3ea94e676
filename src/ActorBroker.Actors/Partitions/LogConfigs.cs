using ActorBroker.Model.Configs;
using ActorBroker.Storage;

namespace ActorBroker.Actors.Partitions;

/// <summary>A topic's settings as its logs want them.</summary>
internal static class LogConfigs
{
    public static LogConfig From(TopicConfig topic) => new()
    {
        SegmentBytes = topic.SegmentBytes,
        SegmentMs = topic.SegmentMs,
        SegmentJitterMs = topic.SegmentJitterMs,
        SegmentIndexBytes = topic.SegmentIndexBytes,
        IndexIntervalBytes = topic.IndexIntervalBytes,
        CleanupPolicy = (Storage.CleanupPolicy)(int)topic.CleanupPolicy,
        RetentionMs = topic.RetentionMs,
        RetentionBytes = topic.RetentionBytes,
        FileDeleteDelayMs = topic.FileDeleteDelayMs,
        DeleteRetentionMs = topic.DeleteRetentionMs,
        MinCleanableDirtyRatio = topic.MinCleanableDirtyRatio,
        MinCompactionLagMs = topic.MinCompactionLagMs,
        MaxCompactionLagMs = topic.MaxCompactionLagMs,
        FlushMode = topic.FlushMode switch
        {
            Model.Configs.FlushMode.GroupCommit => Storage.FlushMode.GroupCommit,
            Model.Configs.FlushMode.Interval => Storage.FlushMode.Interval,
            _ => Storage.FlushMode.Os,
        },
        FlushMessages = topic.FlushMessages,
        FlushMs = topic.FlushMs,
    };
}
