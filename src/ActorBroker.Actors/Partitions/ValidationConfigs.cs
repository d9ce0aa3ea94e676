using ActorBroker.Model.Configs;
using ActorBroker.Records;

namespace ActorBroker.Actors.Partitions;

/// <summary>A topic's settings as the validation of records wants them.</summary>
internal static class ValidationConfigs
{
    public static ValidationOptions From(TopicConfig topic) => new()
    {
        TargetCodec = topic.CompressionType == TopicCompression.Producer ? null : (CompressionCodec)(int)topic.CompressionType,
        CompressionLevel = topic.CompressionType switch
        {
            TopicCompression.Gzip => Level(topic.CompressionGzipLevel),
            TopicCompression.Lz4 => Level(topic.CompressionLz4Level),
            TopicCompression.Zstd => Level(topic.CompressionZstdLevel),
            _ => null,
        },
        TimestampType = topic.UsesLogAppendTime ? TimestampType.LogAppendTime : TimestampType.CreateTime,
        TimestampBeforeMaxMs = topic.MessageTimestampBeforeMaxMs,
        TimestampAfterMaxMs = topic.MessageTimestampAfterMaxMs,
        MaxMessageBytes = topic.MaxMessageBytes,
        SegmentBytes = topic.SegmentBytes,
        IsCompacted = topic.IsCompacted,
    };

    private static int? Level(int configured) => configured == -1 ? null : configured;
}
