using System.Text;
using ActorBroker.Model;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>A consumed record. Its bytes stay valid as long as they are referenced.</summary>
public sealed record ConsumeResult(
    TopicPartition Partition, long Offset, long TimestampMs, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, IReadOnlyList<RecordHeader> Headers, int LeaderEpoch)
{
    /// <summary>The producer's clock or the broker's.</summary>
    public TimestampType TimestampType { get; init; }

    public string? KeyText => Key is { } key ? Encoding.UTF8.GetString(key.Span) : null;

    public string? ValueText => Value is { } value ? Encoding.UTF8.GetString(value.Span) : null;
}
