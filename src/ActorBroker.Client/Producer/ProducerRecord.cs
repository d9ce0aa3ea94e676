using System.Text;
using ActorBroker.Model;
using ActorBroker.Records;

namespace ActorBroker.Client;

/// <summary>A record to produce. Key and value are copied when it is handed to the producer.</summary>
/// <param name="Partition">Null: by the key, or whichever is being filled when there is no key.</param>
/// <param name="TimestampMs">Milliseconds since 1970; null for now.</param>
public readonly record struct ProducerRecord(
    string Topic,
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    int? Partition = null,
    long? TimestampMs = null,
    RecordHeader[]? Headers = null)
{
    public ProducerRecord(string topic, string? key, string? value)
        : this(topic, Bytes(key), Bytes(value))
    {
    }

    private static ReadOnlyMemory<byte>? Bytes(string? text)
    {
        // Not by "?:", where null would become empty bytes.
        if (text is null)
        {
            return null;
        }

        return Encoding.UTF8.GetBytes(text);
    }
}

/// <summary>Where a record was stored.</summary>
/// <param name="Offset">-1 when the broker did not say (acks 0, or a duplicate that it no longer remembers).</param>
/// <param name="TimestampMs">The broker's time where the topic says LogAppendTime, else the record's own.</param>
public sealed record RecordMetadata(TopicPartition Partition, long Offset, long TimestampMs);

/// <summary>The end of a record's delivery: metadata, or the error.</summary>
public readonly record struct DeliveryReport(RecordMetadata? Metadata, Exception? Error);

/// <summary>Who wants to know about one record's delivery.</summary>
internal readonly record struct Delivery(TaskCompletionSource<RecordMetadata>? Task, Action<DeliveryReport>? Callback, long TimestampMs)
{
    public void Succeed(RecordMetadata metadata)
    {
        Task?.TrySetResult(metadata);
        Callback?.Invoke(new DeliveryReport(metadata, null));
    }

    public void Fail(Exception error)
    {
        Task?.TrySetException(error);
        Callback?.Invoke(new DeliveryReport(null, error));
    }
}
